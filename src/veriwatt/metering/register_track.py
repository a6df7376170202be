"""The readings of one register in segments: one meter, and one day of a counter that begins anew each day.

Within a segment the later reading less the earlier is the advance, and a lower one is a fall. Between segments lies an
exchange or a restart. What an exchange states of both meters stands in the track as a *stated* reading: it bounds a
segment, and is never skipped.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntFlag
from typing import Any

import numpy as np
from numpy.typing import NDArray

from veriwatt.model.points.register_record import RegisterExchange, RegisterRecord
from veriwatt.units import HOUR, MINUTE, UtcMillis

Times = NDArray[np.int64]
Mantissas = NDArray[Any]

STATED = -1
_SAFE = 2**61


class StepKind(IntFlag):
    """What a reading's step is; a step without any of them is plain and settled."""

    EXCHANGE = 1
    RESTART = 2
    OUTLIER = 4
    ROLLOVER = 8
    FALL = 16
    IMPLAUSIBLE = 32
    OPEN = 64
    PROVISIONAL = 128
    AT_LEAST = 256
    NOT_STATED = 512
    CONFIRMED = 1024
    BESIDE_FALL = 2048


@dataclass(frozen=True, slots=True, eq=False)
class RegisterRule:
    """What a register's steps are judged by: its definition, and what is recorded of it.

    `width` is the mantissa at which it starts again at 0, `rate` the most that it may advance in an hour; its values
    are multiples of `step`. `day_starts` are the starts of the point's days, from the first reading's day to the day
    after the last reading's, for a counter that begins anew each day; None for others. `backward`: it runs backward by
    nature.
    """

    width: int | None = None
    rate: int | None = None
    step: int = 1
    backward: bool = False
    day_starts: Times | None = None
    record: RegisterRecord = RegisterRecord()

    @property
    def unchecked(self) -> bool:
        """Whether a wrong reading may count: the register may fall, so that no later one shows it, and has no rate."""
        return self.rate is None and (self.backward or self.day_starts is not None)

    def most(self, duration: UtcMillis) -> int | None:
        """The most that it may show to have advanced in `duration` ms; None if no rate is stated.

        A counter shows the last step at once: it may be one ahead of what was used.
        """
        return None if self.rate is None else self.rate * duration // HOUR + self.step

    @property
    def most_at_restart(self) -> int | None:
        """The most that it may show at the end of a day if it has begun anew; None if no rate is stated."""
        return self.most(MINUTE)

    def within_rate(self, advance: int, duration: UtcMillis) -> bool:
        """Whether it may advance by so much in `duration` ms; it may if no rate is stated."""
        most = self.most(duration)
        return most is None or abs(advance) <= most

    def may_go_round(self, advance: int, duration: UtcMillis) -> bool:
        """Whether width and rate are stated, and an `advance` in `duration` ms may have gone round once more."""
        return self.width is not None and self.rate is not None and self.within_rate(self.width + advance, duration)

    def without_exchanges(self) -> RegisterRule:
        """The rule if nothing were recorded of an exchange."""
        return replace(self, record=replace(self.record, exchanges=()))


