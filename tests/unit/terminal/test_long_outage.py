"""The slots that a terminal missed for two months become gaps in parts, beside its other work, and across restarts."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from tests.unit.terminal.test_sampler import NOON, QUARTER, World
from veriwatt.units import DAY

OUTAGE = 60 * DAY
SLOTS = OUTAGE // QUARTER


def after_an_outage(path: Path) -> World:
    world = World(path)
    asyncio.run(world.sampler.collect(NOON))
    world.clock.advance_to(NOON + OUTAGE)
    return world


def test_other_work_goes_on_while_the_slots_of_an_outage_are_stated(tmp_path: Path) -> None:
    world, stored = after_an_outage(tmp_path / "spool.db"), list[int]()

    async def other_work() -> None:
        while True:
            stored.append(sum(map(len, world.spool.unframed(["a/active", "b/active"], 2**62).values())))
            await asyncio.sleep(0)

    async def go() -> None:
        other = asyncio.create_task(other_work())
        await world.sampler.collect(NOON + OUTAGE)
        other.cancel()

    asyncio.run(go())
    steps = [later - before for before, later in pairwise(stored)]
    assert len([step for step in steps if step]) >= 2 * SLOTS // 2_000
    assert max(steps) <= 2_000
    assert sum(map(len, world.spool.unframed(["a/active", "b/active"], 2**62).values())) >= 2 * SLOTS
    world.spool.close()


def test_a_terminal_that_is_stopped_amid_an_outage_continues_where_it_was(tmp_path: Path) -> None:
    world = after_an_outage(tmp_path / "spool.db")

    async def cut_off() -> None:
        collecting = asyncio.create_task(world.sampler.collect(NOON + OUTAGE))
        while world.spool.newest_slots()["a/active"].end == NOON:  # noqa: ASYNC110 - it happens in the other task
            await asyncio.sleep(0)
        collecting.cancel()
        with suppress(asyncio.CancelledError):
            await collecting

    asyncio.run(cut_off())
    assert NOON < world.spool.newest_slots()["a/active"].end < NOON + OUTAGE
    world.restart()
    asyncio.run(world.sampler.collect(NOON + OUTAGE))
    for point in ("a/active", "b/active"):
        starts = world.spool.unframed([point], 2**62)[point].starts.tolist()
        assert starts == list(range(NOON - QUARTER, NOON + OUTAGE, QUARTER))
    world.spool.close()
