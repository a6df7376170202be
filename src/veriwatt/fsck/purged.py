"""Whether a purge explains that a final frame is missing from a spool.

A purge at time T takes every final frame whose window ended before T - RETENTION. A frame that one took was
final by then, so T is not before its anchor; and whatever the same anchor or an earlier one made final,
and ended before the same limit, went with it. So a frame is missing for no good reason when its window
is too recent, or when a frame stayed that its purge would have taken.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.frames.number import FrameNumber
from veriwatt.terminal.spool.spool import RETENTION
from veriwatt.units import DAY, UtcMillis

CLOCK_MARGIN = DAY
"""How far the clocks of terminal and ledger may be apart."""

TOO_RECENT = "it is too recent to be purged"
OTHERS_STAYED = "frames that a purge would have taken with it are there"


@dataclass(frozen=True, slots=True)
class Taken:
    """A frame that no purge took."""

    number: FrameNumber
    why: str


@dataclass(frozen=True, slots=True)
class _Gone:
    """A frame without a row; whatever purge took it, took every final window that ended before `limit`."""

    number: FrameNumber
    limit: UtcMillis


class Purged:
    """The anchored frames of one terminal, in order, with a row or without; keeps those of one anchor at most."""

    def __init__(self, now: UtcMillis) -> None:
        self._now = now
        self._oldest: UtcMillis | None = None
        self._anchor: AnchorLeaf | None = None
        self._gone: list[_Gone] = []

    def gone(self, number: FrameNumber, end: UtcMillis, anchor: AnchorLeaf) -> list[Taken]:
        """A frame without a row, whose window ended at `end`."""
        self._enter(anchor)
        limit = max(end + 1, anchor.time - RETENTION - CLOCK_MARGIN)
        if limit > self._now - RETENTION + CLOCK_MARGIN:
            return [Taken(number, TOO_RECENT)]
        if self._oldest is not None and self._oldest < limit:
            return [Taken(number, OTHERS_STAYED)]
        self._gone.append(_Gone(number, limit))
        return []

    def kept(self, end: UtcMillis, anchor: AnchorLeaf) -> list[Taken]:
        """A frame with a row; returns the frames before it that its staying convicts."""
        self._enter(anchor)
        taken = [gone for gone in self._gone if end < gone.limit]
        self._gone = [gone for gone in self._gone if end >= gone.limit]
        self._oldest = end if self._oldest is None else min(end, self._oldest)
        return [Taken(gone.number, OTHERS_STAYED) for gone in taken]

    def _enter(self, anchor: AnchorLeaf) -> None:
        if anchor is not self._anchor:
            self._gone, self._anchor = [], anchor
