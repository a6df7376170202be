"""Choosing which samples of a terminal go into which frame, and when.

A frame contains one group, under the group version that is in force at the start of the frame's window. It crosses
neither the start of a version nor the border of a key window. While the key window and the version are current, a
frame is made when slots of `every` milliseconds wait; when one of them has ended, all waiting slots become one frame,
so that a long backlog makes few frames. A slot without a sample at that time goes into a later frame.

A gap says that its slot is over and has no value. A clock that was set forward would say so of slots to come, whose
values could never be stated: a gap is framed only once the newest proven header is not before its slot's end. Values
do not wait for that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from veriwatt.errors import Refused
from veriwatt.ids import FrameId
from veriwatt.metering.columns import absent_column, stated_column
from veriwatt.metering.frame_limits import frame_spans
from veriwatt.model.frames.build import FrameContent, FrameContext, GroupSlots
from veriwatt.model.frames.columns import Column, Ints
from veriwatt.model.frames.origin import ClockState, Meter
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Status
from veriwatt.terminal.framing.framed_group import NEVER, FramedGroup
from veriwatt.terminal.framing.framer import Framer
from veriwatt.terminal.sampling.samples import SampleColumns
from veriwatt.terminal.spool.restatement_book import RestatementBook
from veriwatt.terminal.spool.spool import Spool
from veriwatt.units import DAY, MINUTE, Interval, UtcMillis
from veriwatt.verify.root_log_head import NO_HEAD, ProvenRootLogHead

FRAME_EVERY = 15 * MINUTE

KEYS_KEPT = 3 * DAY
"""Window keys are kept for so many ms after their slots: a reading of up to 48 h later may take back an amount."""

MOST_NAMED = 96
"""A frame names at most so many frames whose slots it states again, the last ones: a day's of quarter-hours.

