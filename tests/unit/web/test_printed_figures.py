"""The table of `query` says of each row what pages and CSV say: whose word a value is, and why there is none."""

from __future__ import annotations

from typing import Any

from veriwatt.cli.printed_figures import table
from veriwatt.web.figure_marks import STEPS

ROW: dict[str, Any] = {
    "point": "p",
    "start": "2026-09-01T00:00:00+08:00",
    "value": "12.50",
    "unit": "kWh",
    "expected": 4,
    "due": 4,
    "measured": 4,
    "estimated": 0,
    "manual": 0,
    "gap": 0,
    "partial": False,
    "bridged": False,
}


def _line(**changed: Any) -> str:
    return table([ROW | changed]).splitlines()[1]


def test_a_measured_value_has_no_marks() -> None:
    assert _line().split() == [ROW["start"], "12.50", "kWh", "4/4", "p"]


def test_estimated_and_manual_slots_are_named_in_their_row() -> None:
    assert _line(measured=1, estimated=2, manual=1).endswith("4/4  p  estimated 2, manual 1")


def test_a_register_that_was_read_and_counts_nothing_is_not_called_unread() -> None:
    row = _line(value=None, expected=1, measured=1, steps=dict.fromkeys(STEPS, 0) | {"outlier": 1})
    assert "no advance counted kWh" in row
    assert row.endswith("1/1  p  outliers 1")


def test_a_slot_that_is_still_to_come_is_not_due() -> None:
    assert " not due kWh" in _line(value=None, measured=0, due=0)
    assert " no reading kWh" in _line(value=None, measured=0)


def test_a_factor_that_is_not_the_number_used_is_called_rounded() -> None:
    of = {"country": "CN", "basis": "national", "factor_year": 2023, "factor_source": "s", "factor_table": None}
    used = of | {"factor": "0.714286037", "factor_confirmed": True}
    lines = [table([ROW | used | {"factor_exact": exact}]).splitlines()[-1] for exact in (True, False)]
    assert [" (rounded)" in line for line in lines] == [False, True]


def test_the_lower_bound_of_a_register_is_printed_where_it_is_another_number() -> None:
    steps = dict.fromkeys(STEPS, 0) | {"at_least": 2}
    assert _line(at_least="10.00", steps=steps).endswith("steps that are lower bounds 2, at least 10.00 kWh")
    assert "at least" not in _line(at_least="12.50", steps=dict.fromkeys(STEPS, 0))
