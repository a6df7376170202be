from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.bridges.file_world import Read
from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.metering.series import Series


def slots(series: Series, zone: str = "+08:00") -> list[str]:
    """Starts of the slots that have a value, on the zone's clock."""
    return [Zone(zone).rfc3339(int(t)) for t in series.starts[series.statuses == 1]]


def only(readings: tuple[Series, ...]) -> Series:
    (series,) = readings
    return series


@pytest.mark.parametrize(
    ("format", "stamp"),
    [
        ("iso", "2024-03-10 08:15"),
        ("iso", "2024-03-10T00:15:00Z"),
        ("iso", "2024-03-10T02:15+02:00"),
        ("iso", "2024-03-10T08:15:00.0000000"),
        ("iso", "2024-03-10T00:15:00.000000000Z"),
        ("%d.%m.%Y %H:%M", "10.03.2024 08:15"),
        ("%d.%m.%Y %H:%M", "10.3.2024 8:15"),
        ("%m/%d/%Y %I:%M %p", "3/10/2024 8:15 AM"),
        ("%Y%m%d%H%M%z", "202403100015+0000"),
        ("%Y%m%d%H%M%z", "202403100215+02:00"),
        ("%Y%m%dT%H%M%S.%f", "20240310T081500.0"),
        ("%Y%m%d%H%M%S%f", "20240310081500000"),
        ("%d%b%Y %H%M", "10mar2024 0815"),
        ("%m/%d/%Y %H%M", "3/10/2024 0815"),
        ("unix_s", "1710029700"),
        ("unix_s", " 1710029700 "),
        ("unix_ms", "1710029700000"),
    ],
)
def test_every_spelling_of_a_time_gives_the_same_slot(read: Read, format: str, stamp: str) -> None:
    readings = read(f"when,p\n{stamp},1\n", format=f'"{format}"')

    assert slots(only(readings.series)) == ["2024-03-10T08:15:00+08:00"]


def test_a_timestamp_names_the_start_or_end_of_its_slot_and_a_registers_the_end(read: Read) -> None:
    text = "when,p\n2024-03-10 08:15,1\n"

    assert slots(only(read(text).series)) == ["2024-03-10T08:15:00+08:00"]
    assert slots(only(read(text, stamp='"end"').series)) == ["2024-03-10T08:00:00+08:00"]
    assert slots(only(read(text, {"kind": '"register"'}).series)) == ["2024-03-10T08:00:00+08:00"]


def test_midnight_of_the_next_day_closes_the_day_whose_date_it_carries(read: Read) -> None:
    text = "when,p\n2024-12-31 23:45,1\n2024-12-31 00:00,2\n"
    series = only(read(text, stamp='"end"', midnight='"next-day"').series)

    assert slots(series) == ["2024-12-31T23:30:00+08:00", "2024-12-31T23:45:00+08:00"]
    assert series.values.tolist() == [10, 20]


def test_a_time_that_the_clock_shows_twice_or_never_is_rejected_and_its_neighbours_are_not(read: Read) -> None:
    text = "when,p\n2024-03-31 00:45,1\n2024-03-31 01:15,2\n2024-10-27 01:15,3\n2024-10-27 02:00,4\n"
    zone = {"slot": '"15m"', "timezone": '"Europe/London"'}
    readings = read(text, zone, allow_gaps=True, clock='"Europe/London"')

    assert [(r.line, r.field, r.value) for r in readings.rejected] == [
        (3, "when", "2024-03-31 01:15"),
        (4, "when", "2024-10-27 01:15"),
    ]
    assert "never" in readings.rejected[0].why
    assert "twice" in readings.rejected[1].why
    assert slots(only(readings.series), "UTC") == ["2024-03-31T00:45:00+00:00", "2024-10-27T02:00:00+00:00"]


