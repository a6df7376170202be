"""The check of one block, and of one item in it, step by step: each step says what it compared, and how it ended.

    header hash   the votes are for the hash of this header
    validators    the validators are those that the header names
    signatures    more than two thirds of their power signed that hash, and every signature verifies
    data hash     the block's transactions and bundles are those that the header commits to
    next block    the next block is final, and names this one as the one before it
    results       the results are those that the next header commits to
    inclusion     the item is at its place among those of the data hash
    result        its result is at that place among those of the next header

It shows that the block is final by the validators that it names. Whether they are the reader's own ledger is a matter
of a trust file (docs/spec/light-block.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import VeriwattError
from veriwatt.merkle.tree import leaf_hash, path_of, verify_inclusion
from veriwatt.model.ledger.block import (
    LightBlock,
    TxResult,
    VoteFlag,
    data_hash,
    header_hash,
    result_leaf,
    results_hash,
    validators_hash,
)
from veriwatt.verify.light_block import verify_commit, verify_successor
from veriwatt.verify.steps import require_equal

Found: TypeAlias = Mapping[str, str | int]

CHECKS = ("header hash", "validators", "signatures", "data hash", "next block", "results")
CHECKS_OF_ITEM = (*CHECKS, "inclusion", "result")


class CheckState(Enum):
    """How a step ended; one of the newest block that needs the next header is open."""

    HOLDS = "holds"
    FAILED = "failed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class CheckedStep:
    """One step: what was computed and compared, and the error if it does not hold."""

    name: str
    state: CheckState
    found: Found = field(default_factory=dict)
    error: VeriwattError | None = None


@dataclass(frozen=True, slots=True)
class BlockParts:
    """A block as somebody gave it: the signed header, the items with their results, and the block after it.

    `after` is None of the newest block.
    """

    chain: str
    light: LightBlock
    items: Sequence[tuple[bytes, TxResult]]
    after: LightBlock | None


def check_block(parts: BlockParts) -> list[CheckedStep]:
    """Every step of the block; none is left out because another failed."""
    return [_checked(name, _STEPS[name], parts) for name in CHECKS]


def check_item(parts: BlockParts, place: int) -> list[CheckedStep]:
    """The steps of the block and those of the item at `place`, counted from 0; IndexError beyond the last."""
    item, result = parts.items[place]
    paths: dict[str, _Step] = {
        "inclusion": lambda p: _included(p, [sha256(raw) for raw, _ in p.items], place, sha256(item)),
        "result": lambda p: _result_included(p, place, result),
    }
    return [*check_block(parts), *(_checked(name, step, parts) for name, step in paths.items())]


_Step: TypeAlias = Callable[[BlockParts], tuple[Found | None, Callable[[], None]]]
"""What a step compares, None where it is open; and the comparison, which raises."""


def _checked(name: str, step: _Step, parts: BlockParts) -> CheckedStep:
    found, compare = step(parts)
    if found is None:
        return CheckedStep(name, CheckState.OPEN)
    try:
        compare()
    except VeriwattError as error:
        return CheckedStep(name, CheckState.FAILED, found, error)
    return CheckedStep(name, CheckState.HOLDS, found)


def _header(parts: BlockParts) -> tuple[Found, Callable[[], None]]:
    computed, stated = header_hash(parts.light.header), parts.light.commit.block_id.hash
    return _pair(computed, stated), lambda: require_equal("hash that the votes are for", computed, stated)


def _validators(parts: BlockParts) -> tuple[Found, Callable[[], None]]:
    computed, stated = validators_hash(parts.light.validators), parts.light.header.validators_hash
    return _pair(computed, stated), lambda: require_equal("hash of the validators", stated, computed)


def _signatures(parts: BlockParts) -> tuple[Found, Callable[[], None]]:
    signed, total = signed_power(parts.light)
    votes = sum(vote.flag is VoteFlag.COMMIT for vote in parts.light.commit.signatures)
    found: Found = {
        "signatures": votes,
        "validators": len(parts.light.validators.validators),
        "signed": signed,
        "total": total,
    }
    return found, lambda: verify_commit(parts.light, parts.chain)


def _data(parts: BlockParts) -> tuple[Found, Callable[[], None]]:
    computed, stated = data_hash(raw for raw, _ in parts.items), parts.light.header.data_hash
    found = {**_pair(computed, stated), "count": len(parts.items)}
    return found, lambda: require_equal("data hash", stated, computed)


def _next(parts: BlockParts) -> tuple[Found | None, Callable[[], None]]:
    after, header = parts.after, parts.light.header
    if after is None:
        return None, _nothing
    last = after.header.last_block_id
    found: Found = {"height": after.header.height, **_pair(header_hash(header), b"" if last is None else last.hash)}
    return found, lambda: verify_successor(header, after)


def _results(parts: BlockParts) -> tuple[Found | None, Callable[[], None]]:
    if parts.after is None:
        return None, _nothing
    computed, stated = results_hash([result for _, result in parts.items]), parts.after.header.last_results_hash
    found = {**_pair(computed, stated), "count": len(parts.items)}
    return found, lambda: require_equal("hash of the results", stated, computed)


def _included(parts: BlockParts, hashes: Sequence[bytes], place: int, own: bytes) -> tuple[Found, Callable[[], None]]:
    root, leaves = parts.light.header.data_hash, [leaf_hash(each) for each in hashes]
    path = path_of(leaves, place)
    found: Found = {"index": place, "count": len(leaves), "path": len(path), "root": root.hex()}
    return found, lambda: verify_inclusion(leaf_hash(own), place, len(leaves), path, root)


def _result_included(parts: BlockParts, place: int, result: TxResult) -> tuple[Found | None, Callable[[], None]]:
    if parts.after is None:
        return None, _nothing
    root = parts.after.header.last_results_hash
    leaves = [leaf_hash(result_leaf(each)) for _, each in parts.items]
    path = path_of(leaves, place)
    found: Found = {"index": place, "count": len(leaves), "path": len(path), "root": root.hex()}
    return found, lambda: verify_inclusion(leaf_hash(result_leaf(result)), place, len(leaves), path, root)


def signed_power(light: LightBlock) -> tuple[int, int]:
    """The power whose votes in the commit are for the block, unverified, and the power of all its validators."""
    votes = zip(light.validators.validators, light.commit.signatures, strict=False)
    return sum(v.power for v, vote in votes if vote.flag is VoteFlag.COMMIT), light.validators.total_power


def _pair(computed: bytes, stated: bytes) -> dict[str, str | int]:
    return {"computed": computed.hex(), "stated": stated.hex()}


def _nothing() -> None:
    """There is nothing to compare yet."""


_STEPS: Mapping[str, _Step] = {
    "header hash": _header,
    "validators": _validators,
    "signatures": _signatures,
    "data hash": _data,
    "next block": _next,
    "results": _results,
}
