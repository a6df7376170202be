from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.contracts.drivers.driver_contract import NOW, TIMEOUT, DriverContract, ServedMeter
from veriwatt.terminal.drivers.base import Driver
from veriwatt.terminal.drivers.modbus_tcp.driver import ModbusTcp, ModbusTcpOptions
from veriwatt.terminal.drivers.modbus_tcp.register import Function, NumberType, Register, WordOrder
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.plants import Park
from veriwatt.units import Decimal10

METER = "steel/furnace"


def register(address: int, kind: NumberType = NumberType.U64) -> Register:
    return Register(address, Function.HOLDING, kind, WordOrder.LITTLE)


class TestModbusTcp(DriverContract):
    """Against the furnace meter of the simulated park."""

    @asynccontextmanager
    async def served(self, clock: SimClock) -> AsyncIterator[ServedMeter]:
        park = Park(11, NOW)
        async with park.serve() as endpoints:
            at = endpoints[METER]
            driver = ModbusTcp(METER, ModbusTcpOptions(at.host, at.port, at.unit_id), TIMEOUT, clock)
            active, power = (park.value_at(f"{METER}/{quantity}", NOW) for quantity in ("active", "power"))
            yield ServedMeter(
                driver,
                (register(0), register(8, NumberType.I32)),
                (Decimal10(active, 0), Decimal10(power, 0)),
                register(900),
                lambda silent: park.silent.add(METER) if silent else park.silent.clear(),
            )

    def unreachable(self, port: int, clock: SimClock) -> tuple[Driver[Any], Any]:
        return ModbusTcp(METER, ModbusTcpOptions("127.0.0.1", port, 1), TIMEOUT, clock), register(0)
