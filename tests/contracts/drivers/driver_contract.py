"""What every driver promises, as tests; subclass `DriverContract` and serve it a meter."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import pytest

from veriwatt.terminal.drivers.base import Driver, GapReason, MeterSilent
from veriwatt.testing.clocks import SimClock
from veriwatt.units import HOUR, SECOND, Decimal10

NOW = 500_000 * HOUR
TIMEOUT = 300
"""Milliseconds that the driver under test gives its meter."""


@dataclass
class ServedMeter:
    """A meter that answers, its driver with `TIMEOUT`, and what the meter shows at two addresses of its own."""

    driver: Driver[Any]
    addresses: tuple[Any, Any]
    shown: tuple[Decimal10, Decimal10]
    absent: Any
    """An address that the meter refuses."""
    silence: Callable[[bool], None]
    """Let the meter take requests without answering, or answer again."""


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class DriverContract:
    def served(self, clock: SimClock) -> AbstractAsyncContextManager[ServedMeter]:
        """Serve a meter for the length of the block."""
        raise NotImplementedError

    def unreachable(self, port: int, clock: SimClock) -> tuple[Driver[Any], Any]:
        """A driver of a meter at `port` of loopback, where nothing listens, and an address."""
        raise NotImplementedError

    def at_meter(self, act: Callable[[ServedMeter, SimClock], Awaitable[None]]) -> None:
        async def go() -> None:
            clock = SimClock(NOW)
            async with self.served(clock) as meter:
                try:
                    await act(meter, clock)
                finally:
                    await meter.driver.close()

        asyncio.run(go())

    def test_answers_are_the_numbers_that_the_meter_shows_in_the_order_asked(self) -> None:
        async def act(meter: ServedMeter, _: SimClock) -> None:
            first, second = meter.addresses
            reading = await meter.driver.read([first, second])
            assert (reading.answers, reading.read_at) == (meter.shown, NOW)
            assert (await meter.driver.read([second, first, second])).answers == (*meter.shown[::-1], meter.shown[1])

        self.at_meter(act)

    def test_a_refused_address_leaves_the_others_their_numbers(self) -> None:
        async def act(meter: ServedMeter, _: SimClock) -> None:
            answers = (await meter.driver.read([meter.addresses[0], meter.absent, meter.addresses[1]])).answers
            assert answers == (meter.shown[0], GapReason.REFUSED, meter.shown[1])

        self.at_meter(act)

    def test_a_dead_meter_is_silent_within_its_timeout_and_answers_after_the_back_off(self) -> None:
        async def act(meter: ServedMeter, clock: SimClock) -> None:
            meter.silence(True)
            before = time.monotonic()
            with pytest.raises(MeterSilent):
                await meter.driver.read(meter.addresses)
            assert time.monotonic() - before < 10 * TIMEOUT / SECOND
            meter.silence(False)
            with pytest.raises(MeterSilent, match="backing off"):
                await meter.driver.read(meter.addresses)
            clock.advance_to(NOW + 2 * SECOND)
            reading = await meter.driver.read(meter.addresses)
            assert (reading.answers, reading.read_at) == (meter.shown, NOW + 2 * SECOND)

        self.at_meter(act)

    def test_the_back_off_doubles_up_to_30_s(self) -> None:
        async def go() -> None:
            clock = SimClock(NOW)
            driver, address = self.unreachable(closed_port(), clock)
            for seconds in (1, 2, 4, 8, 16, 30, 30):
                with pytest.raises(MeterSilent) as failure:
                    await driver.read([address])
                assert "backing off" not in str(failure.value)
                clock.advance_to(clock.now() + seconds * SECOND - 1)
                with pytest.raises(MeterSilent, match="backing off"):
                    await driver.read([address])
                clock.advance_to(clock.now() + 1)

        asyncio.run(go())

    def test_a_closed_driver_connects_again(self) -> None:
        async def act(meter: ServedMeter, _: SimClock) -> None:
            await meter.driver.read(meter.addresses)
            await meter.driver.close()
            await meter.driver.close()
            assert (await meter.driver.read(meter.addresses)).answers == meter.shown

        self.at_meter(act)
