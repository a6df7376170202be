"""A file states each slot under the definition of its point that was in force then, whatever the point is now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.importing.file_import import ORG, FileImports
from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.errors import BadInput
from veriwatt.importing.import_readings import Imported
from veriwatt.importing.planned_points import planned_points
from veriwatt.metering.calendars import next_version
from veriwatt.model.evidence.reading_claim import ClaimedSlot
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Status
from veriwatt.node.home import Home
from veriwatt.reading.evidence.build import build_reading_evidence, evidence_file
from veriwatt.testing.clocks import SimClock
from veriwatt.units import DAY, Decimal10
from veriwatt.verify.claims.reading import ProvenReading
from veriwatt.verify.procedure import verify_evidence

CLOCK = '"Europe/Amsterdam"'
ZONE = Zone.parse("Europe/Amsterdam")
FIRST = "when,p\n2024-03-11 00:00,1\n2024-03-11 00:15,2\n"
LOG = "when,p\n2024-03-11 00:30,3\n2024-03-13 23:45,4\n2024-03-14 00:00,5\n"
"""The point changes at the midnight between its last rows."""


class ChangedPoint(FileImports):
    """Point p is imported on March 12th, and defined anew from the 14th on; now it is the 16th."""

    def __init__(self, folder: Path, *changes: dict[str, object]) -> None:
        self.time = SimClock(parse_time("2024-03-12T08:00", ZONE))
        super().__init__(folder, self.time)
        self.load(FIRST)
        for change in changes:
            with Home(self.root, self.time) as home:
                (now,) = home.points.newest(ORG, "readings").definitions
            self.time.advance_to(self.redefine(replace(now, **change)) - DAY)  # type: ignore[arg-type]
        self.time.advance_to(self.time.now() + 3 * DAY)

    def load(self, text: str, point: dict[str, str] | None = None, *, keep_good: bool = False) -> Imported:
        return self.add(text, point, keep_good=keep_good, clock=CLOCK)

    def proven(self) -> dict[str, tuple[int, str]]:
        """The version under which each value of the point was stated, and the value, as its evidence proves them."""
        found = {}
        with Home(self.root, self.time) as home:
            view, chain = home.view(), home.org_log(ORG).chain
            rows = view.read(ORG, "p", 0, home.clock.now())
            for start in rows.starts[rows.statuses == Status.MEASURED].tolist():
                position = view.versions(ORG, "p", start)[-1]
                claim = ClaimedSlot(ORG, "p", start)
                made = evidence_file(build_reading_evidence(home.ledger, chain, home.keys.agent, claim, position))
                proven = verify_evidence(made, None, home.clock.now())
                assert isinstance(proven, ProvenReading)
                assert proven.slot.value is not None
                value = str(proven.definition.value(proven.slot.value))
                found[ZONE.rfc3339(start)[5:16]] = (proven.frame.version.n, value)
        return found


@pytest.mark.parametrize(
    "change", [{"data_code": "01"}, {"terminal": "t1"}, {"parent": "site"}, {"multiplier": Decimal10(4, 1)}]
)
def test_a_log_file_of_before_and_after_a_change_is_proven_on_both_sides(
    tmp_path: Path, change: dict[str, object]
) -> None:
    """What no mapping need say leaves the values of a file as they are."""
    changed = ChangedPoint(tmp_path, change)
    (planned,) = planned_points(changed.plan(LOG, clock=CLOCK))
    result = changed.load(LOG)
    assert result.slots == planned.new_slots
    assert (result.slots[Status.MEASURED], result.rejected, result.moved) == (3, (), ())
    assert changed.load(LOG).frames == 0, "the same file again adds nothing"
    assert changed.proven() == {
        "03-11T00:00": (1, "1.0"),
        "03-11T00:15": (1, "2.0"),
        "03-11T00:30": (1, "3.0"),
        "03-13T23:45": (1, "4.0"),
        "03-14T00:00": (2, "5.0"),
    }


def test_a_mapping_may_state_what_a_point_was_and_the_rows_of_another_time_have_a_file_of_their_own(
    tmp_path: Path,
) -> None:
    """The hint of the refused rows is followed, by a mapping of then and by one of now."""
    changed = ChangedPoint(tmp_path, {"maximum": 90})
    then, now = changed.load(LOG, keep_good=True), {"maximum": '"9"'}
    assert [each.line for each in then.rejected] == [4]
    assert "maximum 9.0 kWh, and not none" in then.rejected[0].why
    assert "a file of their own, under a mapping that states this definition" in then.rejected[0].why
    own = changed.load("when,p\n2024-03-14 00:00,5\n", now)
    assert (then.slots[Status.MEASURED], own.slots[Status.MEASURED]) == (2, 1)

    late = changed.load("when,p\n2024-03-11 00:45,6\n2024-03-14 00:15,7\n", now, keep_good=True)
    assert [each.line for each in late.rejected] == [2]
    assert "maximum none, and not 9.0 kWh" in late.rejected[0].why
    assert changed.load("when,p\n2024-03-11 00:45,6\n").slots[Status.MEASURED] == 1
    assert [version for version, _ in changed.proven().values()] == [1, 1, 1, 1, 1, 2, 2]


def test_a_definition_that_the_point_never_had_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="another maximum: maximum 9.0 kWh, and not 7.0 kWh"):
        ChangedPoint(tmp_path, {"maximum": 90}).load(LOG, {"maximum": '"7"'})


@pytest.mark.parametrize("back", [False, True])
def test_a_changed_point_begins_no_earlier_than_it_did(tmp_path: Path, *, back: bool) -> None:
    """Else rows were signed that are no values of the point, for the ledger moves no beginning of a changed point."""
    changes: list[dict[str, object]] = [{"data_code": "01"}, {"data_code": None}]
    changed = ChangedPoint(tmp_path, *changes[: 1 + back])
    early = "when,p\n2024-03-10 23:45,9\n2024-03-11 00:30,3\n"
    result = changed.load(early, keep_good=True)
    assert [each.line for each in result.rejected] == [2]
    assert "the point has no definition" in result.rejected[0].why
    assert (result.slots[Status.MEASURED], result.moved) == (1, ())


def test_what_lies_in_the_time_of_a_point_that_its_group_left_out_is_stated_and_later_rows_never_lost_without_a_word(
    tmp_path: Path,
) -> None:
    changed = ChangedPoint(tmp_path, {"id": "other"})
    result = changed.load(LOG, keep_good=True)
    assert [each.line for each in result.rejected] == [4]
    assert "the point has no definition" in result.rejected[0].why
    assert result.slots[Status.MEASURED] == 2
    assert [value for _, value in changed.proven().values()] == ["1.0", "2.0", "3.0", "4.0"]


def test_a_point_that_changed_its_group_is_stated_in_the_group_of_then(tmp_path: Path) -> None:
    changed = ChangedPoint(tmp_path, {"id": "other"})
    with Home(changed.root, changed.time) as home:
        point, now = home.points.group_of(ORG, "p").definition("p"), changed.time.now()
        home.keys.make_masters(ORG, ["later"])
        joins = parse_time("2024-03-17", ZONE)
        home.member_client(ORG).submit(next_version("later", joins, (point,), now))
    changed.time.advance_to(joins + DAY)
    text = "when,p\n2024-03-11 00:30,3\n2024-03-17 12:00,7\n"
    assert changed.load(text).slots[Status.MEASURED] == 2
    assert changed.load(text).frames == 0, "the same file again adds nothing"
    assert list(changed.proven().values())[2:] == [(1, "3.0"), (1, "7.0")]


def test_the_calendar_that_reaches_back_furthest_states_a_slot_of_before_a_change(tmp_path: Path) -> None:
    """The first version has the days from 2024 on; the next one, by which the point begins in 2019, has those too."""
    changed = ChangedPoint(tmp_path)
    assert len(changed.load("when,p\n2019-01-01 00:00,8\n").moved) == 1
    with Home(changed.root, changed.time) as home:
        (before,) = home.points.newest(ORG, "readings").definitions
    midnight = changed.redefine(replace(before, data_code="01"))
    changed.time.advance_to(midnight + DAY)
    assert changed.load("when,p\n2019-01-01 00:15,9\n").slots[Status.MEASURED] == 1
    assert changed.proven()["01-01T00:15"] == (2, "9.0")


def test_late_rows_of_a_point_move_no_beginning_of_another_one(tmp_path: Path) -> None:
    """A point that joined the group of another one later begins when it joined."""
    changed = ChangedPoint(tmp_path)
    with Home(changed.root, changed.time) as home:
        (p,) = home.points.newest(ORG, "readings").definitions
    joined = replace(p, id="q")
    midnight = changed.redefine(p, joined)
    changed.time.advance_to(midnight + DAY)
    result = changed.load("when,p\n2024-03-11 00:30,3\n")
    assert (result.slots[Status.MEASURED], result.moved) == (1, ())
    assert _begins(changed, joined) == midnight


def _begins(imports: FileImports, point: PointDefinition) -> int:
    with Home(imports.root, imports.clock) as home:
        record = home.points.record(ORG, point.id)
        assert record is not None
        return record.series[0].effective_from


def test_the_same_file_under_another_mapping_is_refused_after_its_point_changed_its_group(tmp_path: Path) -> None:
    point = ChangedPoint(tmp_path, {"id": "other"})
    with Home(point.root, point.time) as home:
        definition, joins = home.points.group_of(ORG, "p").definition("p"), parse_time("2024-03-17", ZONE)
        home.keys.make_masters(ORG, ["later"])
        home.member_client(ORG).submit(next_version("later", joins, (definition,), point.time.now()))
    point.time.advance_to(joins + DAY)
    file = "when,p\n2024-03-12 00:00,1\n2024-03-12 00:15,1\n2024-03-12 00:30,1\n"
    assert point.load(file).slots[Status.MEASURED] == 3
    with pytest.raises(BadInput, match="another mapping"):
        point.add(file, clock='"UTC"')
    assert point.load(file).slots[Status.MEASURED] == 0
