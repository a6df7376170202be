"""The light client: from a trusted block to later ones, over light blocks that any peer may have given.

The steps have the numbers of docs/spec/light-block.md. Nothing here asks a peer or a clock: the caller fetches the
blocks that `find_path` wants, and passes the time.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass

from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.block import Header, LightBlock, ValidatorSet
from veriwatt.units import UtcMillis
from veriwatt.verify.block_refusals import NotEnoughTrust, WrongBlock
from veriwatt.verify.light_block import verify_skipping


@dataclass(frozen=True, slots=True)
class TrustedBlock:
    """A block that the reader trusts: a checkpoint, or one proven from it by this module.

    `validators` are those of the header's own height; later blocks can be proven from it for `trust_period_ms` after
    the header's time.
    """

    header: Header
    validators: ValidatorSet
    trust_period_ms: int

    @classmethod
    def checkpoint(cls, trust: Trust) -> TrustedBlock:
        """The block that a trust file names."""
        return cls(trust.header, trust.validators, trust.trust_period_ms)


@dataclass(frozen=True, slots=True)
class ProvenPath:
    """Blocks of which each is proven from the one before, the first from a trusted block; `head` is the last."""

    blocks: tuple[LightBlock, ...]
    head: TrustedBlock


def prove_block(trusted: TrustedBlock, new: LightBlock, now_ms: UtcMillis) -> TrustedBlock:
    """`new` as a trusted block, if it follows from `trusted` at the reader's time; raises as `verify_skipping`."""
    # 11. an adjacent or a skipping step
    verify_skipping(trusted.header, trusted.validators, new, trust_period_ms=trusted.trust_period_ms, now_ms=now_ms)
    return TrustedBlock(new.header, new.validators, trusted.trust_period_ms)


def prove_path(trusted: TrustedBlock, blocks: Iterable[LightBlock], now_ms: UtcMillis) -> TrustedBlock:
    """The last of `blocks` as a trusted block, each proven from the one before; `trusted` itself if there are none."""
    # 12. step 11 for each block
    for block in blocks:
        trusted = prove_block(trusted, block, now_ms)
    return trusted


def find_path(trusted: TrustedBlock, target: LightBlock, now_ms: UtcMillis) -> Generator[int, LightBlock, ProvenPath]:
    """Prove `target`, over blocks in between where the validators have changed too much for one step.

    A generator: it yields the height of a block that it needs, the caller sends the light block that a peer has there,
    and the generator returns the path, which is short: from each block it goes on to the latest that can be proven.

    Raises:
        WrongBlock: a block sent has another height than the one asked for, or as `verify_skipping`.
        NotProven: as `verify_skipping`; but never NotEnoughTrust.
    """
    path: list[LightBlock] = []
    ahead = [target]  # not proven yet, the latest first
    # 13. the latest block at hand that can be proven; where none can, the one half way to the nearest
    while ahead:
        try:
            place, trusted = _latest_proven(trusted, ahead, now_ms)
        except NotEnoughTrust:
            ahead.append((yield from _half_way(trusted, ahead[-1])))
            continue
        path.append(ahead[place])
        del ahead[place:]
    return ProvenPath(tuple(path), trusted)


def find_long_steps(
    trusted: TrustedBlock, target: LightBlock, now_ms: UtcMillis
) -> Generator[int, LightBlock, ProvenPath]:
    """As `find_path`, over as few blocks as steps to the farthest block make, and with more questions.

    For a path that is kept and carried, by someone whose blocks are at hand.
    """
    path: list[LightBlock] = []
    # 15. the target, or the farthest block that can be proven
    while trusted.header.height < target.header.height:
        block, trusted = yield from _farthest(trusted, target, now_ms)
        path.append(block)
    return ProvenPath(tuple(path), trusted)


def prove_along(trusted: TrustedBlock, blocks: Sequence[LightBlock], now_ms: UtcMillis) -> ProvenPath:
    """Prove the last of `blocks`, whose heights ascend, over as few of the others as lead there.

    Raises:
        NotProven: as `verify_skipping`.
    """
    path: list[LightBlock] = []
    ahead = list(reversed(blocks))
    # 14. the latest of those left that can be proven
    while ahead:
        place, trusted = _latest_proven(trusted, ahead, now_ms)
        path.append(ahead[place])
        del ahead[place:]
    return ProvenPath(tuple(path), trusted)


def _farthest(
    trusted: TrustedBlock, target: LightBlock, now_ms: UtcMillis
) -> Generator[int, LightBlock, tuple[LightBlock, TrustedBlock]]:
    """The target, or a block before it, that follows from `trusted` while the one after it does not."""
    block, near, beyond = target, _proven_or_none(trusted, target, now_ms), target
    if near is not None:
        return block, near
    near = trusted
    while near.header.height + 1 < beyond.header.height:  # true at first: the next height needs no shared keys
        middle = yield from _half_way(near, beyond)
        proven = _proven_or_none(trusted, middle, now_ms)
        if proven is None:
            beyond = middle
        else:
            block, near = middle, proven
    return block, near


def _proven_or_none(trusted: TrustedBlock, block: LightBlock, now_ms: UtcMillis) -> TrustedBlock | None:
    """`block` as a trusted one; None after NotEnoughTrust, and after no other error."""
    try:
        return prove_block(trusted, block, now_ms)
    except NotEnoughTrust:
        return None


def _half_way(trusted: TrustedBlock, block: LightBlock) -> Generator[int, LightBlock, LightBlock]:
    """The block half way from the trusted one to a later one; raises WrongBlock if another one is sent."""
    middle = (trusted.header.height + block.header.height) // 2
    found = yield middle
    if found.header.height != middle:
        raise WrongBlock(what="height of the block asked for", expected=middle, found=found.header.height)
    return found


def _latest_proven(trusted: TrustedBlock, ahead: Sequence[LightBlock], now_ms: UtcMillis) -> tuple[int, TrustedBlock]:
    """The place of the first of these blocks, the latest first, that follows from `trusted`, and it as a trusted one.

    Raises:
        NotEnoughTrust: there is none; the reason of the nearest.
        NotProven: as `verify_skipping`, of the first that fails otherwise.
    """
    for place, block in enumerate(ahead[:-1]):
        try:
            return place, prove_block(trusted, block, now_ms)
        except NotEnoughTrust:
            continue
    return len(ahead) - 1, prove_block(trusted, ahead[-1], now_ms)
