"""The claim of one reading: the leaf of its column, with salt and path, and its point's definition."""

from __future__ import annotations

from veriwatt.errors import NotFound
from veriwatt.merkle.tree import leaf_hash, path_of
from veriwatt.metering.group_points import GroupPoints
from veriwatt.model.evidence.frame_proof import FramePart
from veriwatt.model.evidence.paths import PlacedLeaf
from veriwatt.model.evidence.reading_claim import ClaimedSlot, DisclosedLeaf, ReadingClaim
from veriwatt.model.frames.frame import Frame
from veriwatt.model.frames.header import FrameGroup
from veriwatt.model.frames.sealed_group import disclose
from veriwatt.readmodel.group_opener import GroupOpener
from veriwatt.readmodel.points import Points


def disclose_reading(
    points: Points, opener: GroupOpener, frame: Frame, slot: ClaimedSlot, position: int
) -> tuple[ReadingClaim, FramePart]:
    """The claim of the slot, disclosed from `frame` at `position`, and the frame's part of the evidence.

    Raises:
        NotFound: no group of the frame has the point, or the frame states no such slot.
        KeyRefused: the owner's agent does not give the group's key.
    """
    header = frame.header
    entry, payload, group = _group_of(points, frame, slot.point)
    opened = opener.open(frame, entry, payload)
    opener.record_openings()
    leaf = disclose(opened.columns, opened.keys, slot.point, slot.start)
    disclosure = DisclosedLeaf(leaf.leaf, leaf.salt, leaf.index, leaf.path)
    part = FramePart(header.to_bytes(), frame.signature, entry.group, group.version.n, position)
    return ReadingClaim(slot, _definition(group, slot.point), disclosure), part


def _group_of(points: Points, frame: Frame, point: str) -> tuple[FrameGroup, bytes, GroupPoints]:
    """The frame's group that has the point, its payload, and the version of it that was in force at the window."""
    header = frame.header
    for entry, payload in zip(header.groups, frame.payloads, strict=True):
        group = points.holding(header.org, entry.group, entry.definition_root, header.window.start)
        if any(definition.id == point for definition in group.definitions):
            return entry, payload, group
    raise NotFound(f"no group of frame {header.terminal} {header.number} has point {point!r}")


def _definition(group: GroupPoints, point: str) -> PlacedLeaf:
    raw, ordinal = [definition.to_bytes() for definition in group.definitions], group.ordinal(point)
    return PlacedLeaf(raw[ordinal], ordinal, path_of([leaf_hash(each) for each in raw], ordinal))
