"""An import is planned and checked whole: what is wrong anywhere leaves the home as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.unit.importing.file_import import ORG, FileImports
from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.errors import BadInput, Unavailable
from veriwatt.importing.import_readings import Imported
from veriwatt.importing.planned_points import planned_points
from veriwatt.membership.member_client import LedgerRefused
from veriwatt.metering.columns import NoSuchSlot
from veriwatt.metering.series import Series
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.points.status import SlotReason, Status
from veriwatt.node.home import Home
from veriwatt.testing.clocks import SimClock
from veriwatt.units import DAY, HOUR

TEXT = "when,p\n2024-03-10 00:00,1\n2024-03-10 00:15,2\n2024-03-10 00:30,3\n"


@pytest.fixture
def imports(tmp_path: Path) -> FileImports:
    return FileImports(tmp_path)


def assert_nothing_written(imports: FileImports) -> None:
    with Home(imports.root) as home:
        assert (home.points.all(ORG), home.org_log(ORG).chain.size, home.has_spool(ORG)) == ([], 0, False)


def run(imports: FileImports, series: Series) -> Imported:
    """Import a series as any bridge may make one."""
    readings = imports.read(TEXT)
    with Home(imports.root) as home:
        return home.readings_import().run(replace(readings, series=(series,)), on_progress=lambda _: None)


def series_of(imports: FileImports) -> Series:
    return imports.read(TEXT).series[0]


def test_a_plan_writes_nothing_and_says_what_is_new(imports: FileImports) -> None:
    (point,) = planned_points(imports.plan(TEXT))

    assert (point.definition.id, point.new_slots[Status.MEASURED]) == ("p", 3)
    assert (point.first.line, str(point.first.value), point.last.line) == (2, "1.0", 4)
    assert_nothing_written(imports)


def test_refused_rows_that_cannot_be_kept_stop_the_import_before_the_first_signature(imports: FileImports) -> None:
    def disk_full() -> None:
        raise Unavailable("the disk is full")

    readings = imports.read(TEXT)
    with Home(imports.root) as home, pytest.raises(Unavailable):
        home.readings_import().run(readings, on_progress=lambda _: None, on_plan=disk_full)
    assert_nothing_written(imports)


def test_no_bridge_states_a_slot_to_come(imports: FileImports) -> None:
    series, century = series_of(imports), 100 * 365 * 86_400_000

    with pytest.raises(BadInput, match="has not ended"):
        run(imports, replace(series, starts=series.starts + century, ends=series.ends + century))
    assert_nothing_written(imports)


@pytest.mark.parametrize("shift", [1, 60_000])
def test_a_slot_that_is_none_by_the_calendar_is_refused_before_the_first_signature(
    imports: FileImports, shift: int
) -> None:
    series = series_of(imports)

    with pytest.raises(NoSuchSlot):
        run(imports, replace(series, starts=series.starts + shift, ends=series.ends + shift))
    assert_nothing_written(imports)


def test_reasons_of_gaps_are_sealed_with_the_readings(imports: FileImports) -> None:
    marks = {"minimum": '"0"', "maximum": '"9"', "sentinels": '["-1"]'}
    text = "when,p,s\n" + "".join(
        f"2024-03-10 00:{15 * i:02d},{cell}\n" for i, cell in enumerate(["5,A", "-1,A", "-2,A", "12,N"])
    )
    text += "2024-03-10 01:00,10,A\n2024-03-10 01:30,5,A\n"
    imports.add(text, marks, status='{column = "s", measured = ["A"], gap = ["N"]}')

    with Home(imports.root) as home:
        chain = home.org_log(ORG).chain
        frame = parse_frame(chain.upload(0))
        (column,) = home.opener.open(frame, frame.header.groups[0], frame.payloads[0]).columns
    assert column.reasons is not None
    assert [SlotReason(code).name for code in column.reasons.tolist()] == [
        "NONE",
        "SENTINEL",
        "BELOW_MINIMUM",
        "MARKED_MISSING",
        "ABOVE_MAXIMUM",
        "NONE",
        "NONE",
    ]
    assert np.flatnonzero(column.codes == Status.GAP).tolist() == [1, 2, 3, 4, 5]


def test_an_id_that_looks_like_another_is_refused_before_anything_is_registered(imports: FileImports) -> None:
    """Both points are new; the ledger itself says that the second one looks like the first."""
    with pytest.raises(LedgerRefused, match="looks like"):
        imports.add("when,pl,p1\n2024-03-10 00:00,1,2\n", {"id": '"{column}"', "column": '"p?"', "group": '"{column}"'})
    assert_nothing_written(imports)


def test_readings_of_a_time_under_another_definition_are_refused_by_their_lines(imports: FileImports) -> None:
    """The definition of a point changes for slots to come; what a file says of earlier slots is of the old one."""
    imports.add(TEXT)
    series = series_of(imports)
    with Home(imports.root) as home:
        before = home.points.newest(ORG, "readings").definitions
    midnight = imports.redefine(changed := replace(before[0], maximum=90))

    result = run(
        imports, replace(series, definition=changed, starts=series.starts + 900_000, ends=series.ends + 900_000)
    )
    assert [each.line for each in result.rejected] == [2, 3, 4]
    assert "starts at 2024-03-09T17:15" in result.rejected[0].why
    assert "another definition: maximum none, and not 9.0 kWh" in result.rejected[0].why
    with Home(imports.root) as home:
        assert home.points.in_force(ORG, "p", int(series.starts[0])).definitions == before
        assert home.points.in_force(ORG, "p", midnight).definitions == (changed,)


@pytest.mark.parametrize("value", [1, 7])
@pytest.mark.parametrize("beyond", [0, 4])
def test_an_hour_is_never_compared_with_a_quarter_that_begins_with_it(tmp_path: Path, value: int, beyond: int) -> None:
    """A point of quarters becomes one of hours, and a file of hours reaches back over the quarters."""
    zone, clocked = Zone.parse("Europe/Amsterdam"), '"Europe/Amsterdam"'
    hourly = {"slot": '"1h"', "clock": clocked}
    clock = SimClock(parse_time("2024-03-12", zone))
    imports = FileImports(tmp_path, clock)
    imports.add(
        "when,p\n" + "".join(f"2024-03-11 {n // 4:02}:{n % 4 * 15:02},1\n" for n in range(96)), {"clock": clocked}
    )
    with Home(imports.root, clock) as home:
        (before,) = home.points.newest(ORG, "readings").definitions
    midnight = imports.redefine(replace(before, slot="1h"))
    clock.advance_to(midnight + 2 * DAY)
    hours = [f"2024-03-11 {n:02}:00,{value}\n" for n in range(20)]
    hours += [f"{zone.rfc3339(midnight + n * HOUR)[:16].replace('T', ' ')},5\n" for n in range(beyond)]
    text = "when,p\n" + "".join(hours)

    assert imports.plan(text, hourly).rejected_count == 20
    result = imports.add(text, hourly, keep_good=True)
    assert [each.line for each in result.rejected] == list(range(2, 22))
    assert {"slot 15m, and not 1h" in each.why for each in result.rejected} == {True}
    assert result.slots[Status.MEASURED] == beyond
    assert result.slots[Status.GAP] == 0, "no gap is stated where the definition does not hold"
    assert imports.totals("2024-03-11", "2024-03-12", "1d") == ["96.0"]


REFUSED = (
    "when,p\n2024-03-10 00:00,1\n2024-03-10 00:15,n/v\n2024-03-10 00:30,3\n2024-03-10 00:30,4\n2024-03-10 00:45,5\n"
)


def test_a_mapping_that_names_what_was_refused_adds_those_slots_alone(imports: FileImports) -> None:
    """The remedies of the two rejections, one after the other, each after the good rows were imported."""
    first = imports.add(REFUSED, keep_good=True)
    assert (first.rejected_count, first.slots[Status.MEASURED]) == (2, 2)
    named = imports.add(REFUSED, keep_good=True, missing='["", "n/v"]')
    assert (named.rejected_count, named.slots[Status.MEASURED], named.slots[Status.GAP]) == (1, 0, 1)
    summed = imports.add(REFUSED, {"repeats": '"sum-any"'}, missing='["", "n/v"]')
    assert (summed.rejected_count, summed.slots[Status.MEASURED], summed.slots[Status.GAP]) == (0, 1, 0)
    assert imports.totals("2024-03-09", "2024-03-11", "1mo") == ["13.0"]


@pytest.mark.parametrize("other", [{"factor": '"10"'}, {"clock": '"UTC"'}, {"sentinels": '["5"]'}])
def test_a_mapping_that_gives_other_values_or_slots_is_refused(imports: FileImports, other: dict[str, str]) -> None:
    imports.add(REFUSED, keep_good=True)
    with pytest.raises(BadInput, match="another mapping"):
        imports.add(REFUSED, other, keep_good=True)
