"""What is said of a definition that differs from the registered one is followed, and no number is read as another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.importing.file_import import ORG, FileImports
from tests.unit.importing.test_earlier_definitions import ChangedPoint
from veriwatt.errors import BadInput
from veriwatt.membership.point_registration import define_point
from veriwatt.model.points.status import Status
from veriwatt.node.home import Home
from veriwatt.units import conversion

TEXT = "when,p\n2024-03-10 00:00,1\n2024-03-10 00:15,2\n"
LATER = "when,p\n2024-03-11 00:00,120\n2024-03-11 00:15,0.5\n"


@pytest.fixture
def imports(tmp_path: Path) -> FileImports:
    imports = FileImports(tmp_path)
    imports.add(TEXT)
    return imports


def refusal(imports: FileImports, point: dict[str, str], text: str = LATER) -> str:
    with pytest.raises(BadInput, match="registered already, with another") as refused:
        imports.add(text, point)
    return refused.value.remedy


@pytest.mark.parametrize(
    ("stated", "factor", "total"),
    [("MWh", "1000", "120500.0"), ("GWh", "1000000", "120500000.0"), ("Wh", "0.001", None)],
)
def test_a_file_in_another_unit_is_read_with_the_factor_that_is_named(
    imports: FileImports, stated: str, factor: str, total: str | None
) -> None:
    remedy = refusal(imports, {"unit": f'"{stated}"'})
    assert (
        remedy
        == f'use a new point id, or unit = "kWh" with factor = "{factor}", times the `factor` that the mapping has'
    )

    named = {"unit": '"kWh"', "factor": f'"{factor}"'}
    if total is None:  # what is finer than the registered resolution is still refused
        assert imports.add(LATER, named).rejected_count == 2
    else:
        assert imports.add(LATER, named).slots[Status.MEASURED] == 2
        assert imports.totals("2024-03-10", "2024-03-11", "1d") == [total]


def test_the_factor_of_the_mapping_is_multiplied(imports: FileImports) -> None:
    """Numbers in tenths of a MWh."""
    assert 'factor = "1000", times the `factor`' in refusal(imports, {"unit": '"MWh"', "factor": '"0.1"'})

    imports.add(LATER, {"factor": '"100"'})
    assert imports.totals("2024-03-10", "2024-03-11", "1d") == ["12050.0"]


@pytest.mark.parametrize(
    "stated",
    [
        {"unit": '"GJ"'},
        {"kind": '"register"'},
        {"direction": '"export"'},
        {"timezone": '"UTC"'},
        {"slot": '"1h"'},
        {"day_begins": "6"},
        {"energy": '"natural_gas"', "unit": '"m3"'},
        {"kind": '"register"', "unit": '"MWh"'},
        {"direction": '"export"', "resolution": '"1"'},
    ],
    ids=", ".join,
)
def test_a_number_that_means_something_else_is_of_another_point(imports: FileImports, stated: dict[str, str]) -> None:
    rows = "when,p\n2024-03-11 00:00,120\n2024-03-11 01:00,130\n"
    assert refusal(imports, stated, rows) == "use a new point id"

    assert imports.add(rows, stated | {"id": '"another"', "group": '"another"'}).slots[Status.MEASURED] == 2
    assert imports.totals("2024-03-10", "2024-03-11", "1d") == [None]


@pytest.mark.parametrize("stated", [{"resolution": '"1"'}, {"maximum": '"9"'}, {"country": '"NL"'}])
def test_what_leaves_the_numbers_as_they_are_may_be_stated_as_registered(
    imports: FileImports, stated: dict[str, str]
) -> None:
    assert refusal(imports, stated) == "use a new point id, or the registered definition"

    assert imports.add(LATER).slots[Status.MEASURED] == 2
    assert imports.totals("2024-03-10", "2024-03-11", "1d") == ["120.5"]


def test_no_factor_is_named_where_a_point_is_defined_without_a_file(imports: FileImports) -> None:
    with Home(imports.root) as home:
        (registered,) = home.points.newest(ORG, "readings").definitions
        with pytest.raises(BadInput, match="another unit") as refused:
            define_point(
                home.points, home.member_client(ORG), home.keys, replace(registered, unit="MWh"), "readings", 0
            )
    assert refused.value.remedy == "use a new point id"


def test_rows_of_before_a_change_of_the_unit_are_converted_by_the_factor_that_is_named(tmp_path: Path) -> None:
    changed = ChangedPoint(tmp_path, {"unit": "MWh"})
    late = "when,p\n2024-03-11 00:45,0.6\n"
    (refused,) = changed.load(late, {"unit": '"MWh"'}).rejected
    assert "unit kWh, and not MWh" in refused.why
    assert 'where the rows are in MWh, with factor = "1000", times the `factor`' in refused.why

    assert changed.load(late, {"factor": '"1000"'}).slots[Status.MEASURED] == 1
    assert changed.proven()["03-11T00:45"] == (1, "600.0")


@pytest.mark.parametrize(
    ("old", "new", "factor"),
    [
        ("MWh", "kWh", "1000"),
        ("Wh", "kWh", "0.001"),
        ("kWh", "MJ", "3.6"),
        ("GJ", "kWh", None),
        ("l", "m3", "0.001"),
        ("bar", "kPa", "100"),
        ("m3", "kWh", None),
        ("kvarh", "kWh", None),
        ("kWh", "kWh", "1"),
    ],
)
def test_units_of_one_dimension_convert_by_an_exact_decimal_or_not_at_all(
    old: str, new: str, factor: str | None
) -> None:
    found = conversion(old, new)

    assert (None if found is None else str(found)) == factor
