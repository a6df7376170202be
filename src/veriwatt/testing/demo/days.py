"""Simulated days, as fast as this machine can: meters are sampled, frames signed, delivered and anchored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Protocol

from veriwatt.testing.clocks import SimClock
from veriwatt.testing.demo.terminals import LocalTerminal
from veriwatt.testing.plants import Park
from veriwatt.units import DAY, MINUTE, Interval

SLOT = 15 * MINUTE


class Progress(Protocol):
    """Called with the readings collected so far and the readings there will be; `end` after the last call."""

    def __call__(self, done: int, total: int) -> None: ...

    def end(self) -> None: ...


async def pass_days(
    span: Interval, park: Park, clock: SimClock, terminals: Sequence[LocalTerminal], on_progress: Progress
) -> int:
    """Let the local days of `span` pass; every evening its frames are delivered and anchored.

    The registers are read at the very beginning too. Returns how many slots were collected.
    """
    park.advance_to(span.start - MINUTE)
    clock.advance_to(span.start - MINUTE)
    collected, total = 0, sum(len(t.points) for t in terminals) * ((span.end - span.start) // SLOT + 1)
    async with AsyncExitStack() as stack:
        sampling = []
        for terminal in terminals:
            drivers = terminal.home.drivers()
            for driver in drivers.values():
                stack.push_async_callback(driver.close)
            sampling.append(asyncio.create_task(terminal.home.sampler(drivers).run(span.end)))
        try:
            for evening in range(span.start, span.end + 1, DAY):
                await clock.drive(evening, park.advance_to)
                collected += sum(deliver(terminal, evening) for terminal in terminals)
                on_progress(collected, total)
            await asyncio.gather(*sampling)
        finally:
            for task in sampling:
                task.cancel()
    return collected


async def catch_up(until: Callable[[], int], park: Park, clock: SimClock, terminals: Sequence[LocalTerminal]) -> None:
    """Let time pass in the same way up to `until()`, which is asked again until the clock has reached it."""
    async with AsyncExitStack() as stack:
        samplers = []
        for terminal in terminals:
            drivers = terminal.home.drivers()
            for driver in drivers.values():
                stack.push_async_callback(driver.close)
            samplers.append(terminal.home.sampler(drivers))
        while (end := until()) > clock.now():
            sampling = [asyncio.create_task(sampler.run(end)) for sampler in samplers]
            await clock.drive(end, park.advance_to)
            await asyncio.gather(*sampling)
            for terminal in terminals:
                deliver(terminal, end)


def deliver(terminal: LocalTerminal, until: int) -> int:
    """Frame the terminal's readings, deliver and anchor the frames; returns how many slots were framed."""
    waiting = terminal.home.spool.unframed(terminal.points, until)
    terminal.frame_scheduler.frame(until)
    terminal.recorder.finish()
    left = terminal.home.spool.unframed(terminal.points, until)
    return sum(map(len, waiting.values())) - sum(map(len, left.values()))
