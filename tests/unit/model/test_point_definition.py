from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from veriwatt.errors import Malformed, WrongFormat
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Direction, Kind
from veriwatt.units import Decimal10

PLAIN = PointDefinition("meter 1", "electricity", "kWh", Kind.REGISTER, -2, 1, "15m", "Asia/Shanghai")
FULL = replace(
    PLAIN,
    day_begins=6,
    multiplier=Decimal10(4, 1),
    direction=Direction.GENERATION,
    country="CN",
    minimum=0,
    maximum=99_999_999,
    width=100_000_000,
    rate=50_000,
    restart=True,
    backward=True,
    terminal="gateway",
    parent="meter 0",
    data_code="01A",
)


@pytest.mark.parametrize("definition", [PLAIN, FULL], ids=["plain", "full"])
def test_a_definition_is_read_as_it_was_written(definition: PointDefinition) -> None:
    assert PointDefinition.from_bytes(definition.to_bytes()) == definition


def test_a_definition_of_format_1_is_refused_by_its_number() -> None:
    with pytest.raises(WrongFormat, match="is of format 1"):
        PointDefinition.parse([1, *PLAIN.fields()[1:]])


@pytest.mark.parametrize(
    "changes",
    [
        {"day_begins": 24},
        {"day_begins": -1},
        {"country": "cn"},
        {"country": "CHN"},
        {"country": "ÄÖ"},
        {"minimum": 5, "maximum": 4},
        {"maximum": 2**63},
        {"width": 0},
        {"rate": 0},
        {"rate": -1},
        {"kind": Kind.INTERVAL, "width": 10**6},
        {"kind": Kind.INTERVAL, "restart": True},
        {"kind": Kind.INSTANT, "backward": True},
        {"terminal": "no name"},
        {"slot": "7m"},
    ],
    ids=str,
)
def test_a_field_out_of_its_bounds_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        replace(PLAIN, **changes)


@pytest.mark.parametrize("at", range(22))
def test_a_field_of_another_type_is_malformed(at: int) -> None:
    wrongs: list[object] = [[], b"", -1.5, {}]
    for wrong in wrongs:
        with pytest.raises(Malformed):
            PointDefinition.parse([*FULL.fields()[:at], wrong, *FULL.fields()[at + 1 :]])


def test_terminal_parent_and_data_code_do_not_change_what_a_value_means() -> None:
    assert FULL.same_values(replace(FULL, terminal=None, parent=None, data_code=None))
    assert not FULL.same_values(replace(FULL, direction=Direction.EXPORT))
    assert not FULL.same_quantity(replace(FULL, direction=Direction.EXPORT))
    assert FULL.same_quantity(replace(FULL, slot="30m", scale=-1))