def test_a_clock_without_summer_time_shows_every_time_once(read: Read) -> None:
    text = "when,p\n2024-03-31 01:15,2\n2024-07-01 12:00,3\n2024-10-27 01:15,3\n"
    readings = read(text, {"timezone": '"Europe/London"'}, allow_gaps=True, clock='"Europe/London"', dst='"standard"')

    assert readings.rejected == ()
    assert slots(only(readings.series), "UTC") == [
        "2024-03-31T01:15:00+00:00",
        "2024-07-01T12:00:00+00:00",
        "2024-10-27T01:15:00+00:00",
    ]


def test_a_time_that_does_not_exist_is_rejected_only_in_a_row_with_a_value(read: Read) -> None:
    text = "when,p,q\n2024-03-31 00:00,1,1\n2024-03-31 01:00,,2\n2024-03-31 02:00,3,3\n"
    hour = {"slot": '"1h"', "timezone": '"Europe/London"'}
    readings = read(
        text, hour | {"clock": '"Europe/London"'}, (hour | {"id": '"q"', "column": '"q"', "clock": '"UTC"'},)
    )

    assert readings.rejected == ()
    assert [series.values.tolist() for series in readings.series] == [[10, 30], [10, 20, 30]]


@pytest.mark.parametrize(
    ("format", "stamp"),
    [
        ("%d/%m/%Y %H:%M", "31/02/2018 10:00"),
        ("iso", "2018-02-31"),
        ("iso", "yesterday"),
        ("iso", ""),
        ("iso", "0018-01-01"),
        ("iso", "2218-01-01"),
        ("iso", "2018-01-01T00:00:00.0005"),
        ("iso", "2018-01-01T00:00:00.0000009"),
        ("iso", "2018-01-01T00:00:00.00000001+08:00"),
        ("iso", "20180101T000000.0000000001"),
        ("iso", "2018-01-01T00:00:00+08:00:00.000001"),
        ("iso", "2018-01-01T00:00:00-08:00:00.0000001"),
        ("unix_s", "1e9"),
        ("unix_s", "-5"),
        ("unix_s", "99999999999999999999"),
        ("unix_ms", "1710029700000000"),
        ("iso", "1" * 9_999),
        ("%Y%m%d %H%M", "20240310 100"),
        ("%Y%m%d %H%M", "2024310 0100"),
        ("%Y%m%d %H%M", "20240310 10"),
        ("%Y%m%d%H%M", "20240310100"),
        ("%m/%d/%Y %H%M", "3/10/2024 815"),
        ("%d%m%Y", "1112024"),
        ("%y%m%d", "40310"),
        ("%Y%j", "202470"),
        ("%H%M%S%f %Y-%m-%d", "10000000 2024-03-10"),
        ("%d%b%Y", "1 1mar2024"),
    ],
)
def test_a_text_that_is_not_a_time_is_rejected_with_its_line(read: Read, format: str, stamp: str) -> None:
    readings = read(f"when,p\n{stamp},1\n", format=f'"{format}"')

    assert [(r.line, r.field, r.value[:20]) for r in readings.rejected] == [(2, "when", stamp[:20])]
    assert readings.series == ()


def test_a_time_without_offset_needs_a_clock(read: Read) -> None:
    readings = read("when,p\n2024-01-01T00:00Z,1\n2024-01-01T00:15,1\n", clock="")

    assert [(r.line, "`clock`" in r.why) for r in readings.rejected] == [(3, True)]


@pytest.mark.parametrize(
    ("slot", "stamp", "fits"),
    [
        ("15m", "2024-03-10 08:17", False),
        ("15m", "2024-03-10 08:15:01", False),
        ("1h", "2024-03-10 08:30", False),
        ("day", "2024-03-10", True),
        ("day", "2024-03-10 01:00", False),
        ("month", "2024-03-01", True),
        ("month", "2024-03-10", False),
        ("1m", "2024-03-10 08:17", True),
    ],
)
def test_a_timestamp_off_the_grid_is_rejected(read: Read, slot: str, stamp: str, fits: bool) -> None:
    readings = read(f"when,p\n{stamp},1\n", {"slot": f'"{slot}"'})

    assert (readings.rejected_count, len(readings.series)) == ((0, 1) if fits else (1, 0))
    assert fits or (readings.rejected[0].value == stamp and "off the grid" in readings.rejected[0].why)


