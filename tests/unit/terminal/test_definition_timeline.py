"""What a terminal states when its configuration differs from the definitions in force."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.terminal.one_point import one_point
from veriwatt.metering.calendars import zone_calendar
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind, Status
from veriwatt.model.terminals.handover import HandedGroup, HandedVersion
from veriwatt.terminal.config.terminal_toml import parse_config
from veriwatt.terminal.sampling.definition_timeline import definition_timelines, points_waiting
from veriwatt.terminal.sampling.sampler import Sampler
from veriwatt.terminal.spool.spool import Spool
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.counting_meter import CountingMeter
from veriwatt.units import DAY, HOUR, MINUTE, Decimal10, Interval, UtcMillis

MIDNIGHT = 20_600 * DAY
EVENING = MIDNIGHT - HOUR


def config(slot: str = "15m", kind: str = "interval", more: str = "") -> str:
    return one_point(f'type = "u32"\nkind = "{kind}"\nslot = "{slot}"\n{more}')


def definition(slot: str = "15m", name: str = "p") -> PointDefinition:
    return PointDefinition(name, "electricity", "kWh", Kind.INTERVAL, 0, 1, slot, "UTC", terminal="t")


def handed(*versions: tuple[UtcMillis, PointDefinition]) -> HandedGroup:
    return HandedGroup(
        "main",
        KeyWindow.DAY,
        0,
        1,
        tuple(HandedVersion(1, start, zone_calendar("UTC", 0), (d,)) for start, d in versions),
    )


class World:
    def __init__(self, path: Path) -> None:
        self.clock, self.spool = SimClock(EVENING), Spool(path)

    def run(self, text: str, group: HandedGroup, until: UtcMillis) -> None:
        """Run the terminal from a restart with this configuration."""
        sampler = Sampler(
            parse_config(text), {"m": CountingMeter(self.clock, EVENING)}, self.spool, self.clock, [group]
        )

        async def drive() -> None:
            running = asyncio.create_task(sampler.run(until))
            await self.clock.drive(until)
            await running

        asyncio.run(drive())

    def slots(self) -> list[tuple[int, int, int | None]]:
        """(start and end in minutes since midnight, value) of every slot in the spool."""
        found = self.spool.unframed(["p"], 2**62).get("p")
        if found is None:
            return []
        rows = zip(found.starts.tolist(), found.ends.tolist(), found.values.tolist(), found.statuses, strict=True)
        return [
            ((start - MIDNIGHT) // MINUTE, (end - MIDNIGHT) // MINUTE, None if status == Status.GAP else value)
            for start, end, value, status in rows
        ]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "spool.db")
    yield made
    made.spool.close()


def quarters(*values: int | None, since: int = 0) -> list[tuple[int, int, int | None]]:
    return [(since + 15 * n, since + 15 * n + 15, value) for n, value in enumerate(values)]


def test_a_point_has_no_slots_before_its_definition_is_in_force_and_a_value_in_the_first(world: World) -> None:
    world.run(config(), handed((EVENING - DAY, definition(name="q")), (MIDNIGHT, definition())), MIDNIGHT + HOUR)
    assert world.slots() == quarters(15, 15, 15, 15)


def test_a_point_without_a_definition_in_force_stores_no_samples(world: World) -> None:
    world.run(config(), handed((EVENING - DAY, definition(name="q"))), MIDNIGHT)
    assert world.slots() == []


def test_slots_get_finer_where_the_new_definition_starts(world: World) -> None:
    world.run(config("5m"), handed((EVENING - DAY, definition()), (MIDNIGHT, definition("5m"))), MIDNIGHT + 10 * MINUTE)
    assert world.slots() == [*quarters(None, 15, 15, 15, since=-60), (0, 5, 5), (5, 10, 5)]


def test_slots_get_coarser_where_the_new_definition_starts(world: World) -> None:
    group = handed((EVENING - DAY, definition("1h")), (MIDNIGHT, definition("day")))
    world.run(config("day"), group, MIDNIGHT + DAY)
    assert world.slots() == [(-60, 0, None), (0, 1440, 1440)], "the evening has no reading at its start"


def test_values_get_a_finer_resolution_where_the_new_definition_starts(world: World) -> None:
    finer = replace(definition(), scale=-1)
    group = handed((EVENING - DAY, definition()), (MIDNIGHT, finer))
    world.run(config(more='resolution = "0.1"'), group, MIDNIGHT + HOUR)
    assert world.slots() == [*quarters(None, 15, 15, 15, since=-60), *quarters(150, 150, 150, 150)]


def test_another_multiplier_makes_gaps_until_its_definition_is_in_force(world: World) -> None:
    group = handed((EVENING - DAY, definition()), (MIDNIGHT, replace(definition(), multiplier=Decimal10(2, 0))))
    world.run(config(), group, EVENING + 30 * MINUTE)
    world.run(config(more='multiplier = "2"\nresolution = "1"'), group, MIDNIGHT + 30 * MINUTE)
    assert world.slots() == [*quarters(None, 15, None, None, since=-60), *quarters(30, 30)]


def test_an_amount_that_the_meter_counts_is_stated_in_no_other_slot(world: World) -> None:
    group = handed((EVENING - DAY, definition()), (MIDNIGHT, definition("30m")))
    world.run(config("30m", more='source = "interval"'), group, MIDNIGHT + 30 * MINUTE)
    assert world.slots() == [*quarters(*[None] * 4, since=-60), (0, 30, 90)]


def test_the_sampler_wakes_where_a_new_definition_cuts_a_month_short(world: World) -> None:
    group = handed((EVENING - DAY, definition("month")), (MIDNIGHT, definition()))
    world.run(config(), group, MIDNIGHT + 30 * MINUTE)
    assert world.slots() == quarters(None, 15), "a month's end did not come, so nothing was read at midnight"


def test_missed_slots_become_gaps_in_the_slots_of_the_definitions_in_force(world: World) -> None:
    group = handed((EVENING - DAY, definition()), (MIDNIGHT, definition("5m")))
    world.run(config(), group, EVENING + 30 * MINUTE)
    world.clock.advance_to(MIDNIGHT + 7 * MINUTE)
    world.run(config("5m"), group, MIDNIGHT + 10 * MINUTE)
    assert world.slots() == [*quarters(None, 15, None, None, since=-60), (0, 5, None), (5, 10, None)]


def test_which_points_wait_and_until_when() -> None:
    other = parse_config(config(more='multiplier = "2"'))
    (changed,) = other.points
    cases = [
        (handed((0, definition())), {"p": None}),
        (handed((0, definition()), (MIDNIGHT, changed.definition)), {"p": MIDNIGHT}),
        (handed((0, changed.definition)), {}),
        (handed((0, definition(name="q")), (MIDNIGHT, changed.definition)), {"p": MIDNIGHT}),
    ]
    for group, expected in cases:
        assert points_waiting(other.points, definition_timelines(other, [group]), EVENING) == expected
    assert points_waiting(other.points, definition_timelines(other, []), EVENING) == {}


def test_a_version_that_leaves_a_point_as_it_is_starts_no_piece() -> None:
    group = handed((0, definition("month")), (MIDNIGHT, definition("month")))
    timeline = definition_timelines(parse_config(config("month")), [group])["p"]
    span = Interval(EVENING, MIDNIGHT + DAY)
    assert list(timeline.pieces(span)) == [(definition("month"), span)]
