"""The claim of one reading: the leaf of its column with the slot, and its point's definition."""

from __future__ import annotations

import numpy as np

from veriwatt.errors import NotFound
from veriwatt.model.evidence.frame_proof import FramePart
from veriwatt.model.evidence.reading_claim import ClaimedSlot, ReadingClaim
from veriwatt.model.frames.columns import SLOTS_IN_LEAF, Column
from veriwatt.model.frames.frame import Frame
from veriwatt.reading.evidence.disclose import definition_parts, disclose_frame
from veriwatt.readmodel.group_opener import GroupOpener
from veriwatt.readmodel.points import Points


def disclose_reading(
    points: Points, opener: GroupOpener, frame: Frame, slot: ClaimedSlot, position: int
) -> tuple[ReadingClaim, FramePart]:
    """The claim of the slot, disclosed from `frame` at `position`, and the frame's part of the evidence.

    Raises:
        NotFound: no group of the frame has the point, or the frame has no such slot.
        KeyRefused: the owner's agent does not give the group's key.
    """

    def leaf_with_slot(column: Column) -> range:
        at = int(np.searchsorted(column.starts, slot.start))
        if column.starts[at : at + 1].tolist() != [slot.start]:
            raise NotFound(f"no slot of point {slot.point!r} starts at {slot.start} in this frame")
        return range(at // SLOTS_IN_LEAF, at // SLOTS_IN_LEAF + 1)

    found = disclose_frame(points, opener, frame, position, slot.point, leaf_with_slot)
    opener.record_openings()
    (definition,) = definition_parts(slot.point, [found])
    return ReadingClaim(slot, definition, found.column), found.part
