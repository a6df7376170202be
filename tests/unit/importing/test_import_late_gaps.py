"""A terminal delivers the gaps of its outage after a file has filled it: the file fills it again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.unit.importing.file_import import ORG, FileImports
from veriwatt.membership.point_registration import define_point
from veriwatt.membership.software_terminal import SOFTWARE_TERMINAL
from veriwatt.metering.columns import absent_column
from veriwatt.metering.key_windows import key_window_of
from veriwatt.model.frames.build import FrameContent, GroupSlots
from veriwatt.model.frames.origin import Manual, Meter, Origin
from veriwatt.model.points.status import Status
from veriwatt.node.home import Home
from veriwatt.ports.key_agent import Purpose
from veriwatt.units import Interval

TEXT = "when,p\n2024-03-10 00:00,1\n2024-03-10 00:15,2\n2024-03-10 00:30,3\n"
CORRECTED = TEXT.replace(",2\n", ",4\n")
UNITS = 10
"""Mantissas of a kWh: the point's resolution is 0.1 kWh."""
MONTH_OF_TEXT = ("2024-03-09", "2024-03-11", "1mo")


@pytest.fixture
def imports(tmp_path: Path) -> FileImports:
    """A home whose point `p` names the home's own terminal, so that this may state what a meter says."""
    imports = FileImports(tmp_path)
    series = imports.read(TEXT).series[0]
    definition = replace(series.definition, terminal=SOFTWARE_TERMINAL)
    with Home(imports.root) as home:
        define_point(home.points, home.member_client(ORG), home.keys, definition, "own", int(series.starts[0]))
    return imports


def _state(imports: FileImports, status: Status, value: int, slots: slice, origin: Origin) -> None:
    """A frame of the home's terminal states one status and value for these slots of TEXT."""
    series = imports.read(TEXT).series[0]
    with Home(imports.root) as home:
        span = Interval(int(series.starts[slots][0]), int(series.ends[slots][-1]))
        group = home.points.group_of(ORG, "p")
        version = group.version
        column = absent_column(version.calendar, group.definition("p"), span)
        column.codes[:], column.values[:] = np.uint8(status), value
        window = key_window_of(version.key_window, version.calendar, span)
        key = home.keys.agent.window_key(ORG, version.group, window, Purpose.SEAL)
        stated = GroupSlots(version.group, version.n, version.root, [column], key, ())
        home.recorder(ORG).record([FrameContent(span, (stated,))], home.frame_context(origin), lambda _: None)


def _deliver_gaps(imports: FileImports) -> None:
    _state(imports, Status.GAP, 0, slice(None), Meter())


def test_a_file_brings_back_the_values_that_late_gaps_of_a_terminal_replaced(imports: FileImports) -> None:
    imports.add(TEXT)
    _deliver_gaps(imports)
    assert imports.totals(*MONTH_OF_TEXT) == [None]
    assert imports.add(TEXT).slots[Status.MEASURED] == 3
    assert imports.totals(*MONTH_OF_TEXT) == ["6.0"]
    assert imports.add(TEXT).frames == 0, "once again is nothing new"


def test_a_file_brings_back_the_last_value_of_a_slot_and_none_of_before_a_correction(imports: FileImports) -> None:
    imports.add(TEXT)
    _state(imports, Status.MANUAL, 4 * UNITS, slice(1, 2), Manual("Ann", "misread"))
    _deliver_gaps(imports)
    assert imports.add(TEXT).slots[Status.MEASURED] == 2
    assert imports.totals(*MONTH_OF_TEXT) == ["4.0"], "the slot that was corrected waits for its correction"
    assert imports.add(CORRECTED).slots[Status.MEASURED] == 1
    assert imports.totals(*MONTH_OF_TEXT) == ["8.0"]


def test_a_value_that_a_terminal_took_back_as_its_own_comes_from_no_file(imports: FileImports) -> None:
    _state(imports, Status.MEASURED, UNITS, slice(None), Meter())
    _deliver_gaps(imports)
    same = TEXT.replace(",2\n", ",1\n").replace(",3\n", ",1\n")
    assert imports.add(same).frames == 0
    assert imports.totals(*MONTH_OF_TEXT) == [None]
