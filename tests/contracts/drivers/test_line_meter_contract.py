from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from tests.contracts.drivers.driver_contract import TIMEOUT, DriverContract, ServedMeter
from veriwatt.terminal.drivers.base import Driver
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.line_meter import LineMeter, LineMeterDriver, LineOptions, NamedNumber
from veriwatt.units import Decimal10


class TestLineMeter(DriverContract):
    """A driver that the terminal's own code does not know."""

    @asynccontextmanager
    async def served(self, clock: SimClock) -> AsyncIterator[ServedMeter]:
        meter = LineMeter({"total": "1234.56", "power": "-7"})
        async with meter.serve() as port:
            yield ServedMeter(
                LineMeterDriver("m", LineOptions("127.0.0.1", port), TIMEOUT, clock),
                (NamedNumber("total"), NamedNumber("power")),
                (Decimal10(123_456, -2), Decimal10(-7, 0)),
                NamedNumber("nothing"),
                partial(setattr, meter, "silent"),
            )

    def unreachable(self, port: int, clock: SimClock) -> tuple[Driver[Any], Any]:
        options = LineOptions("127.0.0.1", port)
        return LineMeterDriver("m", options, TIMEOUT, clock), NamedNumber("total")
