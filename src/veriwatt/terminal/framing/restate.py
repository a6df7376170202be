"""What a terminal states again: the values of a frame whose number is void, and of slots whose definition was replaced.

A slot is stated under the definition in force at its start (`model.points.standing`). A terminal that learns of a
definition late has stated slots under the one before; it converts them, and states them as a later version.
Spec: docs/spec/terminal-handover.md, "What is stated again".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from veriwatt.encoding import Fields, decode
from veriwatt.errors import VeriwattError
from veriwatt.metering.slots import slots_of
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.header import FrameGroup, parse_header
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.frames.sealed_group import FrameIdentity, open_group
from veriwatt.model.frames.statuses import count_statuses
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import STATED, Status
from veriwatt.terminal.drivers.base import GapReason
from veriwatt.terminal.framing.converted import StatedSlot, converted
from veriwatt.terminal.framing.framed_group import FramedGroup
from veriwatt.terminal.framing.version_timeline import VersionTimelines
from veriwatt.terminal.sampling.samples import Sample
from veriwatt.terminal.spool.spooled_frame import SpooledFrame
from veriwatt.units import UtcMillis

WindowKey = Callable[[str, int], bytes]


@dataclass(frozen=True, slots=True)
class Restatement:
    """Samples that state slots again, and the points of frames whose replaced slots they are."""

    samples: tuple[Sample, ...]
    done: tuple[tuple[FrameNumber, str], ...]


@dataclass(frozen=True, slots=True)
class GivenUp:
    """What a frame that is given up stated: `samples` state it again, but for `unopened` slots."""

    samples: tuple[Sample, ...]
    unopened: int


@dataclass(frozen=True, slots=True)
class OpenedColumn:
    """A point's slots in a frame, and the version of its group that the frame names."""

    number: FrameNumber
    version: FramedGroup
    slots: tuple[StatedSlot, ...]


def samples_in(
    frame: SpooledFrame,
    suite: int,
    groups: Sequence[FramedGroup],
    window_key: WindowKey,
    restated: Callable[[FrameNumber, str], bool] = lambda _number, _point: False,
) -> GivenUp:
    """The values of a frame that is given up: as stated, and converted where the definition was replaced.

    A group whose definitions the terminal no longer has is left out, and its slots are counted: its values stay in the
    frame that was put aside, which its owner can open.

    Args:
        suite: of the key that signed the frame.
        groups: the versions that the terminal was handed; the one that the frame names has sealed it.
        restated: whether the replaced slots of a point in a frame were stated again before.

    Raises:
        WindowKeyNotFound: its key is missing; a handover brings it, as it covers every frame that is not final.
    """
    timelines = VersionTimelines(groups)
    opened = list(_opened(frame, suite, groups, window_key))
    kept = [s.sample() for column in opened for s in column.slots if not timelines.replaced(column.version, s)]
    return GivenUp((*kept, *_restated(opened, timelines, restated).samples), _unopened(frame, groups))


def replaced_slots(
    frames: Iterable[SpooledFrame],
    suite: int,
    groups: Sequence[FramedGroup],
    window_key: WindowKey,
    restated: Callable[[FrameNumber, str], bool],
) -> Restatement:
    """The replaced slots of frames, in the order of their numbers, converted to the definitions in force.

    Of several statements of one slot the last counts. Slots of points that this terminal no longer states are left out.
    """
    timelines, opened = VersionTimelines(groups), list[OpenedColumn]()
    for frame in frames:
        if timelines.may_replace(parse_header(frame.header)):
            with suppress(VeriwattError):
                opened += _opened(frame, suite, groups, window_key)
    return _restated(opened, timelines, restated)


def _restated(
    opened: Sequence[OpenedColumn], timelines: VersionTimelines, restated: Callable[[FrameNumber, str], bool]
) -> Restatement:
    done = list[tuple[FrameNumber, str]]()
    by_point: dict[tuple[str, str], dict[UtcMillis, StatedSlot]] = {}
    for column in opened:
        replaced = [slot for slot in column.slots if timelines.replaced(column.version, slot)]
        if replaced and not restated(column.number, point := replaced[0].definition.id):
            by_point.setdefault((column.version.name, point), {}).update({slot.start: slot for slot in replaced})
            done.append((column.number, point))
    samples = [
        sample
        for (group, point), slots in by_point.items()
        for version, definition, same in timelines.by_definition(group, point, [slots[t] for t in sorted(slots)])
        for sample in converted(same, definition, version.calendar)
    ]
    return Restatement(tuple(samples), tuple(done))


def _unopened(frame: SpooledFrame, groups: Sequence[FramedGroup]) -> int:
    """How many slots are stated in the groups whose definitions the terminal no longer has."""
    known = _by_entry(groups)
    gone = [entry for entry in parse_header(frame.header).groups if _entry(entry) not in known]
    return sum(n for entry in gone for status, n in count_statuses(entry.statuses).items() if status in STATED)


def _opened(
    frame: SpooledFrame, suite: int, groups: Sequence[FramedGroup], window_key: WindowKey
) -> Iterator[OpenedColumn]:
    """The columns of each group whose definitions the terminal has, with the slots that they state."""
    header = parse_header(frame.header)
    payloads = Fields([decode(frame.payloads, "spooled payloads")], "spooled payloads", 1).list("groups", 1 << 10)
    versions = _by_entry(groups)

    def columns(version: FramedGroup, entry: FrameGroup, payload: object) -> list[Column]:
        key = window_key(entry.group, version.number(header.window.start))
        slots = [slots_of(version.calendar, definition, header.window) for definition in version.definitions]
        sealed = Fields([payload], "spooled payload", 1).bytes("payload", 1 << 20)
        return open_group(entry, sealed, FrameIdentity.of(header, suite), key, slots)[0]

    for entry, payload in zip(header.groups, payloads, strict=True):
        if (version := versions.get(_entry(entry))) is not None:
            for definition, column in zip(version.definitions, columns(version, entry, payload), strict=True):
                yield OpenedColumn(frame.number, version, tuple(_stated(definition, column, header.collected_at)))


def _by_entry(groups: Sequence[FramedGroup]) -> dict[tuple[str, int, bytes], FramedGroup]:
    return {(each.name, each.n, bytes(each.root)): each for each in groups}


def _entry(entry: FrameGroup) -> tuple[str, int, bytes]:
    """What the part of a header about a group names as its version."""
    return entry.group, entry.version, bytes(entry.definition_root)


def _stated(definition: PointDefinition, column: Column, collected_at: UtcMillis) -> Iterator[StatedSlot]:
    reasons = np.zeros(len(column.codes), np.uint8) if column.reasons is None else column.reasons
    parts = column.starts, column.ends, column.values, column.codes, reasons
    for start, end, value, code, noted in zip(*(part.tolist() for part in parts), strict=True):
        status = Status(code)
        if status is not Status.ABSENT:
            shown, reason = (value, None) if status.has_value else (None, _REASONS.get(noted))
            yield StatedSlot(start, end, definition, shown, status, max(collected_at, end), reason)


_REASONS = {reason.slot_reason: reason for reason in reversed(GapReason)}
"""For each `SlotReason` the first reason of a terminal that is stated so."""
