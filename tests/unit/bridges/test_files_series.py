from __future__ import annotations

import numpy as np
import pytest

from tests.unit.bridges.file_world import Read
from veriwatt.bridges.files import build_series
from veriwatt.crypto.hashing import sha256
from veriwatt.model.frames.origin import File
from veriwatt.model.points.status import Status

HOLE = "when,p\n2024-03-10 00:00,1\n2024-03-10 00:15,0\n2024-03-10 01:00,3\n"


def test_a_slot_without_a_value_between_first_and_last_is_a_gap_and_a_zero_is_not(read: Read) -> None:
    (series,) = read(HOLE).series

    assert series.values.tolist() == [10, 0, 0, 0, 30]
    assert [Status(s) for s in series.statuses] == [
        Status.MEASURED,
        Status.MEASURED,
        Status.GAP,
        Status.GAP,
        Status.MEASURED,
    ]
    assert (series.ends == series.starts + 900_000).all()


def test_a_missing_text_is_a_gap_between_readings_and_nothing_at_the_ends(read: Read) -> None:
    text = "when,p,q\n2024-03-10 00:00,NaN,1\n2024-03-10 00:15,2,\n2024-03-10 00:30,3,4\n2024-03-10 00:45,,\n"
    readings = read(text, more=({"id": '"q"', "column": '"q"'},), missing='["", "NaN"]')

    assert [(s.values.tolist(), s.statuses.tolist()) for s in readings.series] == [
        ([20, 30], [1, 1]),
        ([10, 0, 40], [1, 4, 1]),
    ]
    assert readings.rows == 4


def test_rows_may_come_in_any_order(read: Read) -> None:
    header, *rows = HOLE.splitlines()
    (given,), (turned,) = read(HOLE).series, read("\n".join([header, *reversed(rows)])).series

    assert (given.values.tolist(), given.starts.tolist()) == (turned.values.tolist(), turned.starts.tolist())