Evidence of every reading in it contains these names, 32 bytes each.
"""

WindowKey = Callable[[str, int], bytes]
"""The key of (group, key window number)."""


class FrameScheduler:
    """Decides which samples of one terminal become a frame, and makes it, one thread at a time."""

    def __init__(
        self,
        groups: Sequence[FramedGroup],
        spool: Spool,
        framer: Framer,
        window_key: WindowKey,
        clock: ClockState,
        root_log_head: Callable[[], ProvenRootLogHead] = lambda: NO_HEAD,
        every: UtcMillis = FRAME_EVERY,
    ) -> None:
        """`root_log_head` gives the head that a frame's header names; `clock` describes the terminal's clock."""
        self._groups, self._spool, self._framer, self._window_key = groups, spool, framer, window_key
        self._clock, self._root_log_head, self._every = clock, root_log_head, every

    def frame(self, until: UtcMillis) -> int:
        """Frame the slots that are due among those that end by `until`, the time up to which sampling is complete.

        The frames are durable and unsigned on return. Returns how many were made.

        Raises:
            WindowKeyNotFound: the key of a key window is missing; all other due slots are framed.
        """
        made, refused = 0, None
        for group in self._groups:
            for part in self._due(group, until):
                try:
                    self._frame(group, part)
                    made += 1
                except Refused as error:
                    refused = refused or error
        if refused is not None:
            raise refused
        return made

    def open_gaps(self, until: UtcMillis) -> bool:
        """Whether a gap that ends by `until` waits for a newer head."""
        as_of = self._root_log_head().as_of
        parts = (part for group in self._groups for part in self._waiting(group, until).values())
        return any(bool(_is_open_gap(part, as_of).any()) for part in parts)

    def oldest_open(self, now: UtcMillis, versions_known_to: UtcMillis) -> dict[str, int]:
        """For each group, the number of the first key window whose key may still be needed.

        A key is needed to frame slots that wait, or whose amounts may be taken back (`KEYS_KEPT`), to open a frame that
        may turn out to be void, and to open one that stated slots under a definition which a version unknown to the
        terminal replaces; such a version begins after `versions_known_to`, the time of the proven head at which the
        terminal knew every version of its groups.
        Spec: docs/spec/terminal-handover.md, "When a window key is deleted".
        """
        unfinal, found = self._spool.first_unfinal_end(), dict[str, int]()
        first = min(now - KEYS_KEPT, versions_known_to, now if unfinal is None else unfinal - 1)
        for group in self._groups:
            oldest = min((int(columns.starts[0]) for columns in self._waiting(group, now).values()), default=first)
            found[group.name] = min(
                group.number(max(min(oldest, first), group.calendar.first_start)), found.get(group.name, NEVER)
            )
        return found

    def days_of_keys(self, keys_end: Callable[[str], int | None], now: UtcMillis) -> int:
        """Whole days from `now` for which every group has keys; `keys_end` gives its first key window without one."""
        return min(group.days_until(keys_end(group.name), now) for group in self._groups)

    def _due(self, group: FramedGroup, until: UtcMillis) -> Iterator[dict[str, SampleColumns]]:
        """The waiting slots of this version that are due, in one part for each frame."""
        as_of = self._root_log_head().as_of
        stated = {p: c.only(~_is_open_gap(c, as_of)) for p, c in self._waiting(group, until).items()}
        waiting = {p: c for p, c in stated.items() if len(c)}
        numbers = {p: group.calendar.key_windows(group.key_window, c.starts) for p, c in waiting.items()}
        present = group.number(until)
        for number in sorted({int(n) for each in numbers.values() for n in np.unique(each)}):
            part = {p: _within(c, numbers[p], number, number + 1) for p, c in waiting.items() if number in numbers[p]}
            span, closed = _span(part), number < present or group.until <= until
            if closed or span.end - span.start >= self._every:
                yield from _cut(group, part)

    def _waiting(self, group: FramedGroup, until: UtcMillis) -> dict[str, SampleColumns]:
        """The unframed slots that start while this version is in force and end by `until`."""
        unframed = self._spool.unframed(group.points, until)
        own = {p: _within(c, c.starts, group.since, group.until) for p, c in unframed.items()}
        return {p: c for p, c in own.items() if len(c)}

    def _frame(self, group: FramedGroup, part: Mapping[str, SampleColumns]) -> None:
        span, head = _span(part), self._root_log_head()
        columns = [
            _column(group.calendar, definition, span, part.get(definition.id)) for definition in group.definitions
        ]
        key = self._window_key(group.name, group.number(span.start))
        replaced = self._replaced(part, span)
        content = FrameContent(span, (GroupSlots(group.name, group.n, group.root, columns, key, replaced),))
        collected_at = max(int(c.collected_at.max()) for c in part.values())
        context = FrameContext(collected_at, Meter(), head.size, head.leaf, self._clock)
        self._framer.prepare([content], context, list(part.values()))

    def _replaced(self, part: Mapping[str, SampleColumns], span: Interval) -> tuple[FrameId, ...]:
        """The frames that stated slots of this part under a replaced definition, in order; at most `MOST_NAMED`."""
        frames = RestatementBook(self._spool.file).frames_of(part, span.start)
        found = dict[FrameId, None]()
        for point, columns in part.items():
            for each in frames[point]:
                if np.any((columns.starts < each.window.end) & (columns.ends > each.window.start)):
                    found[each.frame_id] = None
        return tuple(found)[-MOST_NAMED:]


def _is_open_gap(columns: SampleColumns, as_of: UtcMillis) -> NDArray[np.bool_]:
    """Which rows are gaps of slots that are not over by a head of time `as_of`."""
    gaps: NDArray[np.bool_] = (columns.statuses == Status.GAP) & (columns.ends > as_of)
    return gaps


def _within(columns: SampleColumns, keys: Ints, low: int, high: int) -> SampleColumns:
    """The rows whose `keys` lie in `[low, high)`; `keys` ascend."""
    first, last = np.searchsorted(keys, [low, high])
    return columns.only(slice(int(first), int(last)))


def _cut(group: FramedGroup, part: Mapping[str, SampleColumns]) -> Iterator[dict[str, SampleColumns]]:
    """The part in pieces, each within the limits of a frame."""
    for span in frame_spans(group.calendar, group.definitions, _span(part)):
        within = {p: _within(c, c.starts, span.start, span.end) for p, c in part.items()}
        if piece := {p: c for p, c in within.items() if len(c)}:
            yield piece


def _span(part: Mapping[str, SampleColumns]) -> Interval:
    low = min(int(columns.starts[0]) for columns in part.values())
    return Interval(low, max(int(columns.ends[-1]) for columns in part.values()))


def _column(calendar: Calendar, definition: PointDefinition, span: Interval, samples: SampleColumns | None) -> Column:
    if samples is None:
        return absent_column(calendar, definition, span)
    return stated_column(calendar, definition, span, samples.starts, samples.values, samples.statuses, samples.reasons)
