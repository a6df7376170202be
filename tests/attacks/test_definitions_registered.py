"""What no definition may say: the machine refuses it when it is registered, whoever signs."""

from __future__ import annotations

from pathlib import Path

import pytest

from veriwatt.encoding import Value
from veriwatt.testing.actors import START
from veriwatt.testing.soundness.naive_calendar import DAY, HOUR, Days, honest_days
from veriwatt.testing.soundness.sites import definition
from veriwatt.testing.soundness.workshop import Workshop

DAYS = honest_days("UTC", 0, 2025, 2030)
FIRST = START + 30 * DAY


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path, FIRST)


def is_registered(shop: Workshop, days: Days = DAYS, **changes: Value) -> bool:
    """Whether the machine takes a group with this point."""
    return shop.define("plant", "day", days, [{**definition("main", "15m", "UTC", 0), **changes}], FIRST).ok


def test_an_honest_definition_is_registered(shop: Workshop) -> None:
    assert is_registered(shop)


@pytest.mark.parametrize("multiplier", [[0, 0], [-1, 0], [2**63 - 1, 0], [1, 30], [1, -30], [10, -1], [1.0, 0]])
def test_a_multiplier_that_is_none_too_large_or_in_a_second_spelling(shop: Workshop, multiplier: list[Value]) -> None:
    assert not is_registered(shop, multiplier=multiplier)


@pytest.mark.parametrize("zone", ["Mars/Phobos", "utc", "Europe/berlin", "+8:00", "-00:00", "+19:00", "UTC ", ""])
def test_a_zone_that_does_not_exist_or_in_a_second_spelling(shop: Workshop, zone: str) -> None:
    assert not is_registered(shop, timezone=zone)


@pytest.mark.parametrize(
    ("energy", "unit"),
    [
        ("electricity", "degC"),
        ("electricity", "°C"),
        ("heat", "var"),
        ("water", "kWh"),
        ("oxygen", "GJ"),
        ("heat", "m3"),
        ("heat", "t"),
        ("cooling", "m3"),
        ("cooling", "kg"),
        ("coal", "m3"),
        ("coke", "L"),
        ("calcium_carbide", "m3"),
    ],
)
def test_a_unit_that_the_energy_does_not_have(shop: Workshop, energy: str, unit: str) -> None:
    assert not is_registered(shop, energy=energy, unit=unit)


@pytest.mark.parametrize("slot", ["1ms", "0m", "7m", "25h", "5h", "decade", "15", ""])
def test_a_slot_that_divides_no_day(shop: Workshop, slot: str) -> None:
    assert not is_registered(shop, slot=slot)


@pytest.mark.parametrize("scale", [-13, 13, 2**40])
def test_a_scale_beyond_its_bounds(shop: Workshop, scale: int) -> None:
    assert not is_registered(shop, scale=scale)


@pytest.mark.parametrize("point", ["Main", "MAIN", "mаin", "main ", " main", "ma\u200bin", "ＭＡＩＮ", "maⅰn"])
def test_an_id_that_looks_like_another(shop: Workshop, point: str) -> None:
    assert is_registered(shop)
    assert not shop.define("office", "day", DAYS, [definition(point, "15m", "UTC", 0)], FIRST).ok


@pytest.mark.parametrize("length", [21 * HOUR, 27 * HOUR, 25 * DAY])
def test_a_calendar_with_days_that_no_clock_has(shop: Workshop, length: int) -> None:
    starts = (*DAYS.starts[:400], *(start - DAY + length for start in DAYS.starts[400:]))
    assert not is_registered(shop, Days(DAYS.first, starts))