def test_a_gas_day_begins_at_six(read: Read) -> None:
    days = {"slot": '"day"', "day_begins": "6", "timezone": '"Europe/Berlin"'}
    text = "when,p\n2024-03-30 06:00,1\n2024-03-31 06:00,2\n"
    (series,) = read(text, days, clock='"Europe/Berlin"').series

    assert ((series.ends - series.starts) // 3_600_000).tolist() == [23, 24]
    assert series.definition.day_begins == 6
    assert read(text.replace("06:00", "00:00"), days, clock='"Europe/Berlin"').rejected_count == 2


def test_a_bare_date_names_the_gas_day_of_that_date(read: Read) -> None:
    days = {"slot": '"day"', "day_begins": "6", "timezone": '"Europe/Berlin"'}
    clock = '"Europe/Berlin"'
    by_time = read("when,p\n2024-03-30 06:00,1\n2024-03-31 06:00,2\n", days, clock=clock).series
    bare = "when,p\n2024-03-30,1\n2024-03-31,2\n"
    for format in ('"iso"', '"%Y-%m-%d"'):
        (series,) = read(bare, days, clock=clock, format=format).series
        assert series.starts.tolist() == by_time[0].starts.tolist()
    closing = read("when,p\n2024-03-30,1\n2024-03-31,2\n", days, clock=clock, stamp='"end"', midnight='"next-day"')
    assert closing.rejected == ()
    assert closing.series[0].starts.tolist() == by_time[0].starts.tolist()


def test_the_day_when_clocks_go_back_has_25_hours(read: Read) -> None:
    text = "when,p\n" + "".join(f"2024-10-27T{h:02d}:00+01:00,{h}\n" for h in range(25 - 1)) + "2024-10-28T00:00Z,9\n"
    (series,) = read(text, {"slot": '"1h"', "timezone": '"Europe/London"'}, clock="").series

    assert len(series.starts) == 26
    assert (np.diff(series.starts) == 3_600_000).all()


def test_a_month_slot_is_as_long_as_its_month(read: Read) -> None:
    (series,) = read("when,p\n2024-01-01,1\n2024-04-01,2\n", {"slot": '"month"'}).series

    assert ((series.ends - series.starts) // 86_400_000).tolist() == [31, 29, 31, 30]


def test_more_slots_than_a_file_may_have_are_rejected_as_a_wrong_date(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_series, "MOST_SLOTS", 90)
    text = "when,p\n2024-03-10 00:00,1\n2024-03-10 01:30,1\n"
    readings = read(text, {"slot": '"1m"'})

    assert [(r.line, "correct the date" in r.why) for r in readings.rejected] == [(3, True)]
    assert readings.series == ()
    assert len(read(text.replace("01:30", "01:29"), {"slot": '"1m"'}).series[0].starts) == 90


def test_the_origin_is_the_raw_files_digest_its_name_and_the_settings(read: Read) -> None:
    readings = read(HOLE)
    settings = readings.series[0].settings

    assert readings.source.origin(settings) == File(sha256(HOLE.encode()), "works.csv", settings)


def test_the_arrays_of_a_series_are_read_only(read: Read) -> None:
    (series,) = read(HOLE).series

    with pytest.raises(ValueError, match="read-only"):
        series.values[0] = 1
    assert [str(a.dtype) for a in (series.starts, series.ends, series.values)] == ["int64"] * 3
    assert str(series.statuses.dtype) == "uint8"


@pytest.mark.parametrize(
    ("point", "file"),
    [
        ({"factor": '"10"'}, {}),
        ({"resolution": '"0.01"'}, {}),
        ({"round": "true"}, {}),
        ({"unit": '"MWh"'}, {}),
        ({"kind": '"instant"'}, {}),
        ({"timezone": '"UTC"'}, {}),
        ({}, {"stamp": '"end"'}),
        ({}, {"clock": '"UTC"'}),
        ({}, {"missing": '["-"]'}),
        ({}, {"midnight": '"next-day"'}),
        ({"slot": '"5m"'}, {}),
        ({}, {"format": '"%Y-%m-%d %H:%M"'}),
        ({"clock": '"Asia/Shanghai"', "dst": '"standard"'}, {}),
    ],
)
def test_the_settings_digest_differs_with_every_setting_that_values_follow_from(
    read: Read, point: dict[str, str], file: dict[str, str]
) -> None:
    (before,), (after,) = read(HOLE).series, read(HOLE, point, **file).series

    assert before.settings != after.settings


def test_the_settings_digest_is_the_same_in_every_process(read: Read) -> None:
    (series,) = read(HOLE, missing='["", "-", "NaN", "n/a", "null", "?"]').series

    assert series.settings.hex() == "3215b23676dd0fc4644dad5a750e00af156806163165a519f15824e207345688"


def test_the_settings_digest_does_not_depend_on_spelling(read: Read) -> None:
    (one,) = read(HOLE, missing='["", "-"]').series
    (other,) = read(
        HOLE, {"factor": '"1.0"', "resolution": "0.10", "group": '"g"', "clock": '"+08:00"'}, missing='["-", "", "-"]'
    ).series

    assert one.settings == other.settings


@pytest.mark.parametrize("repeats", ["refuse", "last", "sum"])
@pytest.mark.parametrize("blank", ["2024-03-10 00:45", "2024-03-09 23:45", "1999-03-10 00:45", "2042-03-10 00:45"])
def test_blank_cells_before_the_first_reading_or_after_the_last_are_counted_also_of_a_wrong_year(
    read: Read, blank: str, repeats: str
) -> None:
    """A blank between two readings is a gap."""
    rows = "2024-03-10 00:00,1\n2024-03-10 00:15,\n2024-03-10 00:30,3\n"
    readings = read(f"when,p\n{rows}{blank},\n", repeats=f'"{repeats}"')

    assert [series.values.tolist() for series in readings.series] == [[10, 0, 30]]
    assert (readings.blanks_beyond, readings.rejected_count) == (1, 0)


def test_blank_cells_beyond_the_readings_are_counted_for_each_point(read: Read) -> None:
    rows = "2024-03-10 00:00,1,\n2024-03-10 00:15,2,5\n2024-03-10 00:30,,6\n2024-03-10 00:45,,\n"
    readings = read(f"when,p,q\n{rows}", more=({"id": '"q"', "column": '"q"'},))

    assert readings.blanks_beyond == 4


def test_a_blank_of_the_slot_under_way_or_of_a_row_that_is_refused_for_another_point(read: Read) -> None:
    """The second is counted among the refused rows, and the first is a blank: it may have a value later."""
    rows = "2025-12-31 23:45,1,1\n2026-01-01 08:00,,\n2026-01-01 09:00,,3\n"
    readings = read(f"when,p,q\n{rows}", more=({"id": '"q"', "column": '"q"'},))

    assert (readings.blanks_beyond, readings.not_ended, readings.rejected_count) == (2, 0, 1)
