"""Files that are written, imported and queried in one process, for the tests of importing."""

from __future__ import annotations

from pathlib import Path

from tests.unit.bridges.file_world import FILE, POINT, toml
from veriwatt.bridges.files.mapping import load_mapping
from veriwatt.bridges.files.read_file import read_file
from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.importing.import_readings import Imported
from veriwatt.importing.plan import ImportPlan
from veriwatt.metering.calendars import next_version
from veriwatt.metering.series import SourceReadings
from veriwatt.model.points.point import PointDefinition
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.ports.clock import Clock
from veriwatt.reading.query import point_totals
from veriwatt.units import Interval, UtcMillis

ORG = "Works"


class FileImports:
    """One home; the rows of each import have a time and a value, and a mapping with some keys of its own."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self.folder, self.root, self.clock = folder, folder / "home", clock
        init_home(self.root, ORG, unprotected=True, clock=clock)

    def mapping(self, point: dict[str, str], file: dict[str, str]) -> Path:
        path = self.folder / "m.toml"
        path.write_text(toml(FILE | file, POINT | {"id": '"p"', "timezone": '"Europe/Amsterdam"'} | point))
        return path

    def plan(self, text: str, point: dict[str, str] | None = None, **file: str) -> ImportPlan:
        with Home(self.root, self.clock) as home:
            return home.import_planner().plan(self._read(home, text, point or {}, file))

    def add(self, text: str, point: dict[str, str] | None = None, *, keep_good: bool = False, **file: str) -> Imported:
        with Home(self.root, self.clock) as home:
            readings = self._read(home, text, point or {}, file)
            return home.readings_import().run(readings, keep_good=keep_good, on_progress=lambda _: None)

    def redefine(self, *changed: PointDefinition, group: str = "readings") -> UtcMillis:
        """Define the points of a group anew from the second midnight to come on; returns it."""
        with Home(self.root, self.clock) as home:
            newest, now = home.points.newest(ORG, group).version, home.clock.now()
            midnight = newest.calendar.day_start(newest.calendar.day_of(now) + 2)
            home.member_client(ORG).submit(next_version(group, midnight, changed, now, newest))
        return midnight

    def totals(self, start: str, end: str, every: str, point: str = "p") -> list[str | None]:
        """The values of a query; times are on the point's clock."""
        with Home(self.root, self.clock) as home:
            view, definition = home.view(), home.points.find(point)[1]
            zone = Zone.parse(definition.timezone)
            span = Interval(parse_time(start, zone), parse_time(end, zone))
            found = point_totals(view, ORG, definition, span, every, home.points.history)
            return [None if t.value is None else str(definition.value(t.value)) for t in found.totals]

    def read(self, text: str) -> SourceReadings:
        with Home(self.root, self.clock) as home:
            return self._read(home, text, {}, {})

    def _read(self, home: Home, text: str, point: dict[str, str], file: dict[str, str]) -> SourceReadings:
        source = self.folder / "readings.csv"
        source.write_text(text)
        return read_file(source, load_mapping(self.mapping(point, file)), now=home.clock.now())
