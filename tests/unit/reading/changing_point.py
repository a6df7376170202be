"""A point that is defined anew, in a world of its own, with the view that a node has of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from veriwatt.metering.totals import Total
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.period_claim import PeriodClaim
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.origin import Origin
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.reading.evidence.build import build_period_evidence
from veriwatt.reading.query import point_totals, span_total
from veriwatt.readmodel.points import Points
from veriwatt.readmodel.reading_rows import ProjectedFrame, ProjectedGroup
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, MINUTE, Decimal10, Interval
from veriwatt.verify.claims.period import ProvenPeriod
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.steps import StepFailed

QUARTER = 15 * MINUTE
REGISTER = PointDefinition("m", "electricity", "kWh", Kind.REGISTER, 0, 1, "15m", "+08:00", terminal="t1")

ONE = np.ones(1, np.uint8)


def days(first: int, end: int) -> Interval:
    return Interval(FIRST_DAY + first * DAY, FIRST_DAY + end * DAY)


class Changing:
    """A world with one point in a group of its own, day by day, as a node's view has it."""

    def __init__(self, folder: Path, definition: PointDefinition, origin: Origin | None = None) -> None:
        self.world, self.view = SimWorld(folder, origin=origin), ReadingsView(None, "sim")
        self.points = Points(self.world.ledger)
        self.day = 0
        self.world.groups["own"] = (definition,)
        self.world.must(self.world.define("own"))

    def read(self, start: int, step: int, slot: int = QUARTER, *, then: PointDefinition | None = None) -> int:
        """One day of values, each `step` above the one before; the last value. Then the next definition holds."""
        before = self.world.groups["own"]
        after = before if then is None else (then,)
        if then is not None:
            self.world.groups["own"] = after
            self.world.must(self.world.define("own", FIRST_DAY + (self.day + 1) * DAY))
            self.world.groups["own"] = before
        window = self.world.window(self.day)
        starts = np.arange(window.start, window.end, slot, dtype=np.int64)
        values = start + step * np.arange(1, len(starts) + 1, dtype=np.int64)
        self.state(window, Column("m", starts, starts + slot, values, np.ones(len(starts), np.uint8)))
        self.day += 1
        self.world.groups["own"] = after
        return int(values[-1])

    def state(self, window: Interval, column: Column) -> None:
        """A frame of this column, anchored."""
        self.world.clock.advance_to(max(self.world.clock.now(), window.end + MINUTE))
        made = self.world.made(window, {"own": [column]})
        self.world.append(made)
        self.world.anchor()
        frame = ProjectedFrame("acme", made.position, self.world.clock.now(), "own", None, None)
        self.view.add("acme", [ProjectedGroup(frame, "+08:00", [column])])

    @property
    def newest(self) -> PointDefinition:
        return self.world.groups["own"][0]

    def figure(self, span: Interval) -> tuple[Decimal10 | None, Total]:
        definition, total = span_total(self.view, "acme", self.newest, span, self.points.history)
        daily = point_totals(self.view, "acme", self.newest, span, "1d", self.points.history)
        values = [t.value for t in daily.totals if t.value is not None]
        assert definition.value(sum(values)) == definition.value(total.value or 0)
        return None if total.value is None else definition.value(total.value), total

    def evidence(self, span: Interval) -> Evidence[PeriodClaim]:
        world = self.world
        return build_period_evidence(world.ledger, world.chain, world.agent, self.view, "acme", self.newest, span)

    def proven(self, evidence: Evidence[PeriodClaim]) -> ProvenPeriod:
        found = verify_evidence(evidence.to_bytes(), self.world.trust(), self.world.clock.now())
        assert isinstance(found, ProvenPeriod)
        return found

    def refused(self, evidence: Evidence[PeriodClaim]) -> Exception:
        with pytest.raises(StepFailed) as failed:
            self.proven(evidence)
        return failed.value.cause

    def same(self, span: Interval) -> Total:
        """The figure of query and evidence, which are one."""
        value, total = self.figure(span)
        found = self.proven(self.evidence(span))
        assert (found.value, found.total.expected) == (str(value), total.expected)
        kinds = [None if each is None else each.counts for each in (found.total.steps, total.steps)]
        assert kinds[0] == kinds[1]
        assert found.total.complete == total.complete
        return total
