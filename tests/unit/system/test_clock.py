"""Sleeping until a time of a clock that people set."""

from __future__ import annotations

import asyncio
import time

import pytest

from veriwatt.system import clock as clocks
from veriwatt.system.clock import SystemClock
from veriwatt.units import HOUR, UtcMillis


class SetClock(SystemClock):
    """The machine's clock, set forward or back by `by` ms."""

    by: UtcMillis = 0

    def now(self) -> UtcMillis:
        return super().now() + self.by


def test_a_clock_that_is_set_forward_wakes_who_sleeps_until_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "LONGEST_SLEEP", 10)

    async def go() -> float:
        clock = SetClock()
        began, sleeping = time.monotonic(), asyncio.create_task(clock.sleep_until(clock.now() + HOUR))
        await asyncio.sleep(0.03)
        clock.by = HOUR
        await asyncio.wait_for(sleeping, 10)
        return time.monotonic() - began

    assert asyncio.run(go()) < 10


def test_a_clock_that_is_set_back_does_not_wake_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clocks, "LONGEST_SLEEP", 10)

    async def go() -> bool:
        clock = SetClock()
        sleeping = asyncio.create_task(clock.sleep_until(clock.now() + 50))
        await asyncio.sleep(0)
        clock.by = -HOUR
        await asyncio.sleep(0.2)
        asleep = not sleeping.done()
        sleeping.cancel()
        return asleep

    assert asyncio.run(go())
