"""Which slots can be on the ledger after a register's period: those that end by its org's newest anchor.

Query and evidence have one bound, so that a figure is complete in both or in neither; no choice of frames moves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.vectors.evidence_periods import without_newest_anchor
from veriwatt.metering.totals import Total
from veriwatt.model.frames.columns import Column
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.reading.evidence.build import build_period_evidence, evidence_file, refresh
from veriwatt.reading.query import span_total
from veriwatt.readmodel.points import Points
from veriwatt.readmodel.reading_rows import ProjectedFrame, ProjectedGroup
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, HOUR, MINUTE, Interval
from veriwatt.verify.claims.period import ProvenPeriod
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.steps import StepFailed

METER = PointDefinition("main", "electricity", "kWh", Kind.REGISTER, 0, 1, "1h", "+08:00", terminal="t1")
DAYS = 20
LAST_DAY = Interval(FIRST_DAY + (DAYS - 1) * DAY, FIRST_DAY + DAYS * DAY)


class Plant:
    """A register that advances by 1 an hour, a frame a day; what is stated of it is on the ledger and in a view."""

    def __init__(self, folder: Path) -> None:
        self.world, self.view = SimWorld(folder), ReadingsView(None, "sim")
        self.world.groups["registers"] = (METER,)
        self.world.must(self.world.define("registers"))
        for day in range(DAYS):
            self.state(day, range(100 + 24 * day, 124 + 24 * day))

    def state(self, day: int, values: Sequence[int | None]) -> None:
        """A frame of hours of one day, and an anchor; the hours of None are not stated."""
        world, window = self.world, self.world.window(day)
        world.clock.advance_to(max(world.clock.now(), window.end + MINUTE))
        starts = np.arange(window.start, window.end, HOUR, dtype=np.int64)
        codes = np.array([Status.ABSENT if value is None else Status.MEASURED for value in values], np.uint8)
        column = Column("main", starts, starts + HOUR, np.array([value or 0 for value in values], np.int64), codes)
        made = world.made(window, {"registers": [column]})
        world.append(made)
        world.anchor()
        stated = codes != Status.ABSENT
        shown = Column("main", starts[stated], column.ends[stated], column.values[stated], codes[stated])
        frame = ProjectedFrame("acme", made.position, world.clock.now(), "registers", None, None)
        self.view.add("acme", [ProjectedGroup(frame, "+08:00", [shown])])

    def query(self) -> Total:
        return span_total(self.view, "acme", METER, LAST_DAY, Points(self.world.ledger).history)[1]

    def evidence(self) -> bytes:
        world = self.world
        built = build_period_evidence(world.ledger, world.chain, world.agent, self.view, "acme", METER, LAST_DAY)
        return evidence_file(built)

    def proven(self, raw: bytes) -> ProvenPeriod:
        found = verify_evidence(raw, self.world.trust(), self.world.clock.now())
        assert isinstance(found, ProvenPeriod)
        return found


def test_a_correction_of_another_day_leaves_the_last_day_as_complete_in_evidence_as_in_a_query(tmp_path: Path) -> None:
    plant = Plant(tmp_path)
    plant.state(0, [None] * 5 + [105] + [None] * 18)
    for _ in range(2):
        plant.world.clock.advance_to(plant.world.clock.now() + 3 * HOUR)
        plant.world.must(plant.world.define("office"))
    query, evidence = plant.query(), plant.proven(plant.evidence()).total
    assert (query.value, query.complete) == (24, True)
    assert (evidence.value, evidence.complete) == (24, True)


def test_blocks_of_a_ledger_without_a_new_anchor_leave_a_file_as_complete_as_it_was(tmp_path: Path) -> None:
    plant = Plant(tmp_path)
    for _ in range(2):
        plant.world.clock.advance_to(plant.world.clock.now() + DAY)
        plant.world.must(plant.world.define("office"))
    assert plant.query().complete
    assert plant.proven(plant.evidence()).total.complete


def test_a_later_anchor_of_other_points_may_cover_a_fall_of_the_meter_too(tmp_path: Path) -> None:
    plant = Plant(tmp_path)
    plant.world.day(DAYS)
    plant.world.anchor()
    assert not plant.query().complete
    assert not plant.proven(plant.evidence()).total.complete


def test_the_newest_anchor_left_out_is_no_way_to_an_earlier_bound(tmp_path: Path) -> None:
    plant = Plant(tmp_path)
    world, whole = plant.world, Interval(FIRST_DAY, LAST_DAY.end)
    early = world.period("main", LAST_DAY, range(DAYS), whole)
    assert plant.proven(early.to_bytes()).total.complete
    plant.state(DAYS, [0] * 24)
    late = refresh(world.ledger, early)
    assert not plant.proven(late.to_bytes()).total.complete
    with pytest.raises(StepFailed, match="newest anchor") as refused:
        plant.proven(without_newest_anchor(world, late).to_bytes())
    assert refused.value.step == 6
