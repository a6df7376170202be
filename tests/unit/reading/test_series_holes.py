"""Slots at either end of a series that no frame states, beside another series of the point."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.unit.reading.changing_point import QUARTER, REGISTER, Changing, days
from veriwatt.energy.calendar import Zone
from veriwatt.metering.totals import Total
from veriwatt.model.frames.columns import Column
from veriwatt.model.points.status import Status
from veriwatt.reading.evidence.period_file import StepsUndecided, period_file
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import FIRST_DAY
from veriwatt.units import DAY, HOUR, MINUTE, Interval, UtcMillis

FINER = replace(REGISTER, scale=-1)


def state_day(meter: Changing, values: list[int], left_out: slice, stated: UtcMillis = 0) -> None:
    """One day of values, but those left out; its frame is made at this time, or when the day is over."""
    window = meter.world.window(meter.day)
    meter.world.clock.advance_to(max(stated, window.end + MINUTE))
    starts = np.arange(window.start, window.end, QUARTER, dtype=np.int64)
    shown, codes = np.array(values, np.int64), np.full(len(starts), Status.MEASURED, np.uint8)
    shown[left_out], codes[left_out] = 0, Status.ABSENT
    meter.state(window, Column("m", starts, starts + QUARTER, shown, codes))
    meter.day += 1


def handed_out(meter: Changing, period: Interval) -> Total:
    """The figure of the evidence that is handed out; it is the query's."""
    world = meter.world
    period_file(world.ledger, world.chain, world.agent, meter.view, "acme", meter.newest, period)
    return meter.figure(period)[1]


def hours(first: int, end: int) -> Interval:
    return Interval(FIRST_DAY + DAY + first * HOUR, FIRST_DAY + DAY + end * HOUR)


def test_no_step_after_unstated_first_slots_of_a_later_series_is_sure(tmp_path: Path) -> None:
    """No frame states the first two hours under the new definition; the first reading after them is a dip."""
    meter = Changing(tmp_path, REGISTER)
    meter.read(5000, 1, then=FINER)
    state_day(meter, [50000 + 10 * n if n != 8 else 0 for n in range(96)], slice(8))
    for _ in range(12):
        meter.read(50000 + 960 * (meter.day - 1), 10)
    counts = [meter.figure(hours(2, end))[1] for end in (3, 4)]
    assert [(total.complete, total.steps and total.steps.at_least) for total in counts] == [(False, 0), (False, 30)]
    with pytest.raises(StepsUndecided) as refused:
        handed_out(meter, hours(3, 4))
    zone = Zone.parse(REGISTER.timezone)
    assert (refused.value.start, refused.value.end) == tuple(zone.rfc3339(FIRST_DAY + DAY + t * HOUR) for t in (0, 2))
    assert handed_out(meter, hours(0, 4)) == meter.figure(hours(0, 4))[1]
    total = handed_out(meter, hours(10, 20))
    assert (total.value, total.complete) == (400, True)
    assert meter.same(days(2, 3)).complete


@pytest.mark.parametrize("end", [96 - 12, 96 - 6, 96, 96 + 12])
def test_slots_left_out_up_to_the_next_series_are_the_same_in_query_and_evidence(tmp_path: Path, end: int) -> None:
    """No frame states the last three hours before the change, nor any slot after it; an anchor is days later."""
    meter = Changing(tmp_path, REGISTER)
    meter.read(5000, 1)
    last = 5096
    groups = meter.world.groups
    groups["own"] = (FINER,)
    meter.world.must(meter.world.define("own", FIRST_DAY + 2 * DAY))
    groups["own"] = (REGISTER,)
    state_day(meter, [last + n for n in range(96)], slice(84, None), stated=FIRST_DAY + 5 * DAY)
    groups["own"] = (FINER,)
    total = handed_out(meter, Interval(FIRST_DAY + DAY + 40 * QUARTER, FIRST_DAY + DAY + end * QUARTER))
    assert (total.value, total.complete, total.steps and total.steps.at_least) == (44, False, None)
