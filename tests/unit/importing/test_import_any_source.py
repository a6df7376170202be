"""Importing from a source that is not a file: all that importing needs of a bridge is `metering.series`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import BadInput
from veriwatt.ids import Digest
from veriwatt.importing.import_readings import Imported
from veriwatt.loghost import recorder
from veriwatt.membership.member_client import LedgerRefused
from veriwatt.metering.calendars import zone_calendar
from veriwatt.metering.rejections import Rejections
from veriwatt.metering.series import Series, SourceReadings
from veriwatt.metering.slots import slots_of
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.origin import Bridge
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.testing.faults import Cut
from veriwatt.units import DAY, HOUR, Decimal10, Interval

ORG, FIRST = "Works", 19_000 * DAY
DAYS = 3
ONE = Decimal10(1, 0)


@dataclass(frozen=True, slots=True)
class Database:
    """The table `load(meter, at, kwh)` of a monitoring system, hourly; a null is a gap, a negative value an error."""

    name: str
    db: sqlite3.Connection

    def origin(self, settings: Digest) -> Bridge:
        return Bridge(self.name)

    def write(self, meter: str, hours: range, value: int | None = None) -> None:
        rows = [(meter, FIRST + h * HOUR, h % 24 if value is None else value) for h in hours]
        self.db.executemany("insert or replace into load values (?, ?, ?)", rows)

    def read(self, unit: str = "kWh") -> SourceReadings:
        rejections = Rejections(self.name)
        meters = [m for (m,) in self.db.execute("select distinct meter from load order by meter")]
        series = tuple(self._series(meter, unit, rejections) for meter in meters)
        rows = sum(len(s.starts) for s in series)
        return SourceReadings(self, series, rows, rejections.first(), rejections.count)

    def _series(self, meter: str, unit: str, rejections: Rejections) -> Series:
        rows = self.db.execute("select rowid, at, kwh from load where meter = ? order by at", (meter,)).fetchall()
        definition = PointDefinition(meter, "electricity", unit, Kind.INTERVAL, 0, 1, "1h", "UTC", multiplier=ONE)
        slots = slots_of(zone_calendar("UTC", 0), definition, Interval(rows[0][1], rows[-1][1] + HOUR))
        values, lines = np.zeros(len(slots.starts), np.int64), np.zeros(len(slots.starts), np.int32)
        statuses = np.full(len(slots.starts), Status.GAP, np.uint8)
        for number, at, kwh in rows:
            if kwh is not None and kwh < 0:
                rejections.add(number, "kwh", kwh, "negative energy")
            elif kwh is not None:
                i = (at - FIRST) // HOUR - (rows[0][1] - FIRST) // HOUR
                values[i], lines[i], statuses[i] = kwh, number, Status.MEASURED
        bounds = slots.starts, slots.ends
        settings = sha256(f"load {unit}".encode())
        none, no_blanks = np.zeros_like(statuses), np.zeros((2, 0), np.int64)
        return Series("kwh", definition, "main", settings, False, *bounds, values, statuses, none, lines, no_blanks)


@pytest.fixture
def database() -> Iterator[Database]:
    db = sqlite3.connect(":memory:")
    db.execute("create table load(meter text, at integer, kwh integer, primary key (meter, at))")
    made = Database("scada", db)
    made.write("oven", range(DAYS * 24))
    made.write("press", range(DAYS * 24))
    yield made
    db.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    init_home(tmp_path / "home", ORG, unprotected=True)
    return tmp_path / "home"


def run(root: Path, readings: SourceReadings, *, keep_good: bool = False) -> Imported:
    with Home(root) as home:
        return home.readings_import().run(readings, keep_good=keep_good, on_progress=lambda _: None)


def measured(root: Path, point: str) -> list[int]:
    with Home(root) as home:
        rows = home.view().read(ORG, point, FIRST, FIRST + 10 * DAY)
        return list(map(int, rows.values[rows.statuses == Status.MEASURED]))


def test_every_reading_of_a_database_is_imported_under_the_origin_of_its_bridge(root: Path, database: Database) -> None:
    done = run(root, database.read())

    assert (done.frames, done.slots[Status.MEASURED], done.rejected_count) == (DAYS, 2 * DAYS * 24, 0)
    assert measured(root, "press") == [h % 24 for h in range(DAYS * 24)]
    with Home(root) as home:
        chain = home.org_log(ORG).chain
        assert {parse_frame(chain.upload(p)).header.origin for p in range(DAYS)} == {Bridge("scada")}


def test_the_same_readings_again_add_nothing(root: Path, database: Database) -> None:
    run(root, database.read())
    done = run(root, database.read())

    assert (done.frames, sum(done.slots.values()), done.rejected_count) == (0, 0, 0)


def test_only_new_slots_of_a_longer_table_are_imported(root: Path, database: Database) -> None:
    run(root, database.read())
    database.write("oven", range(DAYS * 24, DAYS * 24 + 5))
    done = run(root, database.read())

    assert (done.frames, done.slots[Status.MEASURED]) == (1, 5)


def test_a_value_over_a_gap_is_a_new_version_and_a_gap_over_a_value_is_skipped(root: Path, database: Database) -> None:
    database.db.execute("update load set kwh = null where meter = 'oven' and at = ?", (FIRST + 30 * HOUR,))
    gap = run(root, database.read())
    database.write("oven", range(30, 31), 77)
    filled = run(root, database.read())
    database.db.execute("update load set kwh = null where meter = 'oven' and at = ?", (FIRST + 30 * HOUR,))
    emptied = run(root, database.read())

    assert [(d.slots[Status.GAP], d.slots[Status.MEASURED]) for d in (gap, filled, emptied)] == [
        (1, 2 * DAYS * 24 - 1),
        (0, 1),
        (0, 0),
    ]
    with Home(root) as home:
        assert len(home.view().versions(ORG, "oven", FIRST + 30 * HOUR)) == 2


def test_a_rejected_row_stops_the_import_and_names_its_place(root: Path, database: Database) -> None:
    database.write("press", range(10, 11), -1)
    done = run(root, database.read())

    assert (done.frames, done.rejected_count) == (0, 1)
    line = database.db.execute("select rowid from load where kwh < 0").fetchone()[0]
    assert str(done.rejected[0]) == f"scada:{line}: kwh '-1': negative energy"
    with Home(root) as home:
        assert home.org_log(ORG).chain.size == 0


def test_with_keep_good_the_accepted_values_are_imported_beside_the_rejection(root: Path, database: Database) -> None:
    database.write("press", range(10, 11), -1)
    done = run(root, database.read(), keep_good=True)

    assert (done.frames, done.rejected_count) == (DAYS, 1)
    assert len(measured(root, "press")) == DAYS * 24 - 1


def test_another_value_is_a_conflict_that_names_the_recorded_one(root: Path, database: Database) -> None:
    run(root, database.read())
    database.write("press", range(10, 11), 99)
    done = run(root, database.read())

    assert (done.frames, done.rejected_count) == (0, 1)
    assert (done.rejected[0].field, done.rejected[0].value) == ("kwh", "99")
    assert "has 10 kWh already; `veriwatt correct`" in done.rejected[0].why


def test_a_point_with_another_unit_is_refused(root: Path, database: Database) -> None:
    run(root, database.read())

    with pytest.raises(BadInput, match="registered already, with another unit"):
        run(root, database.read("MWh"))


def test_the_next_import_completes_an_interrupted_one(
    root: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(accepted: int) -> None:
        if accepted == 2:
            raise Cut

    monkeypatch.setattr(recorder, "FRAMES_AT_ONCE", 1)
    with Home(root) as home, pytest.raises(Cut):
        home.readings_import().run(database.read(), on_progress=cut)
    done = run(root, database.read())

    assert measured(root, "oven") == [h % 24 for h in range(DAYS * 24)]
    assert done.slots[Status.MEASURED] == 2 * 24, "two days were accepted before"
    with Home(root) as home:
        log = home.org_log(ORG)
        assert (log.chain.size, home.readings.first_unanchored(ORG)) == (DAYS, None)


def test_a_point_that_differs_from_another_in_capitals_is_refused_before_anything_is_written(
    root: Path, database: Database
) -> None:
    run(root, database.read())
    database.write("Press", range(5))
    with Home(root) as home:
        with pytest.raises(LedgerRefused, match="looks like"):
            home.import_planner().plan(database.read())
        assert home.org_log(ORG).chain.size == DAYS
