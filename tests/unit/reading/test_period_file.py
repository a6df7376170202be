"""Evidence of a period is handed out only with the figure that a query gives; else the refusal names the way out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.unit.reading.test_registered_days import HEAT, Plant, days
from veriwatt.energy.calendar import Zone
from veriwatt.model.frames.columns import Column
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RecordExchange
from veriwatt.model.points.status import Kind, Status
from veriwatt.reading.evidence.period_file import FiguresDiffer, StepsUndecided, period_file
from veriwatt.reading.query import span_total
from veriwatt.readmodel.points import Points
from veriwatt.readmodel.reading_rows import ProjectedFrame, ProjectedGroup
from veriwatt.testing.worlds import FIRST_DAY
from veriwatt.units import DAY, HOUR, MINUTE, Interval
from veriwatt.verify.claims.period import ProvenPeriod
from veriwatt.verify.procedure import verify_evidence

METER = PointDefinition("meter", "electricity", "kWh", Kind.REGISTER, 0, 1, "day", "+08:00", rate=40, terminal="t1")
SHOWN = (20, 21, None, 321, 322, 122, 123, 0, 1, 2, 4, 5, 6, 0, 1, 301, 302, 303)
"""What the meter showed at the end of each day; None: no frame states the day."""

GAP = -1


class Metered(Plant):
    """A meter read once a day, from the first day on."""

    def __init__(self, folder: Path, shown: Sequence[int | None]) -> None:
        super().__init__(folder, METER)
        self.must(self.define("g"))
        for day, value in enumerate(shown):
            if value is not None:
                self.read(day, value)
        self.anchor()

    def read(self, day: int, value: int) -> None:
        window = self.window(day)
        self.clock.advance_to(max(self.clock.now(), window.end + MINUTE))
        codes = np.array([Status.GAP if value == GAP else Status.MEASURED], np.uint8)
        starts, ends = np.array([window.start], np.int64), np.array([window.end], np.int64)
        column = Column(METER.id, starts, ends, np.array([max(value, 0)], np.int64), codes)
        made = self.made(window, {"g": [column]})
        self.append(made)
        frame = ProjectedFrame("acme", made.position, self.clock.now(), "g", None, None)
        self.view.add("acme", [ProjectedGroup(frame, "+08:00", [column])])


def proven(plant: Plant, first: int, end: int) -> int | None:
    """The value that evidence of these days proves, which is the query's."""
    period = Interval(plant.window(first).start, plant.window(end).start)
    raw = period_file(plant.ledger, plant.chain, plant.agent, plant.view, "acme", plant.definition, period)
    found = verify_evidence(raw, plant.trust(), plant.clock.now())
    assert isinstance(found, ProvenPeriod)
    _, queried = span_total(plant.view, "acme", plant.definition, period, Points(plant.ledger).history)
    assert found.total == queried
    return queried.value


def test_a_step_that_readings_before_unstated_slots_decide_is_proven_with_them_or_not_at_all(tmp_path: Path) -> None:
    """Behind day 2 the file would have the steps without the exchange, and the query has them with it."""
    plant = Metered(tmp_path, SHOWN)
    at = FIRST_DAY + 15 * DAY - HOUR
    plant.must(plant.owner.sign(RecordExchange(METER.id, at, 2, 321, "calibration")))
    with pytest.raises(StepsUndecided) as refused:
        proven(plant, 11, 18)
    zone, unstated = Zone.parse(METER.timezone), plant.window(2)
    assert (refused.value.start, refused.value.end) == (zone.rfc3339(unstated.start), zone.rfc3339(unstated.end))
    assert proven(plant, 2, 18) is not None  # from the slots not stated on
    plant.read(2, GAP)
    plant.anchor()
    assert proven(plant, 11, 18) is not None


def test_too_few_readings_behind_unstated_slots_are_refused_with_the_slots_named(tmp_path: Path) -> None:
    plant = Metered(tmp_path, [*range(10), None, *range(10, 30)])
    with pytest.raises(StepsUndecided):
        proven(plant, 11, 14)
    assert (proven(plant, 10, 14), proven(plant, 17, 20)) == (3, 3)


def test_a_period_that_reaches_past_a_change_of_calendar_that_no_frame_names_is_refused(tmp_path: Path) -> None:
    plant = Plant(tmp_path, HEAT)
    plant.must(plant.define("g"))
    plant.live(0, 6)
    plant.days = days(7)
    plant.must(plant.define("g", FIRST_DAY + 7 * DAY))
    with pytest.raises(FiguresDiffer) as refused:
        proven(plant, 4, 9)
    assert (refused.value.proven, refused.value.queried) == (15, 16)
    assert proven(plant, 4, 6) is not None
