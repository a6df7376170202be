"""Whether a purge explains that a final frame is missing from a spool.

A purge at time T deletes every final frame whose window ended before T - RETENTION. A purged frame was final by
then, so T is not before its anchor; and the purge deleted every frame of the same or an earlier anchor that ended
before the same limit. So no purge explains a missing frame when its window is too recent, or when a frame is
present that the purge would have deleted.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.frames.number import FrameNumber
from veriwatt.terminal.spool.spool import RETENTION
from veriwatt.units import DAY, UtcMillis

CLOCK_MARGIN = DAY
"""The largest difference between the clocks of terminal and ledger, in ms."""

TOO_RECENT = "it is too recent to be purged"
OLDER_PRESENT = "frames are present that a purge would have deleted with it"


@dataclass(frozen=True, slots=True)
class RemovedFrame:
    """A missing frame that no purge explains, and why not."""

    number: FrameNumber
    why: str


@dataclass(frozen=True, slots=True)
class _Gone:
    """A frame without a row; the purge that deleted it also deleted every final window that ended before `limit`."""

    number: FrameNumber
    limit: UtcMillis


class PurgeCheck:
    """Takes the anchored frames of one terminal in order, each with a row or without; stores those of one anchor."""

    def __init__(self, now: UtcMillis) -> None:
        self._now = now
        self._oldest: UtcMillis | None = None
        self._anchor: AnchorLeaf | None = None
        self._gone: list[_Gone] = []

    def missing(self, number: FrameNumber, end: UtcMillis, anchor: AnchorLeaf) -> list[RemovedFrame]:
        """Take a frame without a row, whose window ended at `end`; returns it if no purge explains that."""
        self._enter(anchor)
        limit = max(end + 1, anchor.time - RETENTION - CLOCK_MARGIN)
        if limit > self._now - RETENTION + CLOCK_MARGIN:
            return [RemovedFrame(number, TOO_RECENT)]
        if self._oldest is not None and self._oldest < limit:
            return [RemovedFrame(number, OLDER_PRESENT)]
        self._gone.append(_Gone(number, limit))
        return []

    def present(self, end: UtcMillis, anchor: AnchorLeaf) -> list[RemovedFrame]:
        """Take a frame with a row; returns the missing frames that no purge explains, because this one is present."""
        self._enter(anchor)
        taken = [gone for gone in self._gone if end < gone.limit]
        self._gone = [gone for gone in self._gone if end >= gone.limit]
        self._oldest = end if self._oldest is None else min(end, self._oldest)
        return [RemovedFrame(gone.number, OLDER_PRESENT) for gone in taken]

    def _enter(self, anchor: AnchorLeaf) -> None:
        if anchor is not self._anchor:
            self._gone, self._anchor = [], anchor
