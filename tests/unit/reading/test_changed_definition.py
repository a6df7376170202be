"""A point that is defined anew: each reading counts under the definition of its slot, in query and evidence alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.unit.reading.changing_point import ONE, QUARTER, REGISTER, Changing, days
from veriwatt.crypto.hashing import sha256
from veriwatt.metering.point_history import SeveralDefinitions, ValueSeries
from veriwatt.metering.register_falls import ContextInsufficient
from veriwatt.metering.slots import grid_of
from veriwatt.model.evidence.period_claim import ClaimedPeriod
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.origin import File
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.model.points.status import Kind
from veriwatt.reading.completeness import completeness
from veriwatt.reading.evidence.period_claim import context_of
from veriwatt.reading.figures import Figures
from veriwatt.reading.query import point_totals, span_total
from veriwatt.readmodel.reading_rows import ProjectedFrame, ProjectedGroup
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import FIRST_DAY
from veriwatt.units import DAY, Decimal10, Interval
from veriwatt.verify.refusals import DefinitionReplaced


def test_evidence_takes_in_no_frame_of_a_slot_that_the_period_cuts(tmp_path: Path) -> None:
    """As of a month of weeks, with a frame for each."""
    point = Changing(tmp_path, replace(REGISTER, kind=Kind.INTERVAL, slot="12h"))
    half = DAY // 2
    for start in range(FIRST_DAY, FIRST_DAY + 3 * DAY, half):
        starts, ends, values = np.array([[start], [start + half], [700]], np.int64)
        point.state(Interval(start, start + half), Column("m", starts, ends, values, ONE))
    total = point.same(Interval(FIRST_DAY + half // 2, FIRST_DAY + 2 * DAY - 1))
    assert (total.value, total.expected, total.complete) == (1400, 2, False)


def test_no_step_leads_from_one_scale_to_another(tmp_path: Path) -> None:
    meter = Changing(tmp_path, REGISTER)
    last = meter.read(1000, 1, then=replace(REGISTER, scale=-1))
    meter.read(last * 10, 10)
    meter.read((last + 96) * 10, 10)
    value, total = meter.figure(days(0, 3))
    assert value == Decimal10(10 * (95 + 95 + 96), -1)
    assert not total.complete
    assert meter.same(days(0, 1)).value == 95
    assert meter.same(days(1, 2)).value == 950
    assert not meter.same(days(1, 2)).complete, "the new series begins like a new meter, and its row says so"
    assert meter.same(days(2, 3)).value == 960
    with pytest.raises(SeveralDefinitions):
        meter.evidence(days(0, 2))


def test_a_changed_multiplier_is_no_consumption(tmp_path: Path) -> None:
    meter = Changing(tmp_path, REGISTER)
    last = meter.read(1000, 1, then=replace(REGISTER, multiplier=Decimal10(4, 1)))
    meter.read(40 * last, 40)
    assert meter.figure(days(0, 2))[0] == Decimal10(95 + 95 * 40, 0)


def test_a_change_of_terminal_loses_no_step(tmp_path: Path) -> None:
    file = File(sha256(b"file"), "file.csv", sha256(b"mapping"))  # a meter's values need a terminal from the first
    meter = Changing(tmp_path, replace(REGISTER, terminal=None), file)
    last = meter.read(1000, 1, then=REGISTER)
    last = meter.read(last, 1)
    meter.read(last, 1)
    for span, value in ((days(0, 1), 95), (days(1, 2), 96), (days(0, 2), 191), (days(0, 3), 287)):
        assert meter.same(span).value == value
    claim = meter.evidence(days(1, 2)).claim
    assert [part.definition.terminal for part in claim.definitions] == [None, "t1"]


def test_a_file_cannot_make_a_change_of_terminal_the_beginning_of_a_series(tmp_path: Path) -> None:
    meter = Changing(tmp_path, replace(REGISTER, terminal=None))
    last = meter.read(1000, 1, then=REGISTER)
    last = meter.read(last, 1)
    meter.read(last, 1)
    cut = ClaimedPeriod("acme", "m", days(1, 2), days(1, 3))
    evidence = meter.world.period("m", cut.period, [1, 2], cut.context)
    assert isinstance(meter.refused(evidence), ContextInsufficient)
    hidden = replace(evidence, claim=replace(evidence.claim, definitions=evidence.claim.definitions[-1:]))
    assert isinstance(meter.refused(hidden), ContextInsufficient)


def test_a_file_of_frames_on_both_sides_of_another_series_is_refused(tmp_path: Path) -> None:
    meter = Changing(tmp_path, REGISTER)
    last = meter.read(1000, 1, then=replace(REGISTER, scale=-1))
    meter.read(last * 10, 10, then=REGISTER)
    meter.read(last + 96, 1)
    whole = days(0, 3)
    with pytest.raises(SeveralDefinitions):
        meter.world.period("m", whole, [0, 2])
    both = meter.world.period("m", days(2, 3), [2])
    forged = replace(both, claim=replace(both.claim, claimed=ClaimedPeriod("acme", "m", days(1, 3), days(1, 3))))
    assert isinstance(meter.refused(forged), DefinitionReplaced)


def test_intervals_of_two_scales_add_up_exactly(tmp_path: Path) -> None:
    kwh = replace(REGISTER, kind=Kind.INTERVAL)
    meter = Changing(tmp_path, kwh)
    meter.read(0, 1, then=replace(kwh, scale=-2, step=5))
    meter.read(0, 5)
    sums = [sum(range(1, 97)) * factor for factor in (100, 5)]
    assert meter.figure(days(0, 2))[0] == Decimal10(sum(sums), -2)
    assert meter.figure(days(0, 1))[0] == Decimal10(sums[0] // 100, 0)
    assert meter.same(days(1, 2)).value == sums[1]


def test_one_figure_never_has_two_units(tmp_path: Path) -> None:
    kwh = replace(REGISTER, kind=Kind.INTERVAL)
    meter = Changing(tmp_path, kwh)
    meter.read(0, 1, then=replace(kwh, unit="MWh"))
    meter.read(0, 1)
    with pytest.raises(SeveralDefinitions):
        meter.figure(days(0, 2))
    for span in (days(0, 1), days(1, 2)):
        assert meter.same(span).value == sum(range(1, 97))
    assert span_total(meter.view, "acme", meter.newest, days(0, 1), meter.points.history)[0].unit == "kWh"


def test_slots_are_expected_on_the_grid_that_they_had(tmp_path: Path) -> None:
    kwh = replace(REGISTER, kind=Kind.INTERVAL)
    meter = Changing(tmp_path, kwh)
    meter.read(0, 1, then=replace(kwh, slot="1h"))
    meter.read(0, 1, 4 * QUARTER)
    total = meter.figure(days(0, 2))[1]
    assert (total.expected, total.measured, total.complete) == (96 + 24, 96 + 24, True)


@pytest.mark.parametrize(("slot", "then"), [("15m", "1h"), ("1h", "15m")])
def test_slots_are_due_on_the_grid_that_they_had(tmp_path: Path, slot: str, then: str) -> None:
    """No frame states a slot of the day before the change: it misses as many as a day had then."""
    length, slots = {"15m": QUARTER, "1h": 4 * QUARTER}, {"15m": 96, "1h": 24}
    kwh = replace(REGISTER, kind=Kind.INTERVAL, slot=slot)
    meter = Changing(tmp_path, kwh)
    meter.read(0, 1, length[slot])
    meter.world.groups["own"] = (replace(kwh, slot=then),)
    meter.world.must(meter.world.define("own", FIRST_DAY + 2 * DAY))
    meter.day = 2
    meter.read(0, 1, length[then])
    span = days(0, 3)
    totals = point_totals(meter.view, "acme", meter.newest, span, "1d", meter.points.history)
    rows = list(Figures(totals, span).rows())
    assert [(row["due"], row["missing"]) for row in rows] == [(slots[slot], 0), (slots[slot],) * 2, (slots[then], 0)]
    known = meter.points.histories("acme", ["m"])
    found = completeness(meter.view, "acme", [meter.newest], span, {"m": span}, known)["m"]
    assert (found.due, found.missing) == (2 * slots[slot] + slots[then], slots[slot])
    proven = meter.proven(meter.evidence(days(0, 2)))
    assert (proven.facts()["expected"], proven.facts()["not_stated"]) == (2 * slots[slot], slots[slot])


def test_the_context_of_month_long_slots_goes_on_until_the_steps_settle() -> None:
    """The readings after the period are weeks away from it."""
    months = np.array(grid_of("UTC", "month").edges(FIRST_DAY, FIRST_DAY + 400 * DAY), np.int64)
    starts, ends = months[:-1], months[1:]
    values = 100 + np.arange(len(starts), dtype=np.int64)
    view = ReadingsView(None, "sim")
    column = Column("m", starts, ends, values, np.ones(len(starts), np.uint8))
    view.add("acme", [ProjectedGroup(ProjectedFrame("acme", 0, 0, "own", None, None), "UTC", [column])])
    monthly = replace(REGISTER, slot="month", timezone="UTC")
    series = ValueSeries(monthly, Interval(int(starts[0]), 2**62))
    context = context_of(view, "acme", series, Interval(int(starts[0]), int(ends[0])), RegisterRecord())
    assert context.start == starts[0]
    assert context.end >= ends[4]
