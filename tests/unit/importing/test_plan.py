"""An import is planned and checked whole: what is wrong anywhere leaves the home as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.unit.importing.file_import import ORG, FileImports
from veriwatt.errors import BadInput
from veriwatt.importing.planned_points import planned_points
from veriwatt.membership.member_client import LedgerRefused
from veriwatt.metering.calendars import next_version
from veriwatt.metering.columns import NoSuchSlot
from veriwatt.metering.series import Series
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.points.status import SlotReason, Status
from veriwatt.node.home import Home

TEXT = "when,p\n2024-03-10 00:00,1\n2024-03-10 00:15,2\n2024-03-10 00:30,3\n"


@pytest.fixture
def imports(tmp_path: Path) -> FileImports:
    return FileImports(tmp_path)


def assert_nothing_written(imports: FileImports) -> None:
    with Home(imports.root) as home:
        assert (home.points.all(ORG), home.org_log(ORG).chain.size, home.has_spool(ORG)) == ([], 0, False)


def run(imports: FileImports, series: Series) -> None:
    """Import a series as any bridge may make one."""
    readings = imports.read(TEXT)
    with Home(imports.root) as home:
        home.readings_import().run(replace(readings, series=(series,)), on_progress=lambda _: None)


def series_of(imports: FileImports) -> Series:
    return imports.read(TEXT).series[0]


def test_a_plan_writes_nothing_and_says_what_is_new(imports: FileImports) -> None:
    (point,) = planned_points(imports.plan(TEXT))

    assert (point.definition.id, point.new_slots[Status.MEASURED]) == ("p", 3)
    assert (point.first.line, str(point.first.value), point.last.line) == (2, "1.0", 4)
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


def test_readings_of_a_time_under_another_definition_are_refused_before_anything_is_signed(
    imports: FileImports,
) -> None:
    """The definition of a point changes for slots to come; what a file says of earlier slots is of the old one."""
    imports.add(TEXT)
    series = series_of(imports)
    with Home(imports.root) as home:
        group, now = home.points.newest(ORG, "readings"), home.clock.now()
        calendar = group.version.calendar
        midnight = calendar.day_start(calendar.day_of(now) + 2)
        changed = replace(group.definitions[0], maximum=90)
        home.member_client(ORG).submit(next_version("readings", midnight, (changed,), now, group.version))

    with pytest.raises(BadInput, match="another definition of this point holds at 2024-03-09T17:45"):
        run(imports, replace(series, definition=changed, starts=series.starts + 900_000, ends=series.ends + 900_000))
    with Home(imports.root) as home:
        first, second = (int(series.starts[0]), midnight)
        assert home.points.in_force(ORG, "p", first).definitions == group.definitions
        assert home.points.in_force(ORG, "p", second).definitions == (changed,)


REFUSED = (
    "when,p\n2024-03-10 00:00,1\n2024-03-10 00:15,n/v\n2024-03-10 00:30,3\n2024-03-10 00:30,4\n2024-03-10 00:45,5\n"
)


def test_a_mapping_that_names_what_was_refused_adds_those_slots_alone(imports: FileImports) -> None:
    """The remedies of the two rejections, one after the other, each after the good rows were imported."""
    first = imports.add(REFUSED, keep_good=True)
    assert (first.rejected_count, first.slots[Status.MEASURED]) == (2, 2)
    named = imports.add(REFUSED, keep_good=True, missing='["", "n/v"]')
    assert (named.rejected_count, named.slots[Status.MEASURED], named.slots[Status.GAP]) == (1, 0, 1)
    summed = imports.add(REFUSED, {"repeats": '"sum"'}, missing='["", "n/v"]')
    assert (summed.rejected_count, summed.slots[Status.MEASURED], summed.slots[Status.GAP]) == (0, 1, 0)
    assert imports.totals("2024-03-09", "2024-03-11", "1mo") == ["13.0"]


@pytest.mark.parametrize("other", [{"factor": '"10"'}, {"clock": '"UTC"'}, {"sentinels": '["5"]'}])
def test_a_mapping_that_gives_other_values_or_slots_is_refused(imports: FileImports, other: dict[str, str]) -> None:
    imports.add(REFUSED, keep_good=True)
    with pytest.raises(BadInput, match="another mapping"):
        imports.add(REFUSED, other, keep_good=True)