class RuleByTime:
    """The rule with what is recorded for a span of readings alone, found without a look at all that is recorded."""

    def __init__(self, rule: RegisterRule) -> None:
        self._rule = rule
        self._exchanges = rule.record.in_force()
        self._confirmations = sorted(rule.record.confirmations, key=lambda each: each.step.at)
        self._exchanged = [each.at for each in self._exchanges]
        self._confirmed = [each.step.at for each in self._confirmations]

    def within(self, first: UtcMillis, last: UtcMillis) -> RegisterRule:
        """The rule of readings stamped from `first` to `last`."""
        exchanges = self._exchanges[bisect_left(self._exchanged, first) : bisect_right(self._exchanged, last)]
        confirmed = self._confirmations[bisect_left(self._confirmed, first) : bisect_right(self._confirmed, last)]
        return replace(self._rule, record=RegisterRecord(exchanges, tuple(confirmed)))


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Readings and stated readings in order of time; `at[i]` is the index of the reading, or STATED."""

    starts: Times
    stamps: Times
    values: Mantissas
    at: Times
    meter: Times
    day: Times
    segment: Times

    @property
    def exchanged(self) -> bool:
        """Whether an exchange lies between two of the readings."""
        return bool((self.at == STATED).any())

    def part(self, begin: int) -> Track:
        """The track from place `begin` on, which is that of a reading; its readings are numbered from 0."""
        at = self.at[begin:]
        numbers = np.where(at == STATED, STATED, at - at[0])
        columns = (self.values, self.meter, self.day, self.segment)
        return Track(
            self.starts[begin:], self.stamps[begin:], columns[0][begin:], numbers, *(c[begin:] for c in columns[1:])
        )


def track_of(starts: Times, stamps: Times, values: Mantissas, rule: RegisterRule) -> Track:
    """The track of readings whose slots begin at `starts` and end at `stamps`."""
    at, meter = np.arange(len(stamps)), np.zeros(len(stamps), np.int64)
    exchanges = [(e, place) for e in rule.record.in_force() if 0 < (place := _place(e, stamps, values)) < len(stamps)]
    values = _wide_enough(values, rule, [e for e, _ in exchanges])
    if exchanges:
        places = [place for _, place in exchanges for _ in (0, 1)]
        times = [e.at for e, _ in exchanges for _ in (0, 1)]
        meter = np.searchsorted(np.array(places[::2]), at, "right")
        shown = [shown for e, _ in exchanges for shown in (e.last, e.first)]
        values = np.insert(values, places, shown)
        starts, stamps = np.insert(starts, places, times), np.insert(stamps, places, times)
        at = np.insert(at, places, STATED)
        meters = [number for i in range(len(exchanges)) for number in (i, i + 1)]
        meter = np.insert(meter, places, meters)
    day = _days(stamps, values, meter, rule)
    changes = (np.diff(meter) != 0) | (np.diff(day) != 0)
    segment = np.concatenate([[0], np.cumsum(changes)]) if len(stamps) else at
    return Track(starts, stamps, values, at, meter, day, segment.astype(np.int64))


def next_reading(at: Times) -> Times:
    """For each of a kept track, the index of the first reading at it or after it."""
    readings = np.where(at == STATED, np.iinfo(np.int64).max, at)
    following: Times = np.minimum.accumulate(readings[::-1])[::-1]
    return following


def _place(exchange: RegisterExchange, stamps: Times, values: Mantissas) -> int:
    """The number of readings of the old meter; of one stamped at the exchange, the nearer statement decides."""
    place = int(np.searchsorted(stamps, exchange.at, "left"))
    if place < len(stamps) and stamps[place] == exchange.at:
        value = int(values[place])
        place += abs(value - exchange.last) <= abs(value - exchange.first)
    return place


def _wide_enough(values: Mantissas, rule: RegisterRule, exchanges: Sequence[RegisterExchange]) -> Mantissas:
    """Python integers where a step, of one part more than there are exchanges in it, may exceed 64 bits."""
    shown = [abs(value) for e in exchanges for value in (e.last, e.first)]
    read = [-int(values.min()), int(values.max())] if len(values) else []
    largest = max([*read, *shown, rule.width or 0])
    return values if largest * (len(exchanges) + 1) < _SAFE else values.astype(object)


def _days(stamps: Times, values: Mantissas, meter: Times, rule: RegisterRule) -> Times:
    """The day in which the counter showed each value.

    A reading at the very end of a day closes it, unless it fell from one stamped within that day, to no more than the
    counter shows within a minute: it is the restart.
    """
    if rule.day_starts is None or not len(stamps):
        return np.zeros(len(stamps), np.int64)
    place = np.searchsorted(rule.day_starts, stamps, "left")
    day: Times = place - 1
    ends_day = rule.day_starts[np.minimum(place, len(rule.day_starts) - 1)] == stamps
    same = (day[1:] == day[:-1]) & (meter[1:] == meter[:-1])
    fell = np.zeros(len(stamps), np.bool_)
    fell[1:] = ends_day[1:] & same & np.asarray(values[1:] < values[:-1], np.bool_)
    if (most := rule.most_at_restart) is not None:
        fell &= np.asarray(values <= most, np.bool_)
    return day + fell
