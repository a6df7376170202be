from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from veriwatt.energy.calendar import Grid, Zone, check_every, finer_than_slot, parse_time, period_edges, periods
from veriwatt.errors import Malformed
from veriwatt.units import DAY, HOUR, MINUTE, Interval

PARIS = Zone("Europe/Paris")


def at(text: str, zone: Zone = PARIS) -> int:
    return parse_time(text, zone)


@pytest.mark.parametrize(
    "name",
    [
        "Mars/Olympus",
        "",
        "utc ",
        "+8:00",
        "+08:60",
        "-00:00",
        "+19:00",
        "right/UTC",
        "localtime",
        "../UTC",
        "America",
        "a\0b",
    ],
)
def test_an_unknown_zone_is_refused_by_name(name: str) -> None:
    with pytest.raises(Malformed, match="unknown time zone") as raised:
        Zone.parse(name)
    assert repr(name) in str(raised.value)


@pytest.mark.parametrize(
    "name",
    ["Europe/Paris", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo"],
)
def test_offsets_are_those_of_the_zone_table(name: str) -> None:
    zone, info, epoch = Zone(name), ZoneInfo(name), datetime(1970, 1, 1, tzinfo=UTC)
    ts = np.arange(0, 60 * 366 * DAY, 7 * HOUR + 13 * MINUTE)
    offsets = zone.offset_array(ts)
    for t, offset in zip(ts.tolist()[::17], offsets.tolist()[::17], strict=True):
        want = (epoch + timedelta(milliseconds=t)).astimezone(info).utcoffset()
        assert want == timedelta(milliseconds=offset) and zone.offset_ms(t) == offset


def test_rfc3339_shows_the_offset_and_milliseconds_only_when_there_are_any() -> None:
    t = at("2024-03-10T12:00:00Z")
    assert Zone("UTC").rfc3339(t) == "2024-03-10T12:00:00+00:00"
    assert Zone("+08:00").rfc3339(t + 7) == "2024-03-10T20:00:00.007+08:00"
    assert Zone("-03:30").rfc3339(t) == "2024-03-10T08:30:00-03:30"
    assert Zone("Africa/Monrovia").rfc3339(at("1971-01-01T00:00:00Z")) == "1971-01-01T00:00:00+00:00"


def test_an_array_of_times_shows_each_with_its_own_offset_and_milliseconds() -> None:
    change = at("2024-03-31T01:00:00Z")
    shown = Zone("Europe/Berlin").rfc3339_array(np.array([change - 1, change, change + 7], np.int64))
    assert shown == ["2024-03-31T01:59:59.999+01:00", "2024-03-31T03:00:00+02:00", "2024-03-31T03:00:00.007+02:00"]


def test_a_day_of_changing_clocks_has_23_or_25_hours() -> None:
    for text, hours in (("2024-03-31", 23), ("2024-10-27", 25), ("2024-06-01", 24)):
        day = PARIS.day(at(text))
        assert PARIS.midnight(day) == at(text)
        assert PARIS.midnight(day + 1) - PARIS.midnight(day) == hours * HOUR


def test_a_day_whose_midnight_is_jumped_over_begins_with_the_jump() -> None:
    zone = Zone("America/Sao_Paulo")
    start = at("2017-10-15", zone)
    assert zone.rfc3339(start) == "2017-10-15T01:00:00-02:00"
    assert zone.rfc3339(start - 1) == "2017-10-14T23:59:59.999-03:00"
    assert zone.day(start) == zone.day(start - 1) + 1


def test_a_day_begins_once_even_when_the_clock_goes_back_over_midnight() -> None:
    zone = Zone("America/St_Johns")
    day = zone.day(at("2010-11-07T12:00", zone))
    start = zone.midnight(day)
    ts = np.arange(start - HOUR, start + 3 * HOUR, MINUTE)
    assert zone.rfc3339(start) == "2010-11-07T00:00:00-02:30"
    assert zone.rfc3339(start + MINUTE) == "2010-11-06T23:01:00-03:30"
    assert [zone.day(t) for t in ts.tolist()] == zone.day_array(ts).tolist() == [day - 1] * 60 + [day] * 180


def test_a_date_the_zone_skipped_is_a_day_of_no_length() -> None:
    zone = Zone("Pacific/Apia")
    day = zone.day(at("2011-12-29T12:00", zone)) + 1
    assert zone.midnight(day) == zone.midnight(day + 1)
    edges = period_edges(zone, "1d", Interval(at("2011-12-29", zone), at("2012-01-02", zone)))
    assert [zone.rfc3339(e)[:10] for e in edges.tolist()] == ["2011-12-29", "2011-12-31", "2012-01-01", "2012-01-02"]


def test_months_and_years_begin_at_local_midnight() -> None:
    t = at("2024-02-29T23:59:59")
    month, year = PARIS.month(t), PARIS.year(t)
    assert (PARIS.rfc3339(PARIS.month_start(month)), PARIS.month_start(month + 1)) == (
        "2024-02-01T00:00:00+01:00",
        t + 1000,
    )
    assert (year, PARIS.rfc3339(PARIS.year_start(year))) == (2024, "2024-01-01T00:00:00+01:00")
    assert Zone("-05:00").month(0) == -1 and Zone("-05:00").year(0) == 1969


def test_a_local_time_that_is_missing_or_ambiguous_is_refused() -> None:
    with pytest.raises(Malformed, match="does not exist"):
        PARIS.local_to_utc(datetime.fromisoformat("2024-03-31T02:30"))
    with pytest.raises(Malformed, match="ambiguous"):
        PARIS.local_to_utc(datetime.fromisoformat("2024-10-27T02:00"))
    assert PARIS.local_to_utc(datetime.fromisoformat("2024-10-27T03:00")) == at("2024-10-27T02:00:00Z")


@pytest.mark.parametrize("time", ["2024-03-31T02:30", "2024-10-27T02:30"])
def test_the_remedy_of_a_time_that_is_none_or_two_is_to_give_its_offset(time: str) -> None:
    with pytest.raises(Malformed, match="give it with its offset"):
        parse_time(time, PARIS)

    assert parse_time(f"{time}+01:00", PARIS) == at(f"{time[:11]}01:30:00Z")


def test_a_clock_without_summer_time_shows_every_local_time_once() -> None:
    t, hours = at("2024-01-01T00:00:00+01:00"), 366 * 24
    local = np.arange(hours, dtype=np.int64) * HOUR + t + HOUR
    instants, counts = PARIS.resolve_array(local, "standard")
    assert (counts == 1).all() and (np.diff(instants) == HOUR).all() and instants[0] == t


def test_a_zone_whose_winter_time_is_the_exception_has_no_standard_clock() -> None:
    with pytest.raises(Malformed, match="fixed offset"):
        Zone("Europe/Dublin").local_to_utc(datetime.fromisoformat("2024-07-01T00:00"), "standard")


def test_local_times_resolve_to_instants_that_show_them() -> None:
    local = np.arange(at("2024-10-26", Zone("UTC")), at("2024-10-29", Zone("UTC")), 10 * MINUTE)
    instants, counts = PARIS.resolve_array(local)
    assert (instants + PARIS.offset_array(instants) == local).all()
    assert counts.sum() == len(local) + 6


def test_slots_count_from_local_midnight() -> None:
    grid = Grid(Zone("Asia/Kathmandu"), "1h")
    slot = grid.slot_at(at("2024-01-01T12:10", grid.zone))
    assert grid.zone.rfc3339(slot.start) == "2024-01-01T12:00:00+05:45" and slot.end - slot.start == HOUR
    assert grid.starts_slot(slot.start) and grid.ends_slot(slot.end) and not grid.starts_slot(slot.start + 1)


def test_the_last_slot_of_a_day_that_is_no_multiple_is_cut_at_midnight() -> None:
    grid = Grid(Zone("Australia/Lord_Howe"), "1h")
    midnight = at("2024-10-07", grid.zone)
    assert grid.slot_at(midnight - 1) == Interval(midnight - HOUR // 2, midnight)
    assert grid.count(Interval(at("2024-10-06", grid.zone), midnight)) == 24


@pytest.mark.parametrize("slot", ["1m", "15m", "1h", "60m", "day", "month"])
@pytest.mark.parametrize("name", ["Europe/Paris", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns", "+05:30"])
def test_slots_cover_time_and_all_methods_agree(slot: str, name: str) -> None:
    grid = Grid(Zone(name), slot)
    for text in ("2011-12-28T05:07", "2024-04-05T05:07", "2010-11-06T05:07"):
        first = at(text, grid.zone) + MINUTE // 2
        span = Interval(first, first + (70 if slot in ("day", "month") else 3) * DAY + 11 * MINUTE)
        starts, ends = grid.slots(span)
        assert (starts[1:] == ends[:-1]).all() and (ends > starts).all()
        assert len(starts) == grid.count(span) > 0
        assert span.start <= starts[0] and ends[-1] <= span.end
        for start, end in list(zip(starts.tolist(), ends.tolist(), strict=True))[:: max(1, len(starts) // 60)]:
            assert grid.slot_at(start) == grid.slot_at(end - 1) == Interval(start, end)
        assert grid.slot_at(span.start).start < starts[0] and grid.slot_at(span.end).end > ends[-1]
        assert (grid.align(ends - 1)[0] == starts).all() and (grid.align(starts)[1] == ends).all()
        assert (grid.index(int(starts[0]), starts) == np.arange(len(starts))).all()


def test_counts_of_many_spans_are_those_of_each() -> None:
    grid = Grid(PARIS, "15m")
    starts = np.arange(at("2024-10-26"), at("2024-10-29"), 37 * MINUTE)
    ends = starts + np.arange(1, len(starts) + 1) * 3 * MINUTE
    each = [len(grid.slots(Interval(a, b))[0]) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    assert grid.count_array(starts, ends).tolist() == each


@pytest.mark.parametrize("slot", ["", "7m", "90m", "5h", "0m", "decade", "01m", "1d"])
def test_a_slot_that_divides_no_hour_is_refused(slot: str) -> None:
    with pytest.raises(Malformed, match="unknown slot"):
        Grid(PARIS, slot)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-03-10", "2024-03-09T23:00:00+00:00"),
        ("2024-03-10T08:15", "2024-03-10T07:15:00+00:00"),
        (" 2024-03-10 08:15:30.25", "2024-03-10T07:15:30.250+00:00"),
        ("2024-03-10T08:15:00+08:00", "2024-03-10T00:15:00+00:00"),
        ("2024-03-10T08:15:00z", "2024-03-10T08:15:00+00:00"),
        ("2024-03-10T08:15-03:30", "2024-03-10T11:45:00+00:00"),
    ],
)
def test_a_time_without_zone_is_local_and_one_with_an_offset_is_not(text: str, utc: str) -> None:
    assert Zone("UTC").rfc3339(parse_time(text, PARIS)) == utc


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2024-3-10",
        "2024-02-30",
        "2024-03-10T24:00",
        "2024-03-10T08:15:60",
        "2024-03-10T08:15:00.0001",
        "2024-03-10Z",
        "20240310",
        "2024-03-10T08:15+24:00",
        "0001-01-01",
        "9999-12-31",
        "1959-12-31",
        "2024-03-31T02:30",
        "2024-10-27T02:30",
        "\uff12024-03-10",
    ],
)
def test_text_that_is_not_a_time_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        parse_time(text, PARIS)


@pytest.mark.parametrize("zone", ["+08:00", "Europe/Paris"])
@pytest.mark.parametrize(
    "text",
    ["1800-01-01", "1800-01-01T00:00", "1800-01-01T00:00Z", "1960-01-01", "9999-12-31", "9999-12-31T23:00-12:00"],
)
def test_a_time_outside_the_calendar_is_said_as_it_was_written(text: str, zone: str) -> None:
    with pytest.raises(Malformed, match=f"'{text}' is outside the years 1960 to 2100"):
        parse_time(text, Zone.parse(zone))


def test_a_local_time_that_is_outside_the_calendar_in_utc_alone_is_said_on_its_clock() -> None:
    with pytest.raises(Malformed, match="local time 1960-01-01 00:00:00 in Europe/Paris is outside the years"):
        parse_time("1960-01-01T00:00", PARIS)


def test_periods_tile_the_span_and_are_cut_by_it() -> None:
    span = Interval(at("2024-01-15T10:20"), at("2025-03-02T00:00:01"))
    for every, count in (("1mo", 15), ("1y", 2), ("1d", 413), ("1h", 14 + 411 * 24 + 1)):
        found = periods(PARIS, every, span)
        assert (found[0].start, found[-1].end, len(found)) == (span.start, span.end, count)
        assert all(a.end == b.start for a, b in zip(found[:-1], found[1:], strict=True))
        for period in found[1:]:
            assert PARIS.rfc3339(period.start)[14:19] == "00:00"


def test_an_unknown_period_is_refused() -> None:
    for every in ("7q", "", "2h", "day", "1M"):
        with pytest.raises(Malformed, match="unknown period"):
            periods(PARIS, every, Interval(0, 1))


def test_a_period_must_hold_whole_slots() -> None:
    assert finer_than_slot("15m", "1h") and finer_than_slot("1h", "day") and finer_than_slot("1d", "month")
    assert not finer_than_slot("15m", "15m") and not finer_than_slot("1mo", "month") and not finer_than_slot("1y", "1m")
    for every, slot in (("15m", "1h"), ("15m", "10m"), ("1d", "month")):
        with pytest.raises(Malformed):
            check_every(every, slot)
    check_every("1h", "12m")
    check_every("1mo", "day")


def test_weeks_fit_no_month_and_quarters_fit_a_year() -> None:
    for every, slot in (
        ("1mo", "week"),
        ("1y", "week"),
        ("1w", "month"),
        ("1mo", "quarter"),
        ("1h", "8h"),
        ("1q", "year"),
    ):
        with pytest.raises(Malformed):
            check_every(every, slot)
    for every, slot in (
        ("1w", "week"),
        ("1q", "month"),
        ("1y", "quarter"),
        ("1d", "8h"),
        ("1w", "day"),
        ("1y", "year"),
    ):
        check_every(every, slot)


def test_weeks_begin_on_monday_and_days_where_the_point_says() -> None:
    span = Interval(at("2024-06-01"), at("2024-07-02"))
    weeks = [PARIS.rfc3339(edge)[:10] for edge in period_edges(PARIS, "1w", span).tolist()]
    assert weeks == ["2024-06-01", "2024-06-03", "2024-06-10", "2024-06-17", "2024-06-24", "2024-07-01", "2024-07-02"]
    gas = period_edges(PARIS, "1d", Interval(at("2024-06-01T06:00"), at("2024-06-03T06:00")), 6).tolist()
    assert [PARIS.rfc3339(edge)[:13] for edge in gas] == ["2024-06-01T06", "2024-06-02T06", "2024-06-03T06"]
