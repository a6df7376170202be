"""An org's log of anchors on the ledger, read leaf by leaf: over the years it grows long."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import repeat

from veriwatt.machine.anchors import queries
from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.ledger.state_keys import anchors_key
from veriwatt.ports.ledger import Snapshot
from veriwatt.units import UtcMillis


class AnchorLog:
    """The anchors of one org in order, as of the height of `ledger`; the index of the first is 0."""

    def __init__(self, ledger: Snapshot, org: str) -> None:
        self._ledger, self._org = ledger, org
        self._size = queries.anchors(ledger, org).size

    def __len__(self) -> int:
        return self._size

    def after(self, count: int) -> Iterator[AnchorLeaf]:
        """The anchors after the first `count`."""
        return map(AnchorLeaf.from_bytes, self._ledger.log_leaves(anchors_key(self._org), count))

    def times(self, position: int) -> Iterator[UtcMillis | None]:
        """When each frame from `position` on was anchored, by the header of its anchor's block; endless, None at last.

        None stands for each frame that no anchor covers.
        """
        for leaf in self.after(self.covering(position)):
            yield from repeat(leaf.time, leaf.new_size - position)
            position = leaf.new_size
        yield from repeat(None)

    def covering(self, position: int) -> int:
        """The index of the anchor that added the frame at `position`; the number of anchors when none did."""
        return bisect_right(range(len(self)), position, key=lambda index: self.at(index).new_size)

    def at(self, index: int) -> AnchorLeaf:
        """The anchor of that index; NotFound beyond the last."""
        return AnchorLeaf.from_bytes(self._ledger.log_leaf(anchors_key(self._org), index))
