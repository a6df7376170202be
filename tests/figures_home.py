"""A small home with a point of every kind whose figures are hard to tell: steps of registers, gaps, other countries.

One point had another unit, direction and slot until the 12th day, and one will have others from tomorrow on.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from veriwatt.bridges.files.mapping import load_mapping
from veriwatt.bridges.files.read_file import read_file
from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.metering.calendars import next_version
from veriwatt.model.points.status import Direction
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.edits import replace
from veriwatt.units import DAY, HOUR, UtcMillis

ORG = "works"
DAYS, CHANGE = 24, 12
LOCAL = Zone.parse("Asia/Shanghai")
FIRST = datetime(2026, 9, 1, tzinfo=UTC)
"""Its fields are those of the local clock."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A point of the home, as it is defined on these `days`: the keys of its mapping, and the minutes of its slot."""

    id: str
    minutes: int
    rule: str
    days: range = range(DAYS)

    @property
    def unit(self) -> str:
        return self.rule.partition('unit = "')[2].partition('"')[0]


_BEFORE = 'kind = "interval"\nunit = "kWh"\nenergy = "electricity"\nresolution = "0.1"\n'
_AFTER = 'kind = "interval"\nunit = "MWh"\nenergy = "electricity"\nresolution = "0.1"\ndirection = "generation"\n'

POINTS = (
    Shown("hall.total", 15, 'kind = "interval"\nunit = "kWh"\nenergy = "electricity"\nresolution = "0.01"\n'),
    Shown(
        "hall.meter",
        15,
        'kind = "register"\nunit = "kWh"\nenergy = "electricity"\nresolution = "0.1"\nwidth = "10000"\nrate = "400"\n',
    ),
    Shown("roof.pv", 15, 'kind = "interval"\nunit = "kWh"\nenergy = "electricity"\ndirection = "generation"\n'),
    Shown("hall.power", 15, 'kind = "instant"\nunit = "kW"\nenergy = "electricity"\nresolution = "0.1"\n'),
    Shown(
        "shed.gas", 60, 'kind = "interval"\nunit = "m3"\nenergy = "natural_gas"\ntimezone = "+08:00"\nday_begins = 6\n'
    ),
    Shown(
        "ranch.total", 60, 'kind = "interval"\nunit = "kWh"\nenergy = "electricity"\ntimezone = "America/Los_Angeles"\n'
    ),
    Shown("yard.turned", 15, _BEFORE, range(CHANGE - 1)),
    Shown("yard.turned", 60, _AFTER, range(CHANGE, DAYS)),
    Shown("yard.later", 15, _BEFORE),
)
SLOTS = {15: "15m", 60: "1h"}
HEAD = '[file]\ntimestamp = "time"\nformat = "%Y-%m-%d %H:%M"\nclock = "+08:00"\nstamp = "end"\n'


def build_figures_home(folder: Path, drawn: random.Random) -> Path:
    """The home: 24 days of each point, with values, gaps and mishaps of the meters drawn anew."""
    root, change = folder / "home", parse_time(f"{FIRST + timedelta(days=CHANGE):%Y-%m-%d}", LOCAL)
    files = {point: _files(folder, point, drawn) for point in POINTS}
    earlier = [point for point in POINTS if point.days.stop < CHANGE]
    then = SimClock(change - DAY // 2)
    init_home(root, ORG, unprotected=True, clock=then)
    with Home(root, then) as home:
        for point in earlier:
            _import(home, *files.pop(point))
            _redefine(home, point.id, change, "1h")
    with Home(root) as home:
        for each in files.values():
            _import(home, *each)
        _redefine(home, "yard.later", LOCAL.midnight(LOCAL.day(home.clock.now() + DAY + HOUR)), "day")
        home.view()
    return root


def _files(folder: Path, point: Shown, drawn: random.Random) -> tuple[Path, Path]:
    """The point's table and mapping."""
    name = f"{point.id}.{point.days.start}"
    source, mapping = folder / f"{name}.csv", folder / f"{name}.toml"
    source.write_text("\n".join(["time,value", *_rows(point, drawn)]) + "\n")
    zone = "" if "timezone" in point.rule else f'timezone = "{LOCAL.name}"\n'
    slot = f'slot = "{SLOTS[point.minutes]}"\n'
    mapping.write_text(f'{HEAD}\n[[point]]\nid = "{point.id}"\ncolumn = "value"\n{slot}{zone}{point.rule}')
    return source, mapping


def _import(home: Home, source: Path, mapping: Path) -> None:
    read = read_file(source, load_mapping(mapping), now=home.clock.now())
    home.readings_import().run(read, on_progress=lambda _: None)


def _redefine(home: Home, point: str, begins: UtcMillis, slot: str) -> None:
    """From `begins` on the point is in MWh, of generation, in slots of `slot`."""
    found = home.points.group_of(ORG, point)
    to_come = {"unit": "MWh", "direction": Direction.GENERATION, "slot": slot}
    defined = tuple(replace(d, **to_come) if d.id == point else d for d in found.definitions)
    group, now = found.version.group, home.clock.now()
    home.member_client(ORG).submit(next_version(group, begins, defined, now, found.version))


def _rows(point: Shown, drawn: random.Random) -> Iterator[str]:
    slots, first = len(point.days) * 1440 // point.minutes, FIRST + timedelta(days=point.days.start)
    gaps = {drawn.randrange(1, slots) for _ in range(slots // 40)}
    begin = drawn.randrange(slots // 4, slots // 2)
    gaps |= set(range(begin, begin + drawn.randrange(20, 300)))
    values = _register(slots, drawn) if "register" in point.rule else _amounts(point, slots, drawn)
    for n, value in enumerate(values, 1):
        stamp = first + timedelta(minutes=n * point.minutes)
        yield f"{stamp:%Y-%m-%d %H:%M},{'' if n in gaps and n < slots else value}"


def _amounts(point: Shown, slots: int, drawn: random.Random) -> Iterator[str]:
    for n in range(slots):
        busy = 8 <= n * point.minutes // 60 % 24 < 19
        yield f"{drawn.randrange(100, 900) + (2500 if busy else 0)}.{drawn.randrange(10)}"


def _register(slots: int, drawn: random.Random) -> Iterator[str]:
    """A counter of four digits that turns over, with a spike, and one fall that nothing explains."""
    spike, fall = drawn.randrange(slots // 2, slots - 200), drawn.randrange(200, slots // 4)
    reading = drawn.randrange(90_000)
    for n in range(slots):
        reading = (reading - 3_000 if n == fall else reading + drawn.randrange(150)) % 100_000
        shown = reading + 40_000 if n == spike and reading < 50_000 else reading
        yield f"{shown // 10}.{shown % 10}"
