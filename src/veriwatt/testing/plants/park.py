"""The park: three plants that run on simulated time, their meters served over Modbus TCP on loopback."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import numpy as np
from pymodbus.constants import ExcCodes
from pymodbus.exceptions import NoSuchIdException
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from veriwatt.terminal.drivers.modbus_tcp.register import NumberType, WordOrder
from veriwatt.testing.plants.food import FOOD
from veriwatt.testing.plants.meters import Quantity
from veriwatt.testing.plants.office import OFFICE
from veriwatt.testing.plants.steel import STEEL
from veriwatt.testing.plants.terminal_toml import terminal_toml
from veriwatt.testing.plants.variation import MINUTES, Rates, Variation
from veriwatt.testing.plants.weather import weather_of
from veriwatt.units import DAY, HOUR, MINUTE, Interval, UtcMillis

PLANTS = (STEEL, FOOD, OFFICE)

OFFSET = 8 * HOUR
"""Local time of the park, ahead of UTC."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a meter answers."""

    host: str
    port: int
    unit_id: int


class Park:
    """Three plants from the local midnight before `start` on; the same seed gives the same registers.

    Only `advance_to` changes the state, in steps of a minute. Registers do not start at zero: the meters have run
    before. Meters are named `plant/meter`, points `plant/meter/quantity`. Meters in `silent` accept a request and never
    answer; `delays` are the seconds that a meter waits before it answers.
    """

    def __init__(self, seed: int, start: UtcMillis) -> None:
        self.now = start
        self.silent: set[str] = set()
        self.delays: dict[str, float] = {}
        self._servers: dict[str, ModbusTcpServer] = {}
        self._variation = Variation(seed)
        self._first_day = (start + OFFSET) // DAY
        self._days: list[dict[str, Rates]] = []
        self._totals: dict[str, int] = {}
        self._meters = {f"{plant.name}/{meter.id}": meter for plant in PLANTS for meter in plant.meters}
        self._installed = {p: self._variation.between(f"installed/{p}", 0, 10**6, 10**8) for p in self.points}
        self.advance_to(start)

    @property
    def points(self) -> dict[str, Quantity]:
        """Every quantity of every meter, by point id."""
        return {f"{name}/{q.name}": q for name, meter in self._meters.items() for q in meter.quantities}

    def advance_to(self, t: UtcMillis) -> None:
        """Run the plants until `t`, which is not earlier than the present."""
        if t < self.now:
            raise RuntimeError(f"the park stands at {self.now} and cannot go back to {t}")
        self._compute_until(t)
        self.now = t

    def value_at(self, point: str, t: UtcMillis) -> int:
        """The register of `point` at `t`, in counts of its `scale`; `t` from the first midnight on."""
        name, _, quantity = point.rpartition("/")
        return self._register(name, next(q for q in self._meters[name].quantities if q.name == quantity), t)

    def truth(self, point: str, interval: Interval) -> tuple[int, int]:
        """The register at the start and at the end of `interval`, in counts of its `scale`."""
        return self.value_at(point, interval.start), self.value_at(point, interval.end)

    def terminal_configs(
        self, endpoints: Mapping[str, Endpoint], node: str = "http://127.0.0.1:8440"
    ) -> dict[str, str]:
        """The text of `terminal.toml` of each plant's terminal, by plant name."""
        return {plant.name: terminal_toml(plant, endpoints, node) for plant in PLANTS}

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[dict[str, Endpoint]]:
        """Serve every meter on a port of its own; the registers are those of the simulated time when they are read."""
        try:
            for unit_id, name in enumerate(self._meters, 1):
                self._servers[name] = self._server(name, unit_id)
                await self._servers[name].serve_forever(background=True)
            yield {
                name: Endpoint("127.0.0.1", _port(server), unit_id)
                for unit_id, (name, server) in enumerate(self._servers.items(), 1)
            }
        finally:
            for server in self._servers.values():
                server.close()
            self._servers.clear()

    def drop_connections(self, meter: str) -> None:
        """Abort every connection to a served meter, as a switch that restarts does."""
        for connection in self._servers[meter].active_connections.values():
            cast("asyncio.Transport", connection.transport).abort()

    def _server(self, name: str, unit_id: int) -> ModbusTcpServer:
        meter = self._meters[name]

        async def show(_fc: int, _first: int, _at: int, _n: int, registers: list[int], _set: object) -> ExcCodes | None:
            if name in self.delays:
                await asyncio.sleep(self.delays[name])
            if name in self.silent:
                raise NoSuchIdException("silent")
            registers[:] = self._words(name)
            return None

        registers = SimData(address=0, count=meter.words, values=0, datatype=DataType.REGISTERS, readonly=True)
        device = SimDevice(id=unit_id, simdata=[registers], action=show)
        return ModbusTcpServer(device, address=("127.0.0.1", 0), ignore_missing_devices=True)

    def _words(self, name: str) -> list[int]:
        meter = self._meters[name]
        return [
            word for q in meter.quantities for word in _encoded(self._register(name, q, self.now), q, meter.word_order)
        ]

    def _register(self, name: str, quantity: Quantity, t: UtcMillis) -> int:
        self._compute_until(t)
        day, minute = divmod((t + OFFSET - self._first_day * DAY) // MINUTE, MINUTES)
        count = int(self._days[day][f"{name}/{quantity.name}"][minute]) // quantity.divisor
        return count + self._installed[f"{name}/{quantity.name}"] if quantity.cumulative else count

    def _compute_until(self, t: UtcMillis) -> None:
        while self._first_day + len(self._days) <= (t + OFFSET) // DAY:
            self._compute_day(self._first_day + len(self._days))

    def _compute_day(self, day: int) -> None:
        """Rates of instants, and for cumulative registers the sum of all minutes since the first midnight."""
        weather, day_rates = weather_of(self._variation, day), dict[str, Rates]()
        for plant in PLANTS:
            rates = plant.model(self._variation, day, weather)
            for meter in plant.meters:
                for quantity in meter.quantities:
                    point = f"{plant.name}/{meter.id}/{quantity.name}"
                    rate = rates[f"{meter.id}/{quantity.name}"]
                    day_rates[point] = self._summed(point, rate) if quantity.cumulative else rate
        self._days.append(day_rates)

    def _summed(self, point: str, rate: Rates) -> Rates:
        sums = np.cumsum(rate) + self._totals.get(point, 0)
        self._totals[point] = int(sums[-1])
        return sums - rate


def register_words(number: int, kind: NumberType, order: WordOrder) -> list[int]:
    """The words an integer register holds for `number`, as a meter wraps it: modulo its width."""
    raw = (number % (1 << 16 * kind.words)).to_bytes(2 * kind.words, "big")
    high_first = [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]
    return high_first if order is WordOrder.BIG else high_first[::-1]


def _encoded(count: int, quantity: Quantity, order: WordOrder) -> list[int]:
    if quantity.type is not NumberType.F32:
        return register_words(count, quantity.type, order)
    high, low = struct.unpack(">HH", struct.pack(">f", count * float(quantity.scale)))
    return [high, low] if order is WordOrder.BIG else [low, high]


def _port(server: ModbusTcpServer) -> int:
    listening = cast("asyncio.Server", server.transport)
    return int(listening.sockets[0].getsockname()[1])
