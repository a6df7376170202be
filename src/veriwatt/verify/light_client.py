"""The light client: from a trusted block to later ones, over light blocks that any peer may have given.

The steps have the numbers of docs/spec/light-block.md. Nothing here asks a peer or a clock: the caller fetches the
blocks that `find_path` wants, and passes the time.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
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
        for place, block in enumerate(ahead):
            try:
                trusted = prove_block(trusted, block, now_ms)
            except NotEnoughTrust:
                continue
            path.append(block)
            del ahead[place:]
            break
        else:
            middle = (trusted.header.height + ahead[-1].header.height) // 2
            found = yield middle
            if found.header.height != middle:
                raise WrongBlock(what="height of the block asked for", expected=middle, found=found.header.height)
            ahead.append(found)
    return ProvenPath(tuple(path), trusted)
