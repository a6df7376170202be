"""Which blocks CometBFT may delete. The ledger's own file keeps all: proofs, records and replay read no others.

What CometBFT's blocks are still good for: a node that was away catches up by them, a new one takes the blocks after a
snapshot, and light blocks lead readers and followers from older trust files to the head. The headers and commits that
prove misbehaviour CometBFT keeps by itself, as long as it takes evidence of them.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from veriwatt.ledger.comet.snapshot import decided_block
from veriwatt.ledger.rows.tables import Tables
from veriwatt.units import DAY, UtcMillis

RETAINED_BLOCKS = 100_000
"""Twice as many as CometBFT takes evidence of misbehaviour for, and over two months of heartbeats."""

RETAINED_FOR = 30 * DAY
"""A busy ledger makes 100,000 blocks in a day: whoever was away for some weeks still gets on."""


@dataclass(frozen=True, slots=True)
class Retention:
    """CometBFT keeps the newest `blocks`, those made in the last `age` milliseconds, and what snapshots need.

    With an `age` of 0 it keeps all. It deletes `together` blocks at once, or a multiple.
    """

    blocks: int = RETAINED_BLOCKS
    age: int = RETAINED_FOR
    together: int = 100

    def lowest_kept(self, tables: Tables, needed: int) -> int:
        """The lowest height to keep, now that the newest block in `tables` was made; 0 where none is to be deleted.

        `needed` is the lowest height that a node which takes a snapshot of this one asks for.
        """
        height = tables.last_height()
        if self.age == 0 or height % self.together:
            return 0
        first, limit = tables.first_height(), min(height - self.blocks, needed)
        if limit <= first:
            return 0
        since = _time(tables, height) - self.age
        older = bisect_left(range(first, limit), since, key=lambda at: _time(tables, at))
        return first + older if older else 0


def _time(tables: Tables, height: int) -> UtcMillis:
    block = decided_block(tables, height)
    if block is None:
        raise RuntimeError(f"the file has no block {height}")
    return block.time
