"""Registers as files have them: replaced, past their end, anew each day; nothing negative and nothing guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.importing.file_import import FileImports
from veriwatt.importing.planned_points import planned_points
from veriwatt.model.points.status import Status

REGISTER = {"kind": '"register"', "slot": '"1h"', "resolution": '"0.1"'}
AMSTERDAM = '"Europe/Amsterdam"'


@pytest.fixture
def imports(tmp_path: Path) -> FileImports:
    return FileImports(tmp_path)


def counter(day: str, hours: range, values: list[float]) -> str:
    rows = (f"{day} {h:02d}:00,{v}\n" for h, v in zip(hours, values, strict=True))
    return "when,p\n" + "".join(rows)


def hours(imports: FileImports, day: str, count: int) -> list[str | None]:
    return imports.totals(f"{day}T00:00", f"{day}T{count:02d}:00", "1h")


def test_a_replaced_counter_is_never_subtracted(imports: FileImports) -> None:
    days = [800.0, 807.5, 815.0, 1.5, 9.0, 16.0, 23.0, 30.0]
    text = "when,p\n" + "".join(f"2024-09-{n:02d} 00:00,{v}\n" for n, v in enumerate(days, 1))
    done = imports.add(text, REGISTER | {"slot": '"day"'}, clock=AMSTERDAM)

    assert (done.slots[Status.MEASURED], done.slots[Status.GAP]) == (8, 0)
    values = imports.totals("2024-09-01", "2024-09-08", "1d")
    assert values == ["7.5", "7.5", None, "7.5", "7.0", "7.0", "7.0"]
    assert imports.totals("2024-09-01", "2024-10-01", "1mo") == ["43.5"]


@pytest.mark.parametrize(
    ("marks", "expected", "total"),
    [
        ({"width": '"1000"', "rate": '"20"'}, ["4.0", "5.5", "6.5", "5.0", "6.0", "5.0"], "32.0"),
        ({"width": '"1000"'}, ["4.0", "5.5", None, "5.0", "6.0", "5.0"], "25.5"),
        ({}, ["4.0", "5.5", None, "5.0", "6.0", "5.0"], "25.5"),
    ],
)
def test_a_counter_passes_its_end_only_where_width_and_rate_are_stated(
    imports: FileImports, marks: dict[str, str], expected: list[str | None], total: str
) -> None:
    text = counter("2024-05-02", range(7), [984.0, 988.0, 993.5, 0.0, 5.0, 11.0, 16.0])
    imports.add(text, REGISTER | marks, clock=AMSTERDAM)

    assert hours(imports, "2024-05-02", 6) == expected
    assert imports.totals("2024-05-02", "2024-05-03", "1d") == [total]


def test_a_counter_that_begins_anew_each_day(imports: FileImports) -> None:
    text = "when,p\n" + "".join(
        f"2024-06-{day:02d} {hour:02d}:00,{value}\n"
        for day in (11, 12, 13)
        for hour, value in zip((0, 6, 12, 18), (0, 3, 8, 9), strict=True)
    )
    done = imports.add(text, REGISTER | {"restart": '"daily"'}, clock=AMSTERDAM)

    assert (done.slots[Status.MEASURED], done.slots[Status.GAP]) == (12, 55)
    assert imports.totals("2024-06-11", "2024-06-14", "1d") == ["9.0", "9.0", "9.0"]
    assert imports.totals("2024-06-01", "2024-07-01", "1mo") == ["27.0"]


def test_a_dry_run_shows_the_totals_that_a_query_then_gives(imports: FileImports) -> None:
    marks = REGISTER | {"slot": '"day"', "width": '"1000"', "rate": '"20"'}
    rows = [f"2024-{m:02d}-{d:02d} 00:00,{(m * 330 + d * 7) % 1000}" for m in (4, 5, 6) for d in range(1, 29)]
    text = "\n".join(["when,p", *rows]) + "\n"
    (planned,) = planned_points(imports.plan(text, marks, clock=AMSTERDAM))
    imports.add(text, marks, clock=AMSTERDAM)

    shown = [None if m.value is None else str(planned.definition.value(m.value)) for m in planned.months]
    assert shown == imports.totals("2024-03-01", "2024-07-01", "1mo")
    assert shown[0] is None, "the first reading is of the last day of March, and no advance leads to it"


def test_a_dry_run_lists_the_months_of_which_no_advance_counts(imports: FileImports) -> None:
    """A register that rolls over faster than it is read: readings are skipped, and months have none that counts."""
    marks = REGISTER | {"slot": '"month"', "resolution": '"1"', "width": '"100000"', "rate": '"100"'}
    rows = [f"2023-{n:02d}-01 00:00,{(10_000 + 60_000 * n) % 100_000}" for n in range(1, 13)]
    (planned,) = planned_points(imports.plan("\n".join(["when,p", *rows]) + "\n", marks, clock=AMSTERDAM))

    assert len(planned.months) == 12
    assert all(month.measured == 1 for month in planned.months)
    assert any(month.value is None for month in planned.months)
