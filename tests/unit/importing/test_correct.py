"""Corrections by hand obey the point's definition and the present, as every other reading does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.importing.test_import_any_source import FIRST, ORG
from veriwatt.errors import BadInput
from veriwatt.ids import FrameId
from veriwatt.importing.correct import corrected_content
from veriwatt.membership.point_registration import define_point
from veriwatt.metering.group_points import GroupPoints
from veriwatt.model.frames.build import FrameContent
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.units import DAY, HOUR

COUNTER = PointDefinition(
    "counter", "electricity", "kWh", Kind.REGISTER, -1, 1, "1h", "UTC", minimum=0, maximum=9_999, width=10_000, rate=50
)
POWER = replace(COUNTER, id="flow", kind=Kind.INTERVAL, minimum=-50, maximum=50, width=None)
FREE = replace(POWER, id="free", minimum=None, maximum=None)
NOW = FIRST + DAY + HOUR // 2


@pytest.fixture
def home(tmp_path: Path) -> Path:
    init_home(tmp_path / "home", ORG, unprotected=True)
    with Home(tmp_path / "home") as node:
        for definition in (
            COUNTER,
            POWER,
            FREE,
            replace(FREE, id="fine", scale=-9),
            replace(FREE, id="coarse", scale=3),
        ):
            define_point(node.points, node.member_client(ORG), node.keys, definition, definition.id, FIRST)
    return tmp_path / "home"


def correct(home: Path, point: str, start: int, value: str) -> FrameContent:
    with Home(home) as node:
        group: GroupPoints = node.points.newest(ORG, point)
        return corrected_content(group, point, start, value, FrameId(bytes(32)), node.keys.agent, NOW)


@pytest.mark.parametrize(("value", "mantissa"), [("0", 0), ("12.5", 125), ("999.9", 9_999)])
def test_a_reading_of_a_register_is_corrected_within_its_bounds(home: Path, value: str, mantissa: int) -> None:
    (column,) = correct(home, "counter", FIRST + 3 * HOUR, value).groups[0].columns

    assert (column.values.tolist(), column.codes.tolist()) == ([mantissa], [Status.MANUAL])
    assert column.starts.tolist() == [FIRST + 3 * HOUR]


@pytest.mark.parametrize(
    ("point", "value", "says"),
    [
        ("counter", "-0.1", "below the minimum"),
        ("counter", "1000", "above the maximum"),
        ("flow", "-5.1", "below the minimum"),
        ("flow", "5.1", "above the maximum"),
        ("flow", "0.05", "finer .*; give a decimal in kWh at the resolution 0.1"),
        ("free", "1e20", r"beyond the largest reading .*; that of this point is 1000000000000000\.0 kWh"),
        ("fine", "-1e11", r"beyond the largest reading .*; that of this point is 9223372036\.854775807 kWh"),
        ("coarse", "1e16", "beyond the largest reading .*; that of this point is 1000000000000000 kWh"),
        ("flow", "much", "decimal"),
    ],
)
def test_a_value_that_is_none_of_the_point_is_refused(home: Path, point: str, value: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        correct(home, point, FIRST, value)


@pytest.mark.parametrize(("start", "says"), [(FIRST + DAY, "has not ended"), (FIRST + 1, "no slot of")])
def test_a_slot_that_has_not_ended_or_is_none_is_refused(home: Path, start: int, says: str) -> None:
    assert correct(home, "flow", FIRST + DAY - HOUR, "1").span.end == FIRST + DAY
    with pytest.raises(BadInput, match=says):
        correct(home, "flow", start, "1")


@pytest.mark.parametrize(
    ("point", "value", "mantissa"), [("free", "-1e15", -(10**16)), ("fine", "9223372036.854775807", 2**63 - 1)]
)
def test_the_largest_reading_of_a_point_is_one(home: Path, point: str, value: str, mantissa: int) -> None:
    assert correct(home, point, FIRST, value).groups[0].columns[0].values.tolist() == [mantissa]
