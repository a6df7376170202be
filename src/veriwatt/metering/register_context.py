"""The steps of a series, and those of a period from a part of it: whether the readings given decide them, and which
ones suffice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from veriwatt.metering.register_falls import LONGEST_RUN, ContextInsufficient
from veriwatt.metering.register_judge import SETTLED_AFTER, judge_track
from veriwatt.metering.register_steps import Steps
from veriwatt.metering.register_sure import beginnings, left_open, sure_reading
from veriwatt.metering.register_track import STATED, Mantissas, RegisterRule, StepKind, Times, Track, track_of
from veriwatt.units import Interval

NO_HOLES = np.zeros(0, np.int64)
"""Every slot between the readings is stated."""


@dataclass(frozen=True, slots=True, eq=False)
class PeriodSteps:
    """The steps of the readings from number `first` of those given; those stamped in the period are right.

    `settled`: no reading after the given ones can change them. `exchanges_judged`: the readings decide the steps with
    the exchanges recorded too; else the steps are those without them, each of them marked as the owner's word.
    """

    first: int
    steps: Steps
    settled: bool
    exchanges_judged: bool = True


@dataclass(frozen=True, slots=True)
class PeriodContext:
    """The readings `[first, end)` that decide a period's steps; `from_first`: they include the series' first."""

    first: int
    end: int
    from_first: bool


def judge_steps(starts: Times, stamps: Times, values: Mantissas, rule: RegisterRule, holes: Times = NO_HOLES) -> Steps:
    """The steps of all readings of one series.

    Args:
        starts: the start of each reading's slot, increasing.
        stamps: the end of that slot, which the reading is stamped with.
        values: the mantissas read.
        rule: what the steps are judged by.
        holes: the start of each span of slots that no frame states, in order.
    """
    track = track_of(starts, stamps, values, rule)
    steps = judge_track(track, rule)
    steps.kinds[left_open(starts, stamps, values, rule, holes, known_before=True)] |= StepKind.NOT_STATED
    if not track.exchanged:
        return steps
    return steps.beside(judge_steps(starts, stamps, values, rule.without_exchanges(), holes))


def judge_period(
    starts: Times,
    stamps: Times,
    values: Mantissas,
    rule: RegisterRule,
    period: Interval,
    holes: Times = NO_HOLES,
    *,
    from_first: bool,
) -> PeriodSteps:
    """The steps of the readings stamped in `(period.start, period.end]`.

    Args:
        starts, stamps, values: consecutive readings of one series, as for `judge_steps`; none is left out but in
            `holes`.
        rule: what the steps are judged by.
        period: the period.
        holes: as for `judge_steps`, from the first reading on.
        from_first: the first of the readings is the series' first.

    Raises:
        ContextInsufficient: with other readings before the given ones, the steps without exchanges might be others.
    """
    track = track_of(starts, stamps, values, rule)
    without = None
    if track.exchanged:
        without = judge_period(starts, stamps, values, rule.without_exchanges(), period, holes, from_first=from_first)
    try:
        first, steps = (0, judge_track(track, rule)) if from_first else _judge_part(track, rule, period)
    except ContextInsufficient:
        if without is None:
            raise
        return _all_in_doubt(without)
    steps.kinds[left_open(starts, stamps, values, rule, holes, known_before=True)[first:]] |= StepKind.NOT_STATED
    if without is not None:
        later = max(first, without.first)
        steps = steps.since(later - first).beside(without.steps.since(later - without.first))
        first = later
    inside = (steps.stamps > period.start) & (steps.stamps <= period.end)
    return PeriodSteps(first, steps, not (inside & steps.of_kind(StepKind.PROVISIONAL)).any())


def _all_in_doubt(without: PeriodSteps) -> PeriodSteps:
    """The steps without exchanges, where the readings do not decide those with them: any may be another one.

    They are no refusal: an exchange recorded afterwards takes back nothing that was proven.
    """
    steps = replace(without.steps, kinds=without.steps.kinds | StepKind.EXCHANGE)
    return replace(without, steps=steps, exchanges_judged=False)


def _judge_part(track: Track, rule: RegisterRule, period: Interval) -> tuple[int, Steps]:
    """The steps of a part that does not begin with the series, from the reading with the number that is told first."""
    places = np.flatnonzero(track.at != STATED)
    stamps = track.stamps[places]
    latest = int(np.searchsorted(stamps, period.start, "right")) - 1
    for first in beginnings(latest):
        found = sure_reading(track, places[first : first + LONGEST_RUN + 1], rule)
        if found is None or stamps[first + found[0]] > period.start:
            continue
        sure, given = first + found[0], first + found[1]
        try:
            steps = judge_track(track.part(int(places[given])), rule, unknown_before=True)
        except ContextInsufficient:
            continue
        before = (steps.stamps >= stamps[sure]) & (steps.stamps <= period.start)
        if (before & ~steps.of_kind(StepKind.OUTLIER)).any():
            return given, steps
    raise ContextInsufficient


def period_context(
    starts: Times, stamps: Times, values: Mantissas, rule: RegisterRule, period: Interval
) -> PeriodContext:
    """Few readings around `period` that decide its steps and settle them, as far as there are such.

    A fall of the seven days after it may mark one of its steps: these days, and what such a fall is judged by, are
    among them.

    Args: as for `judge_period`; the readings are all of the series.
    """
    end = int(np.searchsorted(stamps, period.end, "right"))
    first = max(0, int(np.searchsorted(stamps, period.start, "right")) - 1)
    for last in range(min(end + LONGEST_RUN, len(stamps)), len(stamps) + 1):
        first, found = _from(first, last, starts, stamps, values, rule, period)
        if found.settled or last == len(stamps):
            week = int(np.searchsorted(stamps, period.end + SETTLED_AFTER, "right"))
            until = max(last, min(week + LONGEST_RUN, len(stamps)))
            begin, _ = _from(first, until, starts, stamps, values, rule, period)
            return PeriodContext(begin, until, begin == 0)
    raise AssertionError("the loop ends with the last reading")


def _from(
    first: int, last: int, starts: Times, stamps: Times, values: Mantissas, rule: RegisterRule, period: Interval
) -> tuple[int, PeriodSteps]:
    """A late beginning, not after `first`, of readings up to `last` that decide the period."""
    for begin in (*beginnings(first), 0):
        part = slice(begin, last)
        try:
            judged = judge_period(starts[part], stamps[part], values[part], rule, period, from_first=begin == 0)
        except ContextInsufficient:
            continue
        if judged.exchanges_judged:
            return begin, judged
    raise AssertionError("the first reading of a series suffices")
