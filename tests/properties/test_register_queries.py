"""Periods of random registers add up, none is negative, and what is read around a span is enough for its steps."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.test_register_steps import arrays, judged, registers
from veriwatt.metering.point_history import ALWAYS, PointHistory, ValueSeries
from veriwatt.metering.register_context import judge_steps
from veriwatt.metering.register_track import RegisterRule, StepKind
from veriwatt.metering.step_totals import STEP_KINDS, sum_steps
from veriwatt.metering.totals import ReadingColumns
from veriwatt.model.frames.columns import Column
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.reading.query import point_totals
from veriwatt.reading.register_readings import read_register
from veriwatt.readmodel.reading_rows import ProjectedFrame, ProjectedGroup
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.testing.register_model import Reading
from veriwatt.units import DAY, HOUR, Interval

Drawn = tuple[list[Reading], RegisterRule]


@st.composite
def edges(draw: st.DrawFn, readings: list[Reading]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    last = readings[-1].stamp + DAY
    return np.array(sorted(draw(st.sets(st.integers(-1, last // HOUR), min_size=2, max_size=9))), np.int64) * HOUR


def definition_of(rule: RegisterRule) -> PointDefinition:
    return PointDefinition(
        "p",
        "heat",
        "GJ",
        Kind.REGISTER,
        0,
        1,
        "1h",
        "UTC",
        width=rule.width,
        rate=rule.rate,
        restart=rule.day_starts is not None,
        backward=rule.backward,
    )


@given(registers(), st.data())
def test_any_partition_adds_up_and_no_period_is_negative(drawn: Drawn, data: st.DataObject) -> None:
    readings, rule = drawn
    steps, cuts = judged(readings, rule), data.draw(edges(readings))
    whole = sum_steps(steps, cuts[:1], cuts[-1:], backward=rule.backward)
    parts = sum_steps(steps, cuts[:-1], cuts[1:], backward=rule.backward)
    assert sum(v for v, known in zip(parts.values.tolist(), parts.has_value, strict=True) if known) == whole.values[0]
    assert parts.has_value.any() == whole.has_value[0]
    assert parts.totals.counts.sum(axis=1).tolist() == whole.totals.counts[:, 0].tolist()
    owned = [part for part in parts.totals.stated_by_owner if part is not None]
    assert (sum(owned) if owned else None) == whole.totals.stated_by_owner[0]
    if not rule.backward:
        assert (parts.values >= 0).all()
        for bound, value in zip(parts.totals.at_least, parts.values.tolist(), strict=True):
            assert bound is None or 0 <= bound <= value


@given(registers(), st.data())
def test_the_readings_around_a_span_give_the_steps_of_the_whole_series(drawn: Drawn, data: st.DataObject) -> None:
    readings, rule = drawn
    first, *_, last = data.draw(edges(readings)).tolist()
    span, whole = Interval(first, last), Interval(readings[0].start, readings[-1].stamp)
    starts, stamps, values = arrays(readings)

    def read(start: int, end: int) -> ReadingColumns:
        inside = (stamps > start) & (stamps <= end)
        return ReadingColumns(starts[inside], stamps[inside], values[inside], np.ones(int(inside.sum()), np.uint8))

    definition = definition_of(rule)
    found = read_register(read, ValueSeries(definition, ALWAYS), rule.record, whole, span).steps
    expected = judge_steps(starts, stamps, values, rule, stamps[:-1][starts[1:] > stamps[:-1]])
    inside = [(s.stamps > first) & (s.stamps <= last) for s in (found, expected)]
    for name in ("stamps", "advance", "counted", "kinds", "bridged"):
        columns = [getattr(s, name)[i].tolist() for s, i in zip((found, expected), inside, strict=True)]
        assert (name, columns[0]) == (name, columns[1])


@given(registers(), st.data())
def test_no_exchange_on_paper_is_part_of_a_plain_figure_or_raises_a_lower_bound(
    drawn: Drawn, data: st.DataObject
) -> None:
    readings, rule = drawn
    cuts = data.draw(edges(readings))
    told, without = (
        sum_steps(judged(readings, each), cuts[:-1], cuts[1:], backward=rule.backward)
        for each in (rule, rule.without_exchanges())
    )
    exchanged = told.totals.counts[STEP_KINDS.index("exchange")] > 0
    for i, bound in enumerate(told.totals.at_least):
        assert bound is None or bound <= (without.totals.at_least[i] or 0)
        if not exchanged[i]:
            assert (told.values[i], told.has_value[i]) == (without.values[i], without.has_value[i])
        assert not (exchanged[i] and told.totals.sound[i])


@settings(max_examples=300)
@given(registers(), st.data())
def test_what_is_left_out_changes_no_step_but_those_marked_and_raises_no_figure(
    drawn: Drawn, data: st.DataObject
) -> None:
    """A fall that is left out may leave a mark undone; `verify` bounds nothing where one may be."""
    readings, rule = drawn
    told = sorted(data.draw(st.sets(st.sampled_from(range(len(readings))), min_size=1)))
    starts, stamps, values = arrays([readings[i] for i in told])
    missing = [i for i in range(1, len(told)) if told[i] != told[i - 1] + 1]
    before = [readings[0].start] if told[0] else []
    after = [readings[-1].start] if told[-1] != len(readings) - 1 else []
    holes = np.array([*before, *(int(stamps[i - 1]) for i in missing), *after], np.int64)
    part, whole = judge_steps(starts, stamps, values, rule, holes), judged(readings, rule)
    marks = ~(StepKind.FALL | StepKind.PROVISIONAL)
    same = ~part.of_kind(StepKind.NOT_STATED | StepKind.PROVISIONAL | StepKind.EXCHANGE)
    rows = [
        [column[i].tolist() for column in (s.stamps, s.advance, s.counted, s.kinds & marks)]
        for s, i in ((part, same), (whole, np.array(told)[same]))
    ]
    assert rows[0] == rows[1]
    cuts = data.draw(edges(readings))
    figures = [sum_steps(s, cuts[:-1], cuts[1:], backward=rule.backward) for s in (part, whole)]
    for i, bound in enumerate(figures[0].totals.at_least):
        assert bound is None or bound <= figures[1].values[i]
        if figures[0].totals.sound[i] and not figures[0].totals.counts[PROVISIONAL][i] and not rule.backward:
            assert figures[0].values[i] <= figures[1].values[i]


PROVISIONAL = STEP_KINDS.index("provisional")


@settings(max_examples=20)
@given(registers(), st.data())
def test_a_file_in_two_halves_in_either_order_gives_the_same(drawn: Drawn, data: st.DataObject) -> None:
    """The view sorts what it is given, so the steps depend on the readings and not on the order of their arrival."""
    readings, rule = drawn
    half = data.draw(st.integers(0, len(readings)))
    definition = definition_of(rule)
    span = Interval(readings[0].start - DAY, readings[-1].stamp + DAY)
    answers = []
    for batches in ([readings], [readings[:half], readings[half:]], [readings[half:], readings[:half]]):
        view = ReadingsView(None, "test")
        for position, batch in enumerate(filter(None, batches)):
            starts, ends, values = arrays(batch)
            column = Column("p", starts, ends, values, np.ones(len(batch), np.uint8))
            frame = ProjectedFrame("works", position, 0, "main", None, None)
            view.add("works", [ProjectedGroup(frame, "UTC", [column])])
        answers.append(
            list(
                point_totals(
                    view, "works", definition, span, "1d", lambda _o, _p, _t: PointHistory(record=rule.record)
                ).totals
            )
        )
        view.close()
    assert answers[0] == answers[1] == answers[2]