def test_a_row_off_the_grid_is_one_rejection_if_any_point_of_the_grid_has_a_value_there(read: Read) -> None:
    readings = read("when,p,q\n2024-03-10 08:17,,1\n2024-03-10 08:18,,\n", more=({"id": '"q"', "column": '"q"'},))

    assert [(r.line, r.field) for r in readings.rejected] == [(2, "when")]


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("America/Santiago", "2024-09-07"),
        ("Africa/Cairo", "2024-04-25"),
        ("Asia/Beirut", "2024-03-30"),
        ("America/Havana", "2024-11-02"),
        ("America/Sao_Paulo", "2017-10-14"),
        ("Pacific/Apia", "2011-12-28"),
        ("Europe/London", "2024-03-30"),
    ],
)
@pytest.mark.parametrize(
    ("file", "time"),
    [({}, ""), ({}, " 00:00"), ({"stamp": '"end"', "midnight": '"next-day"'}, ""), ({"clock": '"UTC"'}, "")],
)
@pytest.mark.parametrize("day_begins", [0, 1, 6])
def test_a_date_names_the_points_own_day_where_the_clock_skips_or_repeats_midnight_too(
    read: Read, zone: str, first: str, file: dict[str, str], time: str, day_begins: int
) -> None:
    """As a question for the same date does."""
    if time:
        time = f" {day_begins:02d}:00"
    days = [(datetime.fromisoformat(first) + timedelta(n)).date().isoformat() for n in range(2)]
    text = "when,p\n" + "".join(f"{day}{time},{n + 1}\n" for n, day in enumerate(days))
    point = {"slot": '"day"', "timezone": f'"{zone}"', "day_begins": str(day_begins)}
    readings = read(text, point, **({"clock": f'"{zone}"'} | file))

    assert readings.rejected == ()
    series = only(readings.series)
    assert series.starts.tolist() == [parse_time(day, Zone(zone), day_begins) for day in days]
    assert series.values.tolist() == [10, 20]


def test_a_date_names_a_day_of_the_law_where_the_clock_stays_on_standard_time(read: Read) -> None:
    point = {"slot": '"month"', "timezone": '"Europe/Berlin"'}
    readings = read("when,p\n2025-06-01,1\n", point, clock='"Europe/Berlin"', dst='"standard"')

    assert slots(only(readings.series), "Europe/Berlin") == ["2025-06-01T00:00:00+02:00"]


def test_a_date_that_a_zone_skipped_starts_no_day_and_ends_the_one_before(read: Read) -> None:
    file = {"clock": '"Pacific/Apia"'}
    point = {"slot": '"day"', "timezone": '"Pacific/Apia"'}
    text = "when,p\n2011-12-30,1\n"

    assert [(r.line, "never" in r.why) for r in read(text, point, **file).rejected] == [(2, True)]
    ended = read(text, point, **file, stamp='"end"')
    assert slots(only(ended.series), "Pacific/Apia") == ["2011-12-29T00:00:00-10:00"]


def test_a_time_that_the_clock_never_shows_is_no_name_of_a_day(read: Read) -> None:
    point = {"slot": '"day"', "timezone": '"America/Santiago"'}
    readings = read("when,p\n2024-09-08 00:30,1\n", point, clock='"America/Santiago"')

    assert [(r.line, "never" in r.why) for r in readings.rejected] == [(2, True)]


def test_the_clock_may_be_in_another_zone_than_the_point(read: Read) -> None:
    readings = read("when,p\n2024-03-09 16:00,1\n", {"slot": '"day"', "timezone": '"+08:00"'}, clock='"UTC"')

    assert int(only(readings.series).starts[0]) == int(datetime(2024, 3, 9, 16, tzinfo=UTC).timestamp()) * 1000
