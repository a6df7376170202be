"""What was known at a time is what a question was answered then, whatever the point went through since."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.properties.point_lives import PointLife
from veriwatt.metering.totals import Total
from veriwatt.reading.query import span_total
from veriwatt.units import Interval, UtcMillis


class Answer(NamedTuple):
    """What a query answered at a time."""

    at: UtcMillis
    period: Interval
    total: Total


@settings(max_examples=6, phases=[Phase.generate])  # a smaller seed is no smaller life
@given(st.integers(0, 2**32))
def test_a_figure_as_known_at_a_time_is_the_figure_that_was_given_then(seed: int) -> None:
    check_known_then(seed)


def check_known_then(seed: int) -> None:
    answers = list[Answer]()

    def ask(life: PointLife) -> None:
        at = life.points.history("acme", life.definition.id).newest_end
        assert at is not None
        for period in life.periods(2):
            _, total = span_total(life.view, "acme", life.definition, period, life.points.history)
            answers.append(Answer(at, period, total))

    with TemporaryDirectory() as folder:
        life = PointLife(Path(folder), Random(seed), ask)
        for at, period, total in answers:
            _, known = span_total(life.view, "acme", life.definition, period, life.points.history, at)
            assert known == total, (at, period)
        life.world.close()
