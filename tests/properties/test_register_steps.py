"""The steps of random registers, with all that may befall one, against the rule word by word."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from veriwatt.metering.register_context import judge_period, judge_steps, period_context
from veriwatt.metering.register_falls import ContextInsufficient
from veriwatt.metering.register_steps import Steps
from veriwatt.metering.register_track import RegisterRule, StepKind
from veriwatt.model.points.register_record import ReadStep, RegisterExchange, RegisterRecord, StepConfirmation
from veriwatt.testing.actors import SIM_AUTHORITY
from veriwatt.testing.register_model import Reading, plain_steps
from veriwatt.units import DAY, HOUR, Interval

WIDTH = 1000


@st.composite
def registers(draw: st.DrawFn) -> tuple[list[Reading], RegisterRule]:
    """Readings of a slot of 6 h, 1 h or a day with gaps, and a rule that explains some of their falls."""
    slot = draw(st.sampled_from([HOUR, 6 * HOUR, DAY]))
    width = draw(st.sampled_from([None, WIDTH]))
    rate = draw(st.sampled_from([None, 2, 40]))
    restarts, backward = draw(st.booleans()), draw(st.integers(0, 9)) == 0
    value, stamp, readings = draw(st.integers(0, 1200)), 0, list[Reading]()
    events = st.sampled_from(["on"] * 8 + ["stay", "spike", "dip", "zero", "jump", "gap", "fall", "climb"])
    spike_left = spike = 0
    for event in draw(st.lists(events, min_size=1, max_size=40)):
        stamp += slot * (draw(st.integers(2, 40)) if event == "gap" else 1)
        if restarts and (stamp - slot) % DAY == 0 and not backward:
            value = 0
        value += draw(st.integers(0, 12)) if event != "stay" else 0
        if width and draw(st.integers(0, 5)) == 0:
            value %= width
        if event == "fall":
            value = max(0, value - draw(st.integers(1, 900)))
        if event == "jump":
            value += draw(st.integers(100, 900))
        if event == "climb":  # a spike of some readings that may climb on while it lasts
            spike_left, spike = draw(st.integers(1, 12)), spike + draw(st.integers(100, 900))
        shown = {"spike": value + 500, "dip": max(0, value - 30), "zero": 0}.get(event, value + spike)
        spike_left, spike = max(0, spike_left - 1), spike if spike_left > 1 else 0
        readings.append(Reading(stamp - slot, stamp, shown))
    record = draw(records(stamp, readings))
    starts = np.arange(-DAY, stamp + 2 * DAY, DAY) if restarts else None
    return readings, RegisterRule(width, rate, backward=backward, day_starts=starts, record=record)


@st.composite
def records(draw: st.DrawFn, until: int, readings: list[Reading]) -> RegisterRecord:
    times = st.integers(0, until // (HOUR // 2)).map(lambda n: n * (HOUR // 2))
    shown = st.integers(0, 1200)
    exchanges = draw(st.lists(st.builds(RegisterExchange, times, shown, shown, *_BLOCK, st.just("worn")), max_size=2))
    read = [(r.stamp, r.value) for r in readings] + [(e.at, value) for e in exchanges for value in (e.last, e.first)]
    steps = [ReadStep(*a, *b) for a, b in pairwise(sorted(read, key=lambda each: each[0]))]
    named = draw(st.lists(st.sampled_from(steps), max_size=5)) if steps else []
    wrong = [step._replace(after=step.after + 1) for step in named if draw(st.integers(0, 4)) == 0]
    confirmed = tuple(StepConfirmation(step, 1, 1, "m", "x", SIM_AUTHORITY) for step in [*named, *wrong])
    return RegisterRecord(tuple(exchanges), confirmed)


_BLOCK = (st.just(1), st.just(1), st.just("m"))


def judged(readings: list[Reading], rule: RegisterRule) -> Steps:
    return judge_steps(*arrays(readings), rule)


def arrays(readings: list[Reading]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    columns = np.array([(r.start, r.stamp, r.value) for r in readings], np.int64).reshape(-1, 3)
    return columns[:, 0], columns[:, 1], columns[:, 2]


FALL_AFTER_EXCHANGES = (
    [Reading(n * HOUR, (n + 1) * HOUR, value) for n, value in enumerate([1, 1, 1, 1, 2, 2])],
    RegisterRule(
        None,
        None,
        record=RegisterRecord(
            (
                RegisterExchange(HOUR, 0, 2, 1, 1, "m", "worn"),
                RegisterExchange(5 * HOUR + HOUR // 2, 0, 1, 1, 1, "m", "worn"),
            ),
            (),
        ),
    ),
)
"""The first value of the new meter is above what falls later, and no step leads to it."""


@given(registers())
@example(FALL_AFTER_EXCHANGES)
def test_every_step_is_the_one_that_the_rule_gives_word_by_word(drawn: tuple[list[Reading], RegisterRule]) -> None:
    readings, rule = drawn
    steps, plain = judged(readings, rule), plain_steps(readings, rule)
    for i, r in enumerate(readings):
        advance = int(steps.advance[i]) if steps.counted[i] else None
        kinds = StepKind(int(steps.kinds[i])) & ~StepKind.PROVISIONAL
        assert (r.stamp, advance, kinds) == (r.stamp, plain[r.stamp].advance, plain[r.stamp].kinds)


@given(registers())
def test_no_step_is_negative_but_of_a_meter_that_runs_backward(drawn: tuple[list[Reading], RegisterRule]) -> None:
    readings, rule = drawn
    assert rule.backward or (judged(readings, rule).advance >= 0).all()


@given(registers(), st.data())
def test_a_settled_step_stays_whatever_is_read_later(
    drawn: tuple[list[Reading], RegisterRule], data: st.DataObject
) -> None:
    readings, rule = drawn
    known = readings[: data.draw(st.integers(1, len(readings)))]
    last = known[-1].stamp
    rule = RegisterRule(
        rule.width,
        rule.rate,
        backward=rule.backward,
        day_starts=rule.day_starts,
        record=RegisterRecord(tuple(e for e in rule.record.exchanges if e.at < last), rule.record.confirmations),
    )
    early, late = judged(known, rule), judged(readings, rule)
    settled = ~early.of_kind(StepKind.PROVISIONAL)
    n = len(known)
    assert early.advance[settled].tolist() == late.advance[:n][settled].tolist()
    assert early.counted[settled].tolist() == late.counted[:n][settled].tolist()
    marks = ~(StepKind.FALL | StepKind.PROVISIONAL)
    assert (early.kinds[settled] & marks).tolist() == (late.kinds[:n][settled] & marks).tolist()


def test_a_fall_that_comes_later_leaves_the_owners_word_marked() -> None:
    """The fall marks a settled step with and without the exchange; a step that was the owner's word remains it."""
    values = [0, 0, 0, 0, 500, 101, 500, 600, 499, 499, 499, 499, 499]
    readings = [Reading(n * DAY, (n + 1) * DAY, value) for n, value in enumerate(values)]
    exchange = RegisterExchange(693_000_000, 0, 1, 1, 1, "m", "worn")
    rule = RegisterRule(WIDTH, None, backward=False, day_starts=None, record=RegisterRecord((exchange,), ()))
    early, late = judged(readings[:9], rule), judged(readings, rule)
    settled = ~early.of_kind(StepKind.PROVISIONAL)
    assert settled.any()
    exchanged = StepKind.EXCHANGE
    assert early.of_kind(exchanged)[settled].tolist() == late.of_kind(exchanged)[:9][settled].tolist()


