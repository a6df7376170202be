"""Meters and terminals at the pace of this machine's clock; terminals deliver to their nodes over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from veriwatt.errors import Unavailable
from veriwatt.terminal.home import TerminalHome
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.demo.terminals import PlantTerminal
from veriwatt.testing.plants import Park
from veriwatt.units import MINUTE, UtcMillis

TICK = 0.2
"""Seconds between two looks at this machine's clock."""

Report = Callable[[str], None]


def wall_clock() -> UtcMillis:
    return time.time_ns() // 1_000_000


@asynccontextmanager
async def running_plants(
    terminals: Sequence[PlantTerminal], park: Park, clock: SimClock, report: Report, until: UtcMillis | None = None
) -> AsyncIterator[asyncio.Task[None]]:
    """Run meters and terminals in step with this machine's clock; the task ends only when one of them fails.

    Their clock stops at `until`: they read no meter after it, and go on delivering.
    """
    async with AsyncExitStack() as stack:
        loops, running = [], list[asyncio.Task[None]]()
        for terminal in terminals:
            home = stack.enter_context(TerminalHome(terminal.home.paths.root, clock))
            drivers = home.drivers()
            for driver in drivers.values():
                stack.push_async_callback(driver.close)
            loops.append(home.loop(drivers, home.log_host(), _reporter(home.config.name, report), MINUTE))
        running = [asyncio.create_task(loop.run()) for loop in loops]
        running.append(asyncio.create_task(_keep_pace(park, clock, until)))
        together = asyncio.create_task(_first_end(running))
        try:
            yield together
        finally:
            for loop in loops:
                loop.stop()
            for task in (together, running[-1]):
                task.cancel()
            await asyncio.gather(together, *running, return_exceptions=True)


async def _first_end(tasks: list[asyncio.Task[None]]) -> None:
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


async def _keep_pace(park: Park, clock: SimClock, until: UtcMillis | None) -> None:
    while True:
        present = wall_clock() if until is None else min(wall_clock(), until)
        await clock.drive(max(present, clock.now()), park.advance_to)
        await asyncio.sleep(TICK)


def _reporter(name: str, report: Report) -> Callable[[str, str], None]:
    def note(code: str, why: str) -> None:
        if code not in ("ready", "delivered"):
            report(f"{name}: {why} [{code}]")

    return note


@dataclass(frozen=True, slots=True)
class ServedDemo:
    """The served demo: the sign-in link of each node, the task of the plants, and what waits until a node ended."""

    links: Mapping[str, str]
    working: asyncio.Task[None]
    node_ended: Callable[[], Awaitable[object]]

    async def until_something_ends(self) -> None:
        """Wait; raise the error that stopped the plants, or Unavailable when a node ended. Never returns."""
        node = asyncio.ensure_future(self.node_ended())
        try:
            await asyncio.wait([self.working, node], return_when=asyncio.FIRST_COMPLETED)
        finally:
            node.cancel()
        if self.working.done():
            self.working.result()
        raise Unavailable("a node stopped by itself; its log says why")
