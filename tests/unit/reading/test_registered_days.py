"""A query counts slots by the days that are registered, as evidence does, whatever this machine's zone table says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from veriwatt.metering.calendars import zone_calendar
from veriwatt.metering.totals import Total
from veriwatt.model.frames.columns import Column
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.reading.evidence.build import build_period_evidence, evidence_file
from veriwatt.reading.query import many_totals, point_totals, span_total
from veriwatt.readmodel.points import Points
from veriwatt.readmodel.reading_rows import ProjectedFrame, ProjectedGroup
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, HOUR, MINUTE, Interval
from veriwatt.verify.claims.period import ProvenPeriod
from veriwatt.verify.procedure import verify_evidence

HEAT = PointDefinition("heat", "heat", "kWh", Kind.INTERVAL, 0, 1, "8h", "+08:00", terminal="t1")
STARTS = PointDefinition(
    "starts", "electricity", "kWh", Kind.REGISTER, 0, 1, "8h", "+08:00", rate=10, restart=True, terminal="t1"
)


class Plant(SimWorld):
    """One point in group "g", whose days are those of its newest version; what it states is in a view."""

    def __init__(self, folder: Path, definition: PointDefinition) -> None:
        self.days, self.definition = days(), definition
        super().__init__(folder)
        self.groups["g"], self.view = (definition,), ReadingsView(None, "sim")

    def calendar(self, group: str) -> Calendar:
        return self.days if group == "g" else super().calendar(group)

    def live(self, first: int, end: int) -> None:
        """The frames of days, each slot one more than the one before it in its day, and an anchor."""
        number = self.days.day_of(FIRST_DAY)
        for day in range(first, end):
            window = Interval(self.days.day_start(number + day), self.days.day_start(number + day + 1))
            starts, ends = self.days.slots(self.definition.slot, window)
            codes = np.full(len(starts), Status.MEASURED, np.uint8)
            column = Column(self.definition.id, starts, ends, np.arange(1, len(starts) + 1), codes)
            self.clock.advance_to(window.end + MINUTE)
            made = self.made(window, {"g": [column]})
            self.append(made)
            frame = ProjectedFrame("acme", made.position, self.clock.now(), "g", None, None)
            self.view.add("acme", [ProjectedGroup(frame, "+08:00", [column])])
        self.anchor()

    def same(self, period: Interval) -> Total:
        """The total of query and evidence, which are one."""
        points, d = Points(self.ledger), self.definition
        _, query = span_total(self.view, "acme", d, period, points.history)
        built = build_period_evidence(self.ledger, self.chain, self.agent, self.view, "acme", d, period)
        proven = verify_evidence(evidence_file(built), self.trust(), self.clock.now())
        assert isinstance(proven, ProvenPeriod)
        assert query == proven.total
        return query


def days(*longer: int) -> Calendar:
    """The days of +08:00, but that each of `longer` has two hours more, and the one after it two less."""
    days = zone_calendar("+08:00", 0)
    starts, first = days.starts.copy(), int(np.searchsorted(days.starts, FIRST_DAY))
    for day in longer:
        starts[first + day + 1] += 2 * HOUR
    return Calendar.of_starts(days.first_day, starts)


@pytest.mark.parametrize("definition", [HEAT, STARTS], ids=lambda d: d.id)
def test_a_day_that_the_zone_table_does_not_have_is_complete_in_query_as_in_evidence(
    tmp_path: Path, definition: PointDefinition
) -> None:
    plant = Plant(tmp_path, definition)
    plant.days = days(4)
    plant.must(plant.define("g"))
    plant.live(0, 16)
    total = plant.same(Interval(FIRST_DAY + 4 * DAY, FIRST_DAY + 5 * DAY + 2 * HOUR))
    assert (total.expected, total.complete) == (4, True)


def test_a_period_over_two_calendars_expects_the_slots_of_each_in_its_own_time(tmp_path: Path) -> None:
    plant = Plant(tmp_path, HEAT)
    plant.must(plant.define("g"))
    plant.days = days(7)
    plant.must(plant.define("g", FIRST_DAY + 6 * DAY))
    plant.live(0, 10)
    total = plant.same(Interval(FIRST_DAY + 4 * DAY, FIRST_DAY + 9 * DAY))
    assert (total.expected, total.complete) == (16, True)


def test_points_read_together_have_the_slots_that_each_has_alone(tmp_path: Path) -> None:
    plant = Plant(tmp_path, HEAT)
    plant.days = days(4)
    plant.must(plant.define("g"))
    other = replace(HEAT, id="other")
    plant.groups["h"] = (other,)
    plant.must(plant.define("h"))
    plant.live(0, 10)
    span, histories = Interval(FIRST_DAY + 4 * DAY, FIRST_DAY + 6 * DAY), Points(plant.ledger).history
    together = many_totals(plant.view, "acme", [HEAT, other], span, "1y", histories)
    alone = [point_totals(plant.view, "acme", d, span, "1y", histories) for d in (HEAT, other)]
    assert [t.totals for t in together] == [t.totals for t in alone]
    assert [t.totals[0].expected for t in together] == [7, 6]
