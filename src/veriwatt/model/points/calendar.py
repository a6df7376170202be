"""The calendar of a group: the instants at which its local days begin, for the years that it covers.

    calendar = [first day, first start, runs: bstr]
    runs     = LEB128 pairs (seconds of a day, number of days); neighbouring pairs differ in seconds

Days are numbered from 1970-01-01. With its calendar a slot has one place, and nobody needs a zone table to find it:
slots of minutes and hours count elapsed time from the start of the day, and the last of a day is cut at the start of
the next; slots of a day, week (from Monday), month, quarter or year consist of whole days.
Spec: docs/spec/slots-and-periods.md, section 1.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from veriwatt.encoding import Fields, Value
from veriwatt.encoding.leb128 import leb128, leb128_numbers
from veriwatt.errors import Malformed, Refused
from veriwatt.model.points.calendar_days import calendar_edges, days_of, edges_of_days, slots_before
from veriwatt.model.points.day_numbers import THURSDAY, Ints, first_day_of_month, window_numbers
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.units import DAY, HOUR, MINUTE, SECOND, Interval, UtcMillis, slot_minutes

MAX_DAYS = 60_000
MAX_RUNS = 1 << 14
SHORTEST_DAY, LONGEST_DAY = 22 * HOUR, 26 * HOUR

LARGEST_OFFSET = 18 * HOUR


class OutsideCalendar(Refused):
    """A time that the calendar of its group does not cover."""

    code = "outside-calendar"

    def __init__(self, t: UtcMillis, covered: Interval) -> None:
        super().__init__(f"time {t} lies outside [{covered.start}, {covered.end}), which the group's calendar covers")
        self.t, self.covered = t, covered


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days from `first_day`, which begins at `first_start`; `runs` codes the length of each.

    Raises:
        Malformed: `runs` is not in its one spelling, or has a day of less than 22 or more than 26 hours.
    """

    first_day: int
    first_start: UtcMillis
    runs: bytes

    def __post_init__(self) -> None:
        numbers = list(leb128_numbers(self.runs, "calendar"))
        if len(self.runs) > MAX_RUNS or not numbers or len(numbers) % 2:
            raise Malformed("calendar: its runs are not pairs of seconds and days")
        lengths, counts = numbers[::2], numbers[1::2]
        if not all(SHORTEST_DAY <= seconds * SECOND <= LONGEST_DAY for seconds in lengths):
            raise Malformed("calendar: a day has fewer than 22 or more than 26 hours")
        if 0 in counts or sum(counts) > MAX_DAYS or any(a == b for a, b in zip(lengths, lengths[1:], strict=False)):
            raise Malformed(f"calendar: an empty run, two equal neighbours, or more than {MAX_DAYS} days")

    @classmethod
    def of_starts(cls, first_day: int, starts: Ints) -> Calendar:
        """The calendar whose days begin at `starts`; the last of them ends the last day.

        Raises:
            Malformed: there is no day, or one of less than 22 or more than 26 hours, or of a fraction of a second.
        """
        lengths = np.diff(starts)
        if not len(lengths) or (lengths % SECOND).any() or lengths.min() <= 0:
            raise Malformed("calendar: its days are not whole seconds that follow one another")
        edges = np.concatenate(([0], np.flatnonzero(np.diff(lengths)) + 1, [len(lengths)]))
        pairs = zip((lengths[edges[:-1]] // SECOND).tolist(), np.diff(edges).tolist(), strict=True)
        return cls(first_day, int(starts[0]), b"".join(leb128(number) for pair in pairs for number in pair))

    @property
    def span(self) -> Interval:
        """The time that it covers."""
        starts = days_of(self.first_start, self.runs).starts
        return Interval(starts[0], starts[-1])

    def has_days_of(self, other: Calendar) -> bool:
        """Whether it covers every day, by its number, that `other` covers."""
        first, theirs = self.first_day, other.first_day
        return first <= theirs and theirs + len(other.starts) <= first + len(self.starts)

    @property
    def starts(self) -> Ints:
        """The start of each day in order, and the end of the last."""
        return days_of(self.first_start, self.runs).array

    def day_of(self, t: UtcMillis) -> int:
        """The number of the day that contains `t`; raises OutsideCalendar if none does."""
        starts = days_of(self.first_start, self.runs).starts
        if not starts[0] <= t < starts[-1]:
            raise OutsideCalendar(t, self.span)
        return self.first_day + bisect_right(starts, t) - 1

    def day_start(self, day: int) -> UtcMillis:
        """The first instant of a day, or of the one after the last; raises OutsideCalendar for another."""
        starts = days_of(self.first_start, self.runs).starts
        if not 0 <= day - self.first_day < len(starts):
            raise OutsideCalendar(day * DAY, self.span)
        return starts[day - self.first_day]

    def slot_at(self, slot: str, t: UtcMillis) -> Interval:
        """The slot that contains `t`; raises OutsideCalendar unless the calendar covers all of it."""
        day = self.day_of(t)
        minutes = slot_minutes(slot)
        if minutes is not None:
            midnight, after, length = self.day_start(day), self.day_start(day + 1), minutes * MINUTE
            start = t - (t - midnight) % length
            return Interval(start, min(start + length, after))
        edges = calendar_edges(self.first_day, self.first_start, self.runs, slot)
        at = bisect_right(edges, t)
        if not 0 < at < len(edges):
            raise OutsideCalendar(t, self.span)
        return Interval(edges[at - 1], edges[at])

    def is_edge(self, slot: str, t: UtcMillis) -> bool:
        """Whether a slot starts at `t`."""
        return self.slot_at(slot, t).start == t

    def slots(self, slot: str, window: Interval) -> tuple[Ints, Ints]:
        """The starts and ends of the slots that lie completely in `window`, which the calendar covers."""
        edges = self.edges(slot, window)
        return edges[:-1], edges[1:]

    def edges(self, slot: str, window: Interval) -> Ints:
        """The instants from the start of `window` to its end at which a slot ends or starts."""
        self._check_covers(window)
        minutes = slot_minutes(slot)
        edges = (
            np.array(calendar_edges(self.first_day, self.first_start, self.runs, slot))
            if minutes is None
            else self.edges_every(minutes, window)
        )
        return edges[np.searchsorted(edges, window.start) : np.searchsorted(edges, window.end, "right")]

    def count(self, slot: str, window: Interval) -> int:
        """The number of slots that lie completely in `window`, which the calendar covers."""
        self._check_covers(window)
        minutes = slot_minutes(slot)
        if minutes is None:
            edges = calendar_edges(self.first_day, self.first_start, self.runs, slot)
            return max(0, bisect_right(edges, window.end) - bisect_left(edges, window.start) - 1)
        (first, cut), (last, _) = self._place(minutes, window.start), self._place(minutes, window.end)
        return max(0, last - first - (cut > 0))

    def places(self, slot: str, ts: Ints) -> tuple[Ints, NDArray[np.bool_]]:
        """How many slots end by each of `ts`, from an arbitrary one on, and whether it lies inside a slot, or in none.

        The calendar covers all of `ts`.
        """
        minutes = slot_minutes(slot)
        if minutes is None:
            edges = np.array(calendar_edges(self.first_day, self.first_start, self.runs, slot))
            ended = np.searchsorted(edges, ts, "right") - 1
            return ended, np.append(edges, 0)[ended] != ts
        at = np.searchsorted(self.starts, ts, "right") - 1
        number, rest = np.divmod(ts - self.starts[at], minutes * MINUTE)
        before = np.array(slots_before(self.first_start, self.runs, minutes))
        return before[at] + number, rest > 0

    def edges_every(self, minutes: int, window: Interval) -> Ints:
        """The edges of steps of so many minutes from the start of each day, over all days that `window` touches."""
        starts = days_of(self.first_start, self.runs).starts
        first, last = bisect_right(starts, window.start) - 1, bisect_left(starts, window.end)
        return edges_of_days(self.first_start, self.runs, minutes, first, last)

    def key_window(self, kind: KeyWindow, t: UtcMillis) -> int:
        """The number of the key window that contains `t`: days, weeks, months or years since 1970-01-01."""
        return int(window_numbers(kind, np.array([self.day_of(t)], np.int64))[0])

    def key_windows(self, kind: KeyWindow, times: Ints) -> Ints:
        """`key_window` of each of `times`."""
        starts = self.starts
        if len(times) and not (starts[0] <= times.min() and times.max() < starts[-1]):
            raise OutsideCalendar(int(times.min() if times.min() < starts[0] else times.max()), self.span)
        return window_numbers(kind, self.first_day + np.searchsorted(starts, times, "right") - 1)

    def key_window_start(self, kind: KeyWindow, number: int) -> UtcMillis:
        """The first instant of a key window; raises OutsideCalendar unless it is covered."""
        match kind:
            case KeyWindow.DAY:
                return self.day_start(number)
            case KeyWindow.WEEK:
                return self.day_start(number * 7 - THURSDAY)
            case KeyWindow.MONTH:
                return self.day_start(first_day_of_month(number))
            case KeyWindow.YEAR:
                return self.day_start(first_day_of_month(number * 12))

    def check_numbers(self, day_begins: int) -> None:
        """Raise Malformed unless each day begins within 18 hours of `day_begins` o'clock UTC of its number's date."""
        days = self.first_day + np.arange(len(self.starts), dtype=np.int64)
        if (np.abs(self.starts - days * DAY - day_begins * HOUR) > LARGEST_OFFSET).any():
            raise Malformed("calendar: a day begins far from its date")

    def fields(self) -> list[Value]:
        return [self.first_day, self.first_start, self.runs]

    @classmethod
    def parse(cls, value: object) -> Calendar:
        f = Fields(value, "calendar", 3)
        first_day, first_start, runs = f.int("first day"), f.int("first start"), f.bytes("runs", MAX_RUNS)
        if abs(first_day) > 10**6 or abs(first_start) > 10**14:
            raise Malformed("calendar: it begins beyond every year of use")
        return cls(first_day, first_start, runs)

    def _check_covers(self, window: Interval) -> None:
        starts = days_of(self.first_start, self.runs).starts
        if not (starts[0] <= window.start and window.end <= starts[-1]):
            raise OutsideCalendar(window.start if window.start < starts[0] else window.end, self.span)

    def _place(self, minutes: int, t: UtcMillis) -> tuple[int, int]:
        """How many slots end by `t`, and how far `t` lies inside the next one."""
        starts = days_of(self.first_start, self.runs).starts
        at = bisect_right(starts, t) - 1
        number, rest = divmod(t - starts[at], minutes * MINUTE)
        return slots_before(self.first_start, self.runs, minutes)[at] + number, rest
