"""The values of a frame whose number is void, as samples that wait to be framed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import numpy as np

from veriwatt.encoding import Fields, decode
from veriwatt.errors import VeriwattError
from veriwatt.metering.slots import slots_of
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.header import FrameGroup, parse_header
from veriwatt.model.frames.sealed_group import FrameIdentity, open_group
from veriwatt.model.points.status import Status
from veriwatt.terminal.drivers.base import GapReason
from veriwatt.terminal.framing.framed_group import FramedGroup
from veriwatt.terminal.sampling.samples import Sample
from veriwatt.terminal.spool.spooled_frame import SpooledFrame
from veriwatt.units import UtcMillis


def samples_in(
    frame: SpooledFrame, suite: int, groups: Sequence[FramedGroup], window_key: Callable[[str, int], bytes]
) -> list[Sample]:
    """The stated slots of the frame, in its groups' order.

    A group whose key or definitions the terminal no longer has is left out: its values stay in the frame that was put
    aside, which its owner can open.

    Args:
        suite: of the key that signed the frame.
        groups: the versions that the terminal was handed; the one that the frame names has sealed it.
    """
    header = parse_header(frame.header)
    payloads = Fields([decode(frame.payloads, "spooled payloads")], "spooled payloads", 1).list("groups", 1 << 10)
    versions, samples = {(each.name, each.n, bytes(each.root)): each for each in groups}, list[Sample]()

    def opened(entry: FrameGroup, payload: object) -> list[Column]:
        version = versions[entry.group, entry.version, bytes(entry.definition_root)]
        key = window_key(entry.group, version.number(header.window.start))
        slots = [slots_of(version.calendar, definition, header.window) for definition in version.definitions]
        sealed = Fields([payload], "spooled payload", 1).bytes("payload", 1 << 20)
        return open_group(entry, sealed, FrameIdentity.of(header, suite), key, slots)[0]

    for entry, payload in zip(header.groups, payloads, strict=True):
        with suppress(KeyError, VeriwattError):
            samples += [s for column in opened(entry, payload) for s in _stated(column, header.collected_at)]
    return samples


def _stated(column: Column, collected_at: UtcMillis) -> Iterator[Sample]:
    reasons = np.zeros(len(column.codes), np.uint8) if column.reasons is None else column.reasons
    parts = column.starts, column.ends, column.values, column.codes, reasons
    for start, end, value, code, noted in zip(*(part.tolist() for part in parts), strict=True):
        status = Status(code)
        if status is not Status.ABSENT:
            shown, reason = (value, None) if status.has_value else (None, _REASONS.get(noted))
            yield Sample(column.point, start, end, shown, status, max(collected_at, end), reason)


_REASONS = {reason.slot_reason: reason for reason in reversed(GapReason)}
"""For each `SlotReason` the first reason of a terminal that is stated so."""
