"""Calendars against Python's own zone arithmetic, over every zone there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.energy.calendar import Grid, Zone, parse_time
from veriwatt.energy.calendar.wall_clock import HORIZON, legal_clock
from veriwatt.errors import Malformed
from veriwatt.units import DAY, HOUR

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAMES = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
TIMES = st.integers(0, HORIZON[1] - 400 * DAY)
SOME = st.sampled_from([*NAMES[::23], "Europe/Paris", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"])


@given(SOME, TIMES)
def test_a_time_written_and_read_is_the_same_instant(name: str, t: int) -> None:
    zone = Zone(name)
    text = zone.rfc3339(t)
    assert parse_time(text, Zone("UTC")) == t
    assert datetime.fromisoformat(text) == EPOCH + timedelta(milliseconds=t)
    assert zone.rfc3339_array(np.array([t], np.int64)) == [text]


@given(SOME, TIMES)
def test_a_day_contains_its_instants_and_starts_at_its_midnight(name: str, t: int) -> None:
    zone = Zone(name)
    day = zone.day(t)
    assert zone.midnight(day) <= t < zone.midnight(day + 1)
    assert zone.day(zone.midnight(day)) == day
    assert zone.day(zone.midnight(day + 1) - 1) == day
    assert zone.month_start(zone.month(t)) <= t < zone.month_start(zone.month(t) + 1)
    assert zone.year_start(zone.year(t)) <= t < zone.year_start(zone.year(t) + 1)
    assert zone.day_array(np.array([t])).tolist() == [day]


@given(SOME, TIMES)
def test_a_local_time_leads_back_to_its_instant_unless_it_is_ambiguous(name: str, t: int) -> None:
    zone, t = Zone(name), t - t % 1000
    local = (EPOCH + timedelta(milliseconds=t)).astimezone(ZoneInfo(name)).replace(tzinfo=None)
    try:
        assert zone.local_to_utc(local) == t
    except Malformed:
        instants, counts = zone.resolve_array(np.array([t + zone.offset_ms(t)]))
        assert counts.tolist() == [2]
        assert int(instants[0]) <= t


@given(SOME, TIMES, st.sampled_from(["1m", "15m", "1h", "day", "month"]))
def test_every_instant_lies_in_one_slot(name: str, t: int, slot: str) -> None:
    grid = Grid(Zone(name), slot)
    found = grid.slot_at(t)
    assert found.start <= t < found.end
    assert grid.slot_at(found.end).start == found.end
    assert grid.slot_at(found.start - 1).end == found.start
    assert grid.count(found) == 1


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_malformed(text: str) -> None:
    for read in (lambda: parse_time(text, Zone("Europe/Paris")), lambda: Zone(text)):
        try:
            found = read()
        except Malformed:
            continue
        assert isinstance(found, int | Zone)


@pytest.mark.slow
def test_no_zone_changes_its_clock_twice_within_the_search_step() -> None:
    for name in NAMES:
        info, clock = ZoneInfo(name), legal_clock(ZoneInfo(name))
        ts = np.arange(HORIZON[0], HORIZON[0] + 80 * 365 * DAY, 83 * DAY + 5 * HOUR)
        near = np.concatenate([ts, clock.starts[1:], clock.starts[1:] - 1])
        for t, offset in zip(near.tolist(), clock.offset_array(np.maximum(near, HORIZON[0])).tolist(), strict=True):
            at = EPOCH + timedelta(milliseconds=max(t, HORIZON[0]))
            assert at.astimezone(info).utcoffset() == timedelta(milliseconds=offset), (name, t)
