"""A verifier compares a group's calendar with the zone's table: in every zone that the installed table has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from veriwatt.energy.calendar import Zone
from veriwatt.ids import Digest
from veriwatt.metering.calendars import zone_calendar
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.units import DAY, HOUR, Interval
from veriwatt.verify.calendar_caveats import calendar_caveats
from veriwatt.zone_names import ZONE_COUNTRIES

YEAR, FIRST = 2026, 20_457  # the days from 2026-01-04


def stated(zone: str, calendar: Calendar) -> GroupVersion:
    return GroupVersion(1, "g", KeyWindow.DAY, zone, 0, calendar, 0, 1, Digest(bytes(32)), 0, 0)


def told(version: GroupVersion, first: int = FIRST, days: int = 3) -> list[str]:
    span = Interval(version.calendar.day_start(first), version.calendar.day_start(first + days))
    return [caveat.code for caveat in calendar_caveats(version, span)]


@pytest.mark.parametrize("zone", sorted(ZONE_COUNTRIES))
def test_days_that_begin_otherwise_are_told_in_every_zone(zone: str) -> None:
    true = stated(zone, zone_calendar(zone, 0, YEAR, YEAR))
    assert told(true) == []
    shifted = Calendar.of_starts(FIRST, Zone(zone).day_starts(np.arange(FIRST, FIRST + 9), 0) + HOUR)
    assert told(replace(true, calendar=shifted)) == ["calendar-differs"]


def test_a_zone_that_no_table_has_is_told() -> None:
    calendar = zone_calendar("+08:00", 0, YEAR, YEAR)
    assert told(stated("Mars/Phobos", calendar)) == ["calendar-by-owner"]


def test_a_date_that_its_zone_skipped_is_told() -> None:
    skipped = 15_338  # 2011-12-30 in Samoa
    calendar = Calendar.of_starts(skipped - 3, Zone("Pacific/Apia").midnight(skipped - 3) + np.arange(9) * DAY)
    assert told(stated("Pacific/Apia", calendar), skipped - 3, 2) == []
    assert told(stated("Pacific/Apia", calendar), skipped - 1) == ["calendar-differs"]
