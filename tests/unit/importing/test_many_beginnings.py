"""Files of a day each, imported from the newest to the oldest, never use up the room of a point for its series."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.unit.importing.file_import import ORG, FileImports
from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.ids import Digest
from veriwatt.importing.beginnings import MOST_EXACT, beginning
from veriwatt.metering.calendars import next_version
from veriwatt.model.points.point_record import MOST_SERIES, PointRecord, PointSeries
from veriwatt.node.home import Home
from veriwatt.units import DAY, Interval

ZONE = "Europe/Amsterdam"
FIRST_YEARS = Interval(parse_time("1961-01-01", Zone.parse(ZONE)), parse_time("2100-01-01", Zone.parse(ZONE)))


def _file(day: date) -> str:
    return f"when,p\n{day} 12:00,1\n"


def _record(beginnings: int) -> PointRecord:
    """A point that never changed and has begun so often."""
    edges = [*range(beginnings), None]
    return PointRecord(tuple(PointSeries("g", 1, Digest(bytes(32)), n, end, 0) for n, end in enumerate(edges[1:])))


@settings(max_examples=10, phases=[Phase.generate])  # each is 171 beginnings
@given(st.integers(1, 400 * DAY), st.integers(0, 23))
def test_no_order_of_files_takes_more_than_two_thirds_of_the_room(step: int, day_begins: int) -> None:
    """Each file has the slots of just before the one that was imported last."""
    times, begins, first = 0, FIRST_YEARS.end, FIRST_YEARS.end
    while begins > FIRST_YEARS.start:
        first = min(begins - 1, first - step)
        begins = beginning(first, ZONE, day_begins, [None, _record(times)] if times else [None])
        times += 1
    assert times < MOST_SERIES * 2 // 3 + 8


def test_files_of_one_year_share_its_beginning_once_a_point_has_begun_often(tmp_path: Path) -> None:
    imports, newest = FileImports(tmp_path), date(2024, 6, 1)
    imports.add(_file(newest))
    with Home(imports.root) as home:
        client = home.member_client(ORG)
        for _ in range(MOST_EXACT - 1):
            group = home.points.group_of(ORG, "p")
            at = group.version.effective_from - DAY
            client.submit(next_version(group.version.group, at, group.definitions, home.clock.now(), group.version))
    older = [newest - timedelta(days) for days in (40, 50, 60, 200, 210)]
    begun = [[each.begins for each in imports.add(_file(day)).moved] for day in older]
    years = [parse_time(f"{year}-01-01", Zone.parse(ZONE)) for year in (2024, 2023)]
    assert begun[1:] == [[years[0]], [], [years[1]], []]
    assert imports.totals("2023-01-01", "2025-01-01", "1y") == ["2.0", "4.0"], "every file counts"
    with Home(imports.root) as home:
        record = home.points.record(ORG, "p")
        assert record is not None
        assert len(record.series) == MOST_EXACT + 3
        group, now = home.points.group_of(ORG, "p"), home.clock.now()
        changed = replace(group.definitions[0], terminal="t1")
        home.member_client(ORG).submit(next_version(group.version.group, now + DAY, (changed,), now, group.version))
        assert home.points.group_of(ORG, "p").definitions == (changed,)
