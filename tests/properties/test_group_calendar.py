"""A group's calendar gives the slots that the zone table gives, and a slot has one place in a frame."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.energy.calendar import Grid, Zone
from veriwatt.errors import Malformed
from veriwatt.metering.calendars import next_version, zone_calendar
from veriwatt.metering.columns import NoSuchSlot, stated_column
from veriwatt.metering.slots import CalendarGrid
from veriwatt.model.frames.columns import SLOTS_IN_LEAF, leaves
from veriwatt.model.points.calendar import Calendar, OutsideCalendar
from veriwatt.model.points.calendar_difference import first_difference
from veriwatt.model.points.group import GroupVersion, definitions_root
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.testing.actors import sim_point
from veriwatt.testing.edits import replace
from veriwatt.units import CALENDAR_SLOTS, DAY, HOUR, MINUTE, SLOT_MINUTES, Interval

ZONES = st.sampled_from(
    ["UTC", "+08:00", "Europe/Paris", "America/St_Johns", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo"]
)
SLOTS = st.sampled_from([*SLOT_MINUTES, *CALENDAR_SLOTS])
YEARS = st.integers(1972, 2090)
HOURS = st.sampled_from([0, 1, 6, 12, 23])


@given(ZONES, SLOTS, YEARS, HOURS, st.integers(0, 360 * 1440), st.integers(1, 40 * 1440))
def test_its_slots_are_those_of_the_zone_table(
    zone: str, slot: str, year: int, day_begins: int, first: int, minutes: int
) -> None:
    calendar, grid = zone_calendar(zone, day_begins, year, year + 1), Grid(Zone(zone), slot, day_begins)
    start = calendar.span.start + first * MINUTE
    window = Interval(start, start + minutes * MINUTE)
    for ours, theirs in zip(calendar.slots(slot, window), grid.slots(window), strict=True):
        assert ours.tolist() == theirs.tolist()
    assert calendar.count(slot, window) == len(grid.slots(window)[0])
    ends, counted = np.array([[window.start], [window.end]]), CalendarGrid(calendar, slot)
    assert counted.count_array(*ends) == grid.count_array(*ends)
    assert counted.cut_array(*ends) == grid.cut_array(*ends)
    inside = calendar.span.start + 366 * DAY
    assert calendar.slot_at(slot, inside) == grid.slot_at(inside)


@given(ZONES, YEARS, HOURS)
def test_it_is_read_as_it_was_written(zone: str, year: int, day_begins: int) -> None:
    calendar = zone_calendar(zone, day_begins, year, year + 3)
    assert Calendar.parse(calendar.fields()) == calendar
    assert Calendar.of_starts(calendar.first_day, calendar.starts) == calendar
    calendar.check_numbers(day_begins)


@given(ZONES, st.sampled_from(KeyWindow), st.integers(0, 1_400), st.integers(0, 24 * 60 - 1))
def test_a_key_window_starts_at_the_first_instant_of_its_number(zone: str, kind: KeyWindow, day: int, at: int) -> None:
    calendar = zone_calendar(zone, 6, 2023, 2030)
    t = calendar.span.start + (400 + day) * DAY + at * MINUTE
    number = calendar.key_window(kind, t)
    start, after = calendar.key_window_start(kind, number), calendar.key_window_start(kind, number + 1)
    assert start <= t < after
    assert calendar.key_windows(kind, np.array([start - 1, start, after - 1, after])).tolist() == [
        number - 1,
        number,
        number,
        number + 1,
    ]


@given(ZONES, SLOTS, st.integers(1, 400))
def test_every_slot_of_a_window_is_in_one_leaf_at_one_place(zone: str, slot: str, days: int) -> None:
    definition, calendar = replace(sim_point(zone=zone), slot=slot), zone_calendar(zone, 0, 2024, 2026)
    start = calendar.day_start(calendar.first_day + 7)
    window = Interval(start, start + days * (DAY if slot not in ("1m", "2m") else HOUR))
    starts, _ = calendar.slots(slot, window)
    column = stated_column(calendar, definition, window, starts, starts, np.ones(len(starts), np.uint8))
    found = [t for leaf in leaves([column]) for t in leaf.values]
    assert found == starts.tolist()
    assert [leaf.first for leaf in leaves([column])] == starts[::SLOTS_IN_LEAF].tolist()


def test_a_slot_that_is_none_of_the_grid_is_not_stated() -> None:
    calendar, day = zone_calendar("+08:00", 0), -8 * HOUR
    for start in (day + MINUTE, day - 15 * MINUTE, day + DAY):
        with pytest.raises(NoSuchSlot):
            at = np.array([start])
            stated_column(calendar, sim_point(), Interval(day, day + DAY), at, at, np.ones(1, np.uint8))


@pytest.mark.parametrize(
    "runs",
    [b"", b"\x80", b"\xe0\xd4\x03\x01", b"\x80\xa3\x05\x00", b"\x80\xa3\x05\x01\x80\xa3\x05\x01", b"\x80\xa3\x05"],
)
def test_days_that_no_calendar_may_have_are_malformed(runs: bytes) -> None:
    with pytest.raises(Malformed):
        Calendar(0, 0, runs)


def test_a_calendar_of_other_dates_is_malformed() -> None:
    calendar = zone_calendar("+08:00", 0, 2024, 2025)
    with pytest.raises(Malformed, match="far from its date"):
        replace(calendar, first_day=calendar.first_day + 1).check_numbers(0)


def test_times_that_are_not_covered_are_refused() -> None:
    calendar = zone_calendar("Europe/Paris", 0, 2024, 2025)
    for t in (calendar.span.start - 1, calendar.span.end):
        with pytest.raises(OutsideCalendar):
            calendar.day_of(t)
    with pytest.raises(OutsideCalendar):
        calendar.slots("15m", Interval(calendar.span.end - HOUR, calendar.span.end + HOUR))
    with pytest.raises(OutsideCalendar):
        calendar.slot_at("year", calendar.span.end - 1)


def test_the_calendar_of_the_next_version_keeps_the_days_up_to_it() -> None:
    point = replace(sim_point(zone="Europe/Paris"), country="FR")
    t = zone_calendar("Europe/Paris", 0, 2024, 2025).day_start(19_900)
    first = next_version("g", t, (point,), t)
    assert first.calendar.day_of(t) == 19_900
    later = next_version("g", t + 400 * DAY + HOUR, (point,), t + 400 * DAY, None)
    assert first_difference(first.calendar, later.calendar) is None
    assert later.calendar.span.end > first.calendar.span.end


@pytest.mark.parametrize("zone", ["+08:00", "Europe/Paris", "Australia/Sydney"])
@pytest.mark.parametrize("begins", [-12 * 365 * DAY, 2 * DAY, 300 * DAY])
def test_the_next_version_covers_all_days_of_one_that_begins_far_ahead(zone: str, begins: int) -> None:
    point, now = replace(sim_point(zone=zone), country=None), 56 * 365 * DAY
    first = next_version("g", now + 5 * 365 * DAY, (point,), now)
    n = first.effective_from
    version = GroupVersion(1, "g", first.key_window, zone, 0, first.calendar, n, 1, definitions_root((point,)), now, n)
    later = next_version("g", now + begins, (point,), now, version)
    assert later.calendar.has_days_of(first.calendar)
    assert first_difference(first.calendar, later.calendar) is None
    assert later.calendar.span.start <= later.effective_from
    assert later.calendar.span.end == first.calendar.span.end
