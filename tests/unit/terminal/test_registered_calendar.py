"""A terminal reads at the slots of the registered calendar, also where its own zone table has others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.terminal.one_point import one_point
from veriwatt.metering.calendars import zone_calendar
from veriwatt.metering.columns import stated_column
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.model.terminals.handover import HandedGroup, HandedVersion
from veriwatt.terminal.config.terminal_toml import parse_config
from veriwatt.terminal.sampling.sampler import Sampler
from veriwatt.terminal.sampling.samples import SampleColumns
from veriwatt.terminal.sampling.slot_grid import GroupCalendars
from veriwatt.terminal.spool.spool import Spool
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.counting_meter import CountingMeter
from veriwatt.units import DAY, HOUR, Interval, UtcMillis

JULY = 20_650 * DAY
"""Midnight UTC of a day in July; in Paris summer time begins days at 22:00 UTC, in winter time at 23:00."""

CONFIG = parse_config(one_point('type = "u32"\nkind = "interval"\nslot = "2h"', timezone="Europe/Paris"))
POINT = PointDefinition("p", "electricity", "kWh", Kind.INTERVAL, 0, 1, "2h", "Europe/Paris", terminal="t")
SUMMER = zone_calendar("Europe/Paris", 0)
NO_SUMMER = zone_calendar("+01:00", 0)
"""What the org registers for Paris once summer time is abolished; the terminal's table does not know of it."""


def handed(*versions: tuple[UtcMillis, Calendar]) -> HandedGroup:
    made = [HandedVersion(n, start, calendar, (POINT,)) for n, (start, calendar) in enumerate(versions, 1)]
    return HandedGroup("main", KeyWindow.DAY, 0, 1, tuple(made))


class World:
    def __init__(self, path: Path) -> None:
        self.clock, self.spool = SimClock(JULY), Spool(path)

    def run(self, group: HandedGroup, until: UtcMillis) -> SampleColumns:
        """Every sample after a run until then, from a restart."""
        meters = {"m": CountingMeter(self.clock, JULY)}
        sampler = Sampler(CONFIG, meters, self.spool, self.clock, [group])

        async def drive() -> None:
            running = asyncio.create_task(sampler.run(until))
            await self.clock.drive(until)
            await running

        asyncio.run(drive())
        return self.spool.unframed(["p"], 2**62)["p"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "spool.db")
    yield made
    made.spool.close()


def test_the_slots_read_are_those_of_the_registered_calendar(world: World) -> None:
    found = world.run(handed((0, NO_SUMMER)), JULY + DAY)
    assert set(found.starts // HOUR % 2) == {1}, "from 23:00 UTC on, every two hours"
    window = Interval(JULY - HOUR, JULY + DAY + HOUR)
    column = stated_column(NO_SUMMER, POINT, window, found.starts, found.values, found.statuses)
    assert (column.codes != 0).sum() == len(found) == 12


def test_gaps_after_an_interruption_follow_each_calendar_in_its_time(world: World) -> None:
    change = JULY + DAY - HOUR  # a day begins here by the calendar without summer time
    world.run(handed((0, SUMMER)), JULY + 4 * HOUR)
    world.clock.advance_to(JULY + 2 * DAY + HOUR)
    found = world.run(handed((0, SUMMER), (change, NO_SUMMER)), JULY + 2 * DAY + 5 * HOUR)
    before = found.starts[found.starts < change]
    assert set(before // HOUR % 2) == {0}
    assert set(found.starts[found.starts >= change] // HOUR % 2) == {1}
    assert before[-1] == change - 3 * HOUR, "a slot that the change divides is none"


def test_beyond_the_covered_days_the_table_of_the_machine_is_used(world: World) -> None:
    covered = zone_calendar("+01:00", 0, 2000, 2001)
    found = world.run(handed((0, covered)), JULY + DAY)
    assert set(found.starts // HOUR % 2) == {0}
    grid = GroupCalendars([handed((0, covered))]).grid("main", POINT, JULY)
    assert grid.ends_slot(JULY + 2 * HOUR)
