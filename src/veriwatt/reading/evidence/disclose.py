"""What evidence discloses: leaves of a point's column in opened frames, and the point's definition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from veriwatt.errors import NotFound
from veriwatt.merkle.tree import leaf_hash, path_of
from veriwatt.metering.group_points import GroupPoints
from veriwatt.metering.point_history import SeveralDefinitions
from veriwatt.model.evidence.disclosure import ColumnPart, DefinitionPart, DefinitionPlace, DisclosedLeaf
from veriwatt.model.evidence.frame_proof import FramePart
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.frame import Frame
from veriwatt.model.frames.header import FrameGroup
from veriwatt.model.frames.sealed_group import disclose
from veriwatt.readmodel.group_opener import GroupOpener
from veriwatt.readmodel.points import Points


@dataclass(frozen=True, slots=True)
class DisclosedFrame:
    """One frame's part of the file, the disclosed leaves, and the group version with the point."""

    part: FramePart
    column: ColumnPart
    group: GroupPoints


def disclose_frame(
    points: Points, opener: GroupOpener, frame: Frame, position: int, point: str, leaves: Callable[[Column], range]
) -> DisclosedFrame:
    """The frame at `position`, with those leaves of the point's column that `leaves` names.

    Raises:
        NotFound: no group of the frame has the point.
        KeyRefused: the owner's agent does not give the group's key.
    """
    entry, payload, group = _group_of(points, frame, point)
    opened = opener.open(frame, entry, payload)
    column = next(each for each in opened.columns if each.point == point)
    found = disclose(opened.columns, opened.keys, point, leaves(column))
    parts = tuple(DisclosedLeaf.of(leaf, salt) for leaf, salt in found.leaves)
    part = FramePart(frame.header.to_bytes(), frame.signature, entry.group, position)
    return DisclosedFrame(part, ColumnPart(parts, found.hashes), group)


def definition_parts(point: str, frames: Sequence[DisclosedFrame]) -> tuple[DefinitionPart, ...]:
    """The point's definitions, with their places in the versions that the frames name, in the order of first naming.

    Raises:
        SeveralDefinitions: their values mean different things.
    """
    groups = {(each.part.group, each.group.version.n): each.group for each in frames}
    runs = groupby(groups.values(), lambda group: group.definition(point))
    parts = tuple(DefinitionPart(one, tuple(_place(group, point) for group in same)) for one, same in runs)
    if any(not part.definition.same_values(parts[-1].definition) for part in parts):
        raise SeveralDefinitions(point)
    return parts


def _group_of(points: Points, frame: Frame, point: str) -> tuple[FrameGroup, bytes, GroupPoints]:
    """The frame's group that has the point, its payload, and the version of it that the header names."""
    header = frame.header
    for entry, payload in zip(header.groups, frame.payloads, strict=True):
        group = points.stated(header.org, entry.group, entry.version, entry.definition_root)
        if any(definition.id == point for definition in group.definitions):
            return entry, payload, group
    raise NotFound(f"no group of frame {header.terminal} {header.number} has point {point!r}")


def _place(group: GroupPoints, point: str) -> DefinitionPlace:
    ordinal = group.ordinal(point)
    return DefinitionPlace(ordinal, path_of([leaf_hash(each.to_bytes()) for each in group.definitions], ordinal))
