"""A period that cuts slots has the figure of the span that it says is counted, and that span cuts none."""

from __future__ import annotations

import numpy as np
import pytest

from veriwatt.metering.point_history import ALWAYS, ValueSeries, counted_span
from veriwatt.metering.register_context import judge_steps
from veriwatt.metering.register_track import RegisterRule
from veriwatt.metering.totals import ReadingColumns, Total, totals
from veriwatt.model.points.status import Kind
from veriwatt.testing.actors import START, sim_point
from veriwatt.testing.edits import replace
from veriwatt.units import HOUR, MINUTE, Interval

STARTS = np.arange(START, START + 24 * HOUR, HOUR, dtype=np.int64)
READINGS = ReadingColumns(STARTS, STARTS + HOUR, np.arange(24) ** 2, np.ones(24, np.uint8))


def figure(series: ValueSeries, span: Interval) -> Total:
    steps = judge_steps(READINGS.starts, READINGS.ends, READINGS.values, RegisterRule())
    starts, ends = np.array([span.start]), np.array([span.end])
    kind = series.definition.kind
    own = steps if kind is Kind.REGISTER else None
    return next(totals(kind.value, READINGS, starts, ends, series.grid(), steps=own).rows())


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(("first", "end"), [(5, 9), (5.5, 9), (5, 9.5), (5.5, 9.5), (5.2, 6.2)])
def test_a_period_that_cuts_slots_has_the_figure_of_the_span_that_is_counted(
    kind: Kind, first: float, end: float
) -> None:
    series = ValueSeries(replace(sim_point(), kind=kind, slot="1h"), ALWAYS)
    asked = Interval(START + int(first * HOUR), START + int(end * HOUR))
    counted, cut = counted_span((series,), asked), figure(series, asked)
    assert (cut.value is None) == (counted is None)
    if counted is not None:
        whole = figure(series, counted)
        assert (whole.value, whole.cut) == (cut.value, False)
        assert (counted == asked) == (not cut.cut)


def test_within_a_slot_nothing_is_counted() -> None:
    series = ValueSeries(replace(sim_point(), slot="1h"), ALWAYS)
    assert counted_span((series,), Interval(START + 5 * MINUTE, START + 50 * MINUTE)) is None
