from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.vectors.make_periods import steps_of
from veriwatt.energy.calendar import Grid, Zone, parse_time, period_edges
from veriwatt.metering.totals import ReadingColumns, totals
from veriwatt.units import HOUR, Interval

VECTORS: dict[str, Any] = json.loads(Path(__file__).with_name("periods.json").read_text())


@pytest.mark.parametrize("day", VECTORS["days"], ids=lambda day: f"{day['zone']} {day['date']}")
def test_a_local_day_is_the_one_in_the_vectors(day: dict[str, Any]) -> None:
    zone = Zone(day["zone"])
    assert parse_time(day["date"], zone) == day["start"]
    if day["start"] == day["end"]:
        assert day["hour_slot_ends"] == []
        return
    _, ends = Grid(zone, "1h").slots(Interval(day["start"], day["end"]))
    assert ends.tolist() == day["hour_slot_ends"]
    assert ends[-1] == day["end"]


@pytest.mark.parametrize("case", VECTORS["totals"], ids=lambda case: case["kind"])
def test_totals_are_those_in_the_vectors(case: dict[str, Any]) -> None:
    starts, ends, values, statuses = np.array(case["readings"], dtype=np.int64).T
    zone = Zone(case["zone"])
    edges = period_edges(zone, case["every"], Interval(int(starts[0]) - HOUR, int(ends[-1]) + HOUR))
    readings = ReadingColumns(starts, ends, values, statuses.astype(np.uint8))
    grid, steps = Grid(zone, case["slot"]), steps_of(case["kind"], readings)
    found = totals(case["kind"], readings, edges[:-1], edges[1:], grid, case["step"], steps=steps)
    assert [json.loads(json.dumps(asdict(row))) for row in found.rows()] == case["rows"]
