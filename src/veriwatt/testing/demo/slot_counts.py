"""Slots by status, counted from signed headers: at the terminal that signed them, and in the chain that is anchored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.header import FrameHeader, parse_header
from veriwatt.model.frames.statuses import count_statuses
from veriwatt.model.points.status import Status
from veriwatt.node.home import Home
from veriwatt.terminal.spool.spooled_frame import SpooledFrame

SlotCounts: TypeAlias = dict[Status, int]


def anchored_slots(home: Home, org: str) -> SlotCounts:
    """Slots by status in the anchored frames of the org's data chain."""
    chain = home.org_log(org).chain
    return _counted(parse_frame(chain.upload(position)).header for position in range(chain.anchored_size))


def spooled_slots(frames: Iterable[SpooledFrame]) -> SlotCounts:
    """Slots by status in frames of a terminal's spool."""
    return _counted(parse_header(frame.header) for frame in frames)


def stated(counts: SlotCounts) -> int:
    """The slots with a value or a gap."""
    return sum(count for status, count in counts.items() if status is not Status.ABSENT)


def _counted(headers: Iterable[FrameHeader]) -> SlotCounts:
    counts = dict.fromkeys(Status, 0)
    for header in headers:
        for group in header.groups:
            for status, count in count_statuses(group.statuses).items():
                counts[status] += count
    return counts