@given(registers(), st.data())
def test_the_context_of_a_period_decides_its_steps(
    drawn: tuple[list[Reading], RegisterRule], data: st.DataObject
) -> None:
    readings, rule = drawn
    period = data.draw(periods(readings))
    context = period_context(*arrays(readings), rule, period)
    part = arrays(readings[context.first : context.end])
    got = judge_period(*part, rule, period, from_first=context.from_first)
    assert _inside(got.steps, period) == _inside(judged(readings, rule), period)


@settings(max_examples=200)
@given(registers(), st.data())
def test_a_part_that_suffices_suffices_after_any_other_history(
    drawn: tuple[list[Reading], RegisterRule], data: st.DataObject
) -> None:
    readings, rule = drawn
    period = data.draw(periods(readings))
    first = data.draw(st.integers(0, len(readings) - 1))
    part = readings[first:]
    try:
        got = judge_period(*arrays(part), rule, period, from_first=False)
    except ContextInsufficient:
        return
    if not got.exchanges_judged:
        return
    shift = st.integers(0, 1500)
    before = [Reading(r.start, r.stamp, data.draw(shift)) for r in readings[:first]]
    whole = judged(before + part, rule)
    if not got.marks_judged:  # a fall may mark more of the part's steps, and no fewer
        shown = np.isin(whole.stamps, got.steps.stamps)
        inside = (got.steps.stamps > period.start) & (got.steps.stamps <= period.end)
        marked = got.steps.kinds & StepKind.FALL
        assert not (whole.kinds[shown] & ~marked & StepKind.FALL)[inside].any()
        in_doubt = np.where(got.steps.counted, StepKind.FALL | StepKind.EXCHANGE, 0)
        got = replace(got, steps=replace(got.steps, kinds=got.steps.kinds & ~in_doubt))
        whole = replace(whole, kinds=whole.kinds & ~np.where(whole.counted, StepKind.FALL | StepKind.EXCHANGE, 0))
    assert _inside(got.steps, period) == _inside(whole, period)


