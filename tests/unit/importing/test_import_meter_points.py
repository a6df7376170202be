"""A meter's own log file fills its point: what a mapping cannot say is that of the registered definition."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.unit.importing.file_import import ORG, FileImports
from veriwatt.crypto.hashing import sha256
from veriwatt.errors import BadInput
from veriwatt.importing.new_slots import find_new_slots
from veriwatt.importing.own_slots import OwnSlots
from veriwatt.membership.point_registration import define_point
from veriwatt.metering.rejections import Rejections
from veriwatt.metering.series import Series
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.origin import File
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.node.home import Home
from veriwatt.readmodel.reading_rows import ProjectedFrame, ProjectedGroup
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import DAY, Decimal10

TEXT = "when,p\n2024-03-10 00:00,1\n2024-03-10 00:15,2\n2024-03-10 00:30,3\n"
REGISTERED: list[dict[str, object]] = [
    {"terminal": "t1"},
    {"multiplier": Decimal10(4, 1)},
    {"data_code": "0101"},
    {"parent": "site"},
    {"terminal": "t1", "multiplier": Decimal10(4, 1), "data_code": "0101", "parent": "site"},
]


@pytest.fixture
def imports(tmp_path: Path) -> FileImports:
    return FileImports(tmp_path)


def _define(imports: FileImports, more: dict[str, object], later: int = 0) -> PointDefinition:
    definition: PointDefinition = replace(imports.read(TEXT).series[0].definition, **more)  # type: ignore[arg-type]
    begins = int(imports.read(TEXT).series[0].starts[0]) + later
    with Home(imports.root) as home:
        client = home.member_client(ORG)
        define_point(home.points, client, home.keys, definition, "own", begins)
    return definition


@pytest.mark.parametrize("more", REGISTERED, ids=[", ".join(each) for each in REGISTERED])
def test_a_file_fills_a_point_whose_definition_says_more_than_a_mapping_can(
    imports: FileImports, more: dict[str, object]
) -> None:
    definition = _define(imports, more)
    assert imports.add(TEXT).slots[Status.MEASURED] == 3
    assert imports.add(TEXT).frames == 0, "the same file again adds nothing"
    assert imports.totals("2024-03-09", "2024-03-11", "1mo") == ["6.0"], "a multiplier multiplies no file"
    with Home(imports.root) as home:
        assert home.points.newest(ORG, "own").definitions == (definition,)


def test_a_file_reaches_back_before_the_terminal_of_its_point(imports: FileImports) -> None:
    definition = _define(imports, {"terminal": "t1"}, later=20 * DAY)
    done = imports.add(TEXT)
    assert done.slots[Status.MEASURED] == 3
    assert [each.definition for each in done.moved] == [definition]


def test_a_mapping_that_states_another_parent_is_refused_and_one_without_is_the_remedy(imports: FileImports) -> None:
    _define(imports, {"parent": "site", "terminal": "t1"})
    with pytest.raises(BadInput, match="another parent: parent site, and not hall"):
        imports.add(TEXT, {"parent": '"hall"'})
    assert imports.add(TEXT, {"parent": '"site"'}).slots[Status.MEASURED] == 3


POINT = PointDefinition("p", "electricity", "kWh", Kind.INTERVAL, 0, 1, "15m", "UTC", terminal="t1")
FILE = File(sha256(b"file"), "file.csv", sha256(b"mapping"))


@pytest.mark.parametrize("source", [None, FILE.sha256])
def test_a_file_fills_a_meter_s_gap_and_changes_no_value_or_status_of_it(source: bytes | None) -> None:
    """Values that a file stated before take another status from a file; those that a meter stated never do."""
    quarter, none = 900_000, np.zeros(4, np.uint8)
    starts = np.arange(4, dtype=np.int64) * quarter
    stated = np.array([Status.MEASURED, Status.ESTIMATED, Status.GAP, Status.MEASURED], np.uint8)
    view = ReadingsView(None, "sim")
    frame = ProjectedFrame("acme", 0, 1, "g", source, source)
    view.add("acme", [ProjectedGroup(frame, "UTC", [Column("p", starts, starts + quarter, starts, stated)])])
    statuses = np.array([Status.ESTIMATED, Status.MEASURED, Status.MEASURED, Status.MEASURED], np.uint8)
    values, lines = starts + np.array([0, 0, 7, 1]), np.arange(2, 6, dtype=np.int32)
    digest = sha256(b"settings")
    series = Series(
        "p", POINT, "g", digest, True, starts, starts + quarter, values, statuses, none, lines, starts[:0].reshape(2, 0)
    )
    conflicts, everywhere = Rejections("file.csv"), np.ones(4, np.bool_)
    found = find_new_slots(series, OwnSlots({None: everywhere}), view, "acme", conflicts)
    assert found.is_new.tolist() == [source is not None, source is not None, True, False]
    assert found.replaced[2] == 0
    assert [each.line for each in conflicts.first()] == [5]
