"""A counter that begins anew each day, read at the very end of a day: it may show the day's last, or the restart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from veriwatt.metering.register_context import judge_steps
from veriwatt.metering.register_track import RegisterRule, StepKind
from veriwatt.metering.step_totals import sum_steps
from veriwatt.model.points.register_record import RegisterExchange, RegisterRecord
from veriwatt.units import DAY, HOUR

RULE = RegisterRule(rate=100, day_starts=np.arange(-DAY, 9 * DAY, DAY))


def last_hour(evening: int, midnight: int, morning: int) -> tuple[int, bool, bool]:
    """Of the first day's last hour the value, whether it is complete, and whether the next hour is.

    The counter shows `evening` from 06:00 to 23:00, `midnight` at 24:00, and from 01:00 on `morning`.
    """
    first = [0] * 5 + [evening] * 18 + [midnight]
    values = np.array([*first, *range(morning, morning + 23), 0, *range(1, 24)], np.int64)
    stamps = (np.arange(len(values), dtype=np.int64) + 1) * HOUR
    steps = judge_steps(stamps - HOUR, stamps, values, RULE)
    assert not steps.of_kind(StepKind.PROVISIONAL)[:30].any()
    edges = np.array([23, 24, 25]) * HOUR
    sums = sum_steps(steps, edges[:-1], edges[1:])
    sound = sums.totals.sound.tolist()
    return int(sums.values[0]), sound[0], sound[1]


@pytest.mark.parametrize(
    ("evening", "midnight", "morning", "complete", "next_complete"),
    [
        (0, 0, 0, False, True),
        (0, 0, 7, False, True),
        (0, 2, 7, False, False),
        (1, 2, 2, False, False),
        (0, 2, 1, True, True),
        (40, 75, 3, True, True),
        (0, 75, 80, True, True),
    ],
    ids=["nothing used", "0 at midnight", "a minute late", "as much", "fell after it", "an evening", "too much"],
)
def test_a_reading_at_midnight_that_may_be_the_restart_closes_no_complete_hour(
    evening: int, midnight: int, morning: int, *, complete: bool, next_complete: bool
) -> None:
    assert last_hour(evening, midnight, morning) == (midnight - evening, complete, next_complete)


@pytest.mark.parametrize(
    ("midnight", "exchanges"),
    [(0, ()), (2, ()), (2, (RegisterExchange(24 * HOUR + 1, 40, 0, 1, 1, "owner", "worn"),))],
    ids=["the newest", "a minute late and the newest", "the last of its meter"],
)
def test_a_reading_at_midnight_with_none_of_its_meter_after_it_may_be_the_restart(
    midnight: int, exchanges: tuple[RegisterExchange, ...]
) -> None:
    """Until 23:00 nothing is used; how much in the last hour, nobody can say."""
    later = range(23) if exchanges else ()
    values = np.array([*[0] * 23, midnight, *later], np.int64)
    stamps = (np.arange(len(values), dtype=np.int64) + 1) * HOUR
    steps = judge_steps(stamps - HOUR, stamps, values, replace(RULE, record=RegisterRecord(exchanges)))
    edges = np.array([0, 23, 24]) * HOUR
    sums = sum_steps(steps, edges[[0, 1]], edges[[2, 2]])
    at_least = list(StepKind).index(StepKind.AT_LEAST)
    assert (sums.values.tolist(), sums.totals.sound.tolist()) == ([midnight, midnight], [False, False])
    assert sums.totals.counts[at_least].tolist() == [1, 1]


@pytest.mark.parametrize(
    "evening", [[*range(0, 920, 40), 90], [*range(0, 42, 2), 40, 75, 60]], ids=["at midnight", "an hour before"]
)
def test_a_wrong_reading_near_midnight_leaves_the_next_day_as_it_is(evening: list[int]) -> None:
    """What a counter shows when it has just begun anew is no more than the rate allows within a minute."""
    assert len(evening) == 24
    values = np.array([*evening, *range(95, 141, 2), 141, *range(1, 24)], np.int64)
    stamps = (np.arange(len(values), dtype=np.int64) + 1) * HOUR
    edges = np.array([24, 48]) * HOUR
    sums = sum_steps(judge_steps(stamps - HOUR, stamps, values, RULE), edges[:1], edges[1:])
    assert (int(sums.values[0]), sums.totals.sound[0]) == (141, True)
