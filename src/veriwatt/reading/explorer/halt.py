"""Whether a network of validators has halted: it makes a block at least once a heartbeat, so a longer silence tells."""

from __future__ import annotations

from veriwatt.errors import Unavailable
from veriwatt.model.ledger.block import LightBlock, VoteFlag
from veriwatt.ports.ledger import HEARTBEAT, Ledger
from veriwatt.units import SECOND, UtcMillis
from veriwatt.utc_text import utc_text

HALTED_AFTER = 3 * HEARTBEAT // 2
"""Milliseconds after the last vote for the newest block: a heartbeat, and some rounds without an agreement."""


class LedgerHalted(Unavailable):
    """A network whose validators make no block: a third of the power or more is gone, or this node is cut off."""

    code = "ledger-halted"

    def __init__(self, *, height: int, voted: UtcMillis, seconds: int) -> None:
        super().__init__(
            f"the ledger has made no block for {seconds} s, the newest is {height:,} of {utc_text(voted)}: "
            "more than two thirds of the validators' power must run and reach each other; nothing is lost meanwhile"
        )
        self.height, self.voted, self.seconds = height, voted, seconds


def last_vote(newest: LightBlock) -> UtcMillis:
    """When the last of the votes that this node has for a block was given; the block's own time without one."""
    votes = [vote.timestamp.millis for vote in newest.commit.signatures if vote.flag is VoteFlag.COMMIT]
    return max([newest.header.time_ms, *votes])


def halted_for(newest: LightBlock, now: UtcMillis) -> int | None:
    """For how many milliseconds a network has made no block; None where that is no alarm, and for a single operator."""
    silent = now - last_vote(newest)
    return silent if len(newest.validators.validators) > 1 and silent >= HALTED_AFTER else None


def check_goes_on(ledger: Ledger, now: UtcMillis) -> None:
    """Raise LedgerHalted while the network of the ledger has halted, or nothing of it reaches this node."""
    newest = ledger.light_block(ledger.head().height)
    silent = halted_for(newest, now)
    if silent is not None:
        raise LedgerHalted(height=newest.header.height, voted=last_vote(newest), seconds=silent // SECOND)