@settings(max_examples=200)
@given(registers(), st.data())
def test_no_exchange_recorded_afterwards_makes_a_part_insufficient(
    drawn: tuple[list[Reading], RegisterRule], data: st.DataObject
) -> None:
    """The steps stay those without it, or the figure is neither complete nor bounded by a step that it may change."""
    readings, rule = drawn
    period = data.draw(periods(readings))
    context = period_context(*arrays(readings), rule.without_exchanges(), period)
    part = arrays(readings[context.first : context.end])
    before = judge_period(*part, rule.without_exchanges(), period, from_first=context.from_first)
    after = judge_period(*part, rule, period, from_first=context.from_first)
    if not after.exchanges_judged:
        unmarked = replace(after.steps, kinds=after.steps.kinds & ~StepKind.EXCHANGE)
        assert _inside(unmarked, period) == _inside(before.steps, period)
        assert after.steps.of_kind(StepKind.EXCHANGE).all()


@given(registers(), st.data())
def test_a_context_chosen_after_a_slot_not_stated_marks_at_least_what_the_whole_series_marks(
    drawn: tuple[list[Reading], RegisterRule], data: st.DataObject
) -> None:
    readings, rule = drawn
    period, earliest = data.draw(periods(readings)), data.draw(st.integers(0, len(readings) - 1))
    context = period_context(*arrays(readings), rule, period, earliest=earliest, from_first=False)
    part = arrays(readings[context.first : context.end])
    try:
        got = judge_period(*part, rule, period, from_first=False)
    except ContextInsufficient:
        return
    whole = judged(readings, rule)
    stamps = got.steps.stamps
    inside = (stamps > period.start) & (stamps <= period.end)
    missed = whole.kinds[np.isin(whole.stamps, stamps)] & ~got.steps.kinds & StepKind.FALL
    assert not got.exchanges_judged or not missed[inside].any()


def test_a_part_that_begins_within_an_outlier_does_not_suffice() -> None:
    readings = [Reading(n * HOUR, (n + 1) * HOUR, v) for n, v in enumerate([100, 101, 999, 102, 103, 104])]
    with pytest.raises(ContextInsufficient):
        judge_period(*arrays(readings[2:]), RegisterRule(), Interval(3 * HOUR, 5 * HOUR), from_first=False)


def test_a_part_that_begins_at_the_midnight_of_a_restarting_counter_that_runs_backward_does_not_suffice() -> None:
    rule = RegisterRule(backward=True, day_starts=np.arange(0, 4 * DAY, DAY))
    readings = [Reading(n * DAY // 2, (n + 1) * DAY // 2, v) for n, v in enumerate([9, 419, 420, 27, 37, 30])]
    with pytest.raises(ContextInsufficient):
        judge_period(*arrays(readings[3:]), rule, Interval(2 * DAY, 3 * DAY), from_first=False)


@st.composite
def periods(draw: st.DrawFn, readings: list[Reading]) -> Interval:
    edges = sorted(
        draw(st.sets(st.sampled_from([readings[0].start, *(r.stamp for r in readings)]), min_size=2, max_size=2))
    )
    return Interval(edges[0], edges[1])


def _inside(steps: Steps, period: Interval) -> tuple[list[int], list[bool], list[int]]:
    """Advance, whether it counts, and the kinds of each step in the period; whether it is provisional is left out."""
    inside = (steps.stamps > period.start) & (steps.stamps <= period.end)
    kinds = steps.kinds[inside] & ~StepKind.PROVISIONAL
    return steps.advance[inside].tolist(), steps.counted[inside].tolist(), kinds.tolist()
