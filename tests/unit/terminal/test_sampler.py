from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.unit.terminal.one_point import REGISTER, meter, point_of, terminal_of
from veriwatt.model.points.status import Status
from veriwatt.terminal.config.terminal_config import TerminalConfig
from veriwatt.terminal.config.terminal_toml import parse_config
from veriwatt.terminal.drivers.base import Address, Reading
from veriwatt.terminal.sampling.sampler import Sampler
from veriwatt.terminal.spool.spool import Spool
from veriwatt.terminal.spool.spool_errors import SpoolFull
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.counting_meter import CountingMeter
from veriwatt.units import DAY, HOUR, MINUTE, Decimal10, UtcMillis

QUARTER = 15 * MINUTE
NOON = 20_600 * DAY + 12 * HOUR

COUNTED = f'{REGISTER}\ntype = "u32"\nkind'
CONFIG = terminal_of(
    meter("a"),
    meter("b"),
    point_of("a", "a/active", f'{COUNTED} = "register"'),
    point_of("a", "a/hour", f'{COUNTED} = "interval"\nslot = "1h"'),
    point_of("b", "b/active", f'{COUNTED} = "register"'),
)


class World:
    def __init__(self, path: Path) -> None:
        self.clock = SimClock(NOON)
        self.config: TerminalConfig = parse_config(CONFIG)
        self.meters = {"a": CountingMeter(self.clock, NOON), "b": CountingMeter(self.clock, NOON)}
        self.spool = Spool(path)
        self.sampler = Sampler(self.config, self.meters, self.spool, self.clock)

    def restart(self) -> None:
        self.sampler = Sampler(self.config, self.meters, self.spool, self.clock)

    def run(self, until: UtcMillis) -> None:
        async def drive() -> None:
            running = asyncio.create_task(self.sampler.run(until))
            await self.clock.drive(until)
            await running

        asyncio.run(drive())

    def collect(self, t: UtcMillis) -> int:
        self.clock.advance_to(max(t, self.clock.now()))
        return asyncio.run(self.sampler.collect(t))

    def slots(self, point: str) -> list[tuple[int, int | None]]:
        """(minutes since noon at the slot's end, value) of every slot."""
        columns = self.spool.unframed([point], 2**62)[point]
        values = zip(columns.ends.tolist(), columns.values.tolist(), columns.statuses.tolist(), strict=True)
        return [((end - NOON) // MINUTE, None if s == Status.GAP else value) for end, value, s in values]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "spool.db")
    yield made
    made.spool.close()


def test_every_slot_is_read_at_its_end(world: World) -> None:
    world.run(NOON + 2 * HOUR)
    assert world.slots("a/active") == [(15 * n, 15 * n) for n in range(1, 9)]
    assert world.slots("a/hour") == [(60, None), (120, 60)], "the first advance has no start to be counted from"
    assert world.meters["a"].asked == [NOON + n * QUARTER for n in range(1, 9)]


def test_a_start_inside_a_slot_waits_for_its_end(world: World) -> None:
    world.clock.advance_to(NOON + 7 * MINUTE + 1)
    world.run(NOON + HOUR)
    assert [end for end, _ in world.slots("b/active")] == [15, 30, 45, 60]


def test_a_dead_meter_makes_gaps_and_affects_no_other_meter(world: World) -> None:
    world.meters["b"].dead = True
    world.run(NOON + HOUR)
    assert world.slots("b/active") == [(15, None), (30, None), (45, None), (60, None)]
    assert world.slots("a/active") == [(15, 15), (30, 30), (45, 45), (60, 60)]


def test_slots_missed_while_the_terminal_was_down_become_gaps(world: World) -> None:
    world.run(NOON + HOUR)
    world.clock.advance_to(NOON + HOUR + 40 * MINUTE)
    world.restart()
    world.run(NOON + 2 * HOUR)
    before = [(n, n) for n in (15, 30, 45, 60)]
    assert world.slots("a/active") == [*before, (75, None), (90, None), (105, 105), (120, 120)]


def test_an_advance_is_counted_across_a_restart_within_its_slot(world: World) -> None:
    world.run(NOON + HOUR)
    world.restart()
    world.run(NOON + 2 * HOUR)
    assert world.slots("a/hour")[-1] == (120, 60)


class DippingMeter(CountingMeter):
    """It shows 5 at one time."""

    def __init__(self, clock: SimClock, since: UtcMillis, dip: UtcMillis) -> None:
        super().__init__(clock, since)
        self._dip = dip

    async def read(self, addresses: Sequence[Address]) -> Reading:
        shown = await super().read(addresses)
        return Reading((Decimal10(5, 0),) * len(addresses), shown.read_at) if shown.read_at == self._dip else shown


def test_a_restart_at_a_dip_makes_no_giant_interval(world: World) -> None:
    world.meters["a"] = DippingMeter(world.clock, NOON - DAY, NOON + 4 * HOUR)
    world.restart()
    world.run(NOON + 4 * HOUR)
    world.restart()
    world.run(NOON + 6 * HOUR)
    hours = [60 * n for n in range(1, 7)]
    assert world.slots("a/hour") == list(zip(hours, [None, 60, 60, None, None, 60], strict=True))


def test_a_slot_is_sampled_once_however_often_it_is_collected(world: World) -> None:
    assert world.collect(NOON + QUARTER) == 2
    assert world.collect(NOON + QUARTER) == 0
    assert len(world.meters["a"].asked) == 1


def test_a_clock_that_jumped_does_not_stamp_old_slots_with_new_readings(world: World) -> None:
    world.clock.advance_to(NOON + HOUR + 2 * MINUTE)
    world.collect(NOON + HOUR)
    assert world.slots("a/active") == [(60, None)]
    assert world.meters["a"].asked == []


def test_a_clock_that_was_set_back_stamps_no_slot_before_its_end(world: World) -> None:
    """The reading was taken at a time that is not the slot's end, whichever of the two clocks was right."""
    world.meters["a"].back = HOUR
    world.collect(NOON + QUARTER)
    assert world.slots("a/active") == [(15, None)]
    assert world.slots("b/active") == [(15, 15)]


def test_fast_meters_are_durable_before_a_slow_one_answers(world: World) -> None:
    world.meters["b"].delay = 0.5

    async def watch() -> list[str]:
        world.clock.advance_to(NOON + QUARTER)
        collecting = asyncio.create_task(world.sampler.collect(NOON + QUARTER))
        await asyncio.sleep(0.35)
        early = sorted(world.spool.newest_slots())
        await collecting
        return early

    assert asyncio.run(watch()) == ["a/active"]
    assert sorted(world.spool.newest_slots()) == ["a/active", "b/active"]


def test_samples_stay_in_memory_until_a_full_spool_has_space(world: World) -> None:
    world.collect(NOON + QUARTER)
    (pages,) = world.spool.file.db.execute("PRAGMA page_count").fetchone()
    world.spool.file.db.execute(f"PRAGMA max_page_count = {pages}")
    hours = 0
    with pytest.raises(SpoolFull):
        while True:
            hours += 24
            world.collect(NOON + QUARTER + hours * HOUR)
    assert world.sampler.unsaved > 0
    world.spool.file.db.execute("PRAGMA max_page_count = 1000000")
    world.collect(NOON + 2 * QUARTER + hours * HOUR)
    assert world.sampler.unsaved == 0
    assert len(world.slots("a/active")) == 2 + hours * 4
