"""The country of a zone decides whose factors convert; an offset alone lies in no country."""

from __future__ import annotations

from importlib.resources import files

import pytest

from veriwatt.energy.calendar import Zone
from veriwatt.zone_names import ZONE_COUNTRIES, country_of_zone, is_zone


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Asia/Shanghai", "CN"),
        ("PRC", "CN"),
        ("Asia/Hong_Kong", "HK"),
        ("America/Los_Angeles", "US"),
        ("US/Pacific", "US"),
        ("Asia/Calcutta", "IN"),
        ("Iceland", "IS"),
        ("Europe/Oslo", "NO"),
        ("UTC", None),
        ("Etc/GMT-8", None),
        ("EST5EDT", None),
        ("+08:00", None),
        ("Mars/Phobos", None),
    ],
)
def test_a_zone_lies_in_its_country_and_an_offset_in_none(zone: str, country: str | None) -> None:
    assert country_of_zone(zone) == country


def test_every_zone_that_is_listed_can_be_used() -> None:
    assert [name for name in ZONE_COUNTRIES if Zone.parse(name).name != name] == []


def test_the_countries_of_the_zone_database_are_those_of_the_list() -> None:
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    assert {row[2]: row[0] for row in rows}.items() <= ZONE_COUNTRIES.items()


def test_a_zone_is_of_the_list_or_a_fixed_offset() -> None:
    assert all(map(is_zone, ("UTC", "Asia/Shanghai", "+08:00", "-09:30", "+18:00")))
    assert not any(map(is_zone, ("Mars/Phobos", "+8:00", "-00:00", "+18:30", "+24:00", "08:00", "asia/shanghai", "")))
