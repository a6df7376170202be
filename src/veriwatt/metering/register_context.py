"""The steps of a series, and those of a period from a part of it: whether the readings given decide them, and which
ones suffice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from veriwatt.metering.register_falls import LONGEST_RUN, ContextInsufficient
from veriwatt.metering.register_judge import SETTLED_AFTER, judge_track
from veriwatt.metering.register_marks import MARKED_BEFORE_FALL
from veriwatt.metering.register_steps import Steps
from veriwatt.metering.register_sure import beginnings, first_sure, stretches_of
from veriwatt.metering.register_track import STATED, Mantissas, RegisterRule, StepKind, Times, Track, track_of
from veriwatt.units import Interval

NO_HOLES = np.zeros(0, np.int64)
"""Every slot between the readings is stated."""


@dataclass(frozen=True, slots=True, eq=False)
class PeriodSteps:
    """The steps of the readings from number `first` of those given; those stamped in the period are right.

    `settled`: no reading after the given ones can change them. `exchanges_judged`: the readings decide the steps with
    the exchanges recorded too; else the steps are those without them, each of them marked as the owner's word.
    `marks_judged`: no reading before the given ones bears on what later falls mark; else they may mark more steps here.
    """

    first: int
    steps: Steps
    settled: bool
    exchanges_judged: bool = True
    marks_judged: bool = True


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
    stretches = stretches_of(starts, stamps, values, rule, holes)
    steps = judge_track(track, rule, sure=stretches.sure)
    steps.kinds[stretches.left_open] |= StepKind.NOT_STATED
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
    stretches = stretches_of(starts, stamps, values, rule, holes)
    try:
        if from_first:
            first, steps, marks_judged = 0, judge_track(track, rule, sure=stretches.sure), True
        else:
            first, steps, marks_judged = _judge_part(track, rule, period, stretches.sure)
    except ContextInsufficient:
        if without is None:
            raise
        return _all_in_doubt(without)
    steps.kinds[stretches.left_open[first:]] |= StepKind.NOT_STATED
    if without is not None:
        later = max(first, without.first)
        steps = steps.since(later - first).beside(without.steps.since(later - without.first))
        first, marks_judged = later, marks_judged and without.marks_judged
    inside = (steps.stamps > period.start) & (steps.stamps <= period.end)
    settled = not (inside & steps.of_kind(StepKind.PROVISIONAL)).any()
    return PeriodSteps(first, steps, settled, marks_judged=marks_judged)


def _all_in_doubt(without: PeriodSteps) -> PeriodSteps:
    """The steps without exchanges, where the readings do not decide those with them: any may be another one.

    They are no refusal: an exchange recorded afterwards takes back nothing that was proven.
    """
    steps = replace(without.steps, kinds=without.steps.kinds | StepKind.EXCHANGE)
    return replace(without, steps=steps, exchanges_judged=False)


def _judge_part(track: Track, rule: RegisterRule, period: Interval, sure: Times) -> tuple[int, Steps, bool]:
    """The first reading that is judged in a part without the beginning of its series, the steps, whether marks are.

    A spike that bears on a step of the period begins in the seven days before it: before that no reading matters, nor
    before the first of a segment.
    """
    found, stamps = first_sure(track, rule, sure), track.stamps[track.at != STATED]
    if (
        found is None
        or stamps[found.kept] > period.start
        or found.steps.of_kind(StepKind.OUTLIER)[found.kept - found.given]
    ):
        raise ContextInsufficient
    long_ago = stamps[found.sure] <= period.start - MARKED_BEFORE_FALL
    return found.given, found.steps, bool(long_ago or found.begins_segment or rule.backward)


def period_context(
    starts: Times,
    stamps: Times,
    values: Mantissas,
    rule: RegisterRule,
    period: Interval,
    *,
    earliest: int = 0,
    from_first: bool = True,
) -> PeriodContext:
    """Few readings around `period` that decide its steps and settle them, as far as there are such.

    A fall of the seven days after it may mark one of its steps, if a spike began in the seven days before: these days,
    and what such a fall is judged by, are among them.

    Args:
        starts, stamps, values, rule, period: as for `judge_period`; the readings are all of the series.
        earliest: the first reading that may be among them: before it lie slots that no frame states.
        from_first: no slot before the first reading could be stated.
    """
    begins = _Beginnings(starts, stamps, values, rule, period, earliest, from_first)
    end = int(np.searchsorted(stamps, period.end, "right"))
    first = begins.latest()
    for last in range(min(end + LONGEST_RUN, len(stamps)), len(stamps) + 1):
        first, settled = begins.find(first, last)
        if settled or last == len(stamps):
            week = int(np.searchsorted(stamps, period.end + SETTLED_AFTER, "right"))
            until = max(last, min(week + LONGEST_RUN, len(stamps)))
            begin, _ = begins.find(first, until)
            return PeriodContext(begin, until, begin == 0 and from_first)
    raise AssertionError("the loop ends with the last reading")


@dataclass(frozen=True, slots=True, eq=False)
class _Beginnings:
    """Late beginnings of readings that decide a period; the fields are the arguments of `period_context`."""

    starts: Times
    stamps: Times
    values: Mantissas
    rule: RegisterRule
    period: Interval
    earliest: int
    from_first: bool

    def latest(self) -> int:
        """The last reading that it can be worth while to begin with."""
        alone = self.rule.backward or self.rule.day_starts is not None  # no spike, or none of more than a day
        before = self.period.start - (0 if alone else MARKED_BEFORE_FALL)
        return max(self.earliest, int(np.searchsorted(self.stamps, before, "right")) - 1)

    def find(self, first: int, last: int) -> tuple[int, bool]:
        """A beginning not after `first` of readings up to `last`, and whether they settle the period's steps.

        Where none decides the period, the earliest: a verifier says what is missing.
        """
        for begin in (*beginnings(first, self.earliest), self.earliest):
            part, whole = slice(begin, last), begin == 0 and self.from_first
            columns = self.starts[part], self.stamps[part], self.values[part]
            try:
                judged = judge_period(*columns, self.rule, self.period, from_first=whole)
            except ContextInsufficient:
                continue
            if judged.exchanges_judged and (judged.marks_judged or begin == self.earliest):
                return begin, judged.settled
        return self.earliest, False
