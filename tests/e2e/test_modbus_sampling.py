"""Meters read over real Modbus TCP: what is spooled is exactly what the meters showed, or a gap that says why."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from veriwatt.model.points.status import Status
from veriwatt.terminal.config.terminal_config import TerminalConfig
from veriwatt.terminal.config.terminal_toml import parse_config
from veriwatt.terminal.drivers.base import Driver, GapReason, MeterSilent
from veriwatt.terminal.drivers.modbus_tcp.driver import ModbusTcp, ModbusTcpOptions
from veriwatt.terminal.drivers.modbus_tcp.register import Function, NumberType, Register, WordOrder
from veriwatt.terminal.sampling.sampler import Sampler
from veriwatt.terminal.spool.spool import Spool
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.plants import Endpoint, Park
from veriwatt.units import DAY, HOUR, MINUTE, SECOND, Decimal10, UtcMillis

START = 20_595 * DAY + 16 * HOUR
"""A local midnight of the park."""

QUARTER = 15 * MINUTE
T = TypeVar("T")


@dataclass
class Site:
    """The park with its three terminals."""

    park: Park
    clock: SimClock
    endpoints: dict[str, Endpoint]
    terminals: dict[str, tuple[TerminalConfig, Sampler, Spool]]

    async def run(self, until: UtcMillis) -> None:
        running = [asyncio.create_task(sampler.run(until)) for _, sampler, _ in self.terminals.values()]
        await self.clock.drive(until, self.park.advance_to)
        await asyncio.gather(*running)

    def slots(self, point: str) -> list[tuple[UtcMillis, int | None]]:
        spool = self.terminals[point.partition("/")[0]][2]
        columns = spool.unframed([point], 2**62)[point]
        rows = zip(columns.ends.tolist(), columns.values.tolist(), columns.statuses.tolist(), strict=True)
        return [(end, None if status == Status.GAP else value) for end, value, status in rows]

    def truth(self, point: str, ends: Sequence[UtcMillis]) -> list[tuple[UtcMillis, int | None]]:
        return [(end, self.park.value_at(point, end)) for end in ends]


def at_site(tmp_path: Path, act: Callable[[Site], Awaitable[T]], change: Callable[[str], str] = str) -> T:
    """Serve the park, configure its terminals with the texts that `change` makes, and `act`."""

    async def go() -> T:
        park, clock = Park(11, START), SimClock(START)
        async with AsyncExitStack() as stack:
            site = Site(park, clock, await stack.enter_async_context(park.serve()), {})
            for plant, text in park.terminal_configs(site.endpoints).items():
                config = parse_config(change(text), f"{plant}.toml")
                drivers = config.drivers(clock)
                for driver in drivers.values():
                    stack.push_async_callback(driver.close)
                spool = stack.enter_context(Spool(tmp_path / f"{plant}.db"))
                site.terminals[plant] = config, Sampler(config, drivers, spool, clock), spool
            return await act(site)

    return asyncio.run(go())


def quick(text: str) -> str:
    """The same configuration, with meters that are given up after 150 ms."""
    return text.replace("timeout_ms = 3000", "timeout_ms = 150")


def test_a_day_of_all_meters_is_spooled_exactly_as_displayed(tmp_path: Path) -> None:
    async def act(site: Site) -> None:
        await site.run(START + 6 * HOUR)
        await site.run(START + 10 * HOUR)
        ends = [START + n * QUARTER for n in range(1, 41)]
        for point in site.park.points:
            assert site.slots(point) == site.truth(point, ends), point

    at_site(tmp_path, act)


def test_a_silent_meter_is_a_gap_never_a_zero_until_it_answers_again(tmp_path: Path) -> None:
    async def act(site: Site) -> None:
        await site.run(START + QUARTER)
        site.park.silent.add("steel/furnace")
        await site.run(START + 3 * QUARTER)
        site.park.silent.clear()
        await site.run(START + 4 * QUARTER)
        ends = [START + n * QUARTER for n in range(1, 5)]
        shown = site.truth("steel/furnace/active", ends)
        assert site.slots("steel/furnace/active") == [shown[0], (ends[1], None), (ends[2], None), shown[3]]
        assert site.slots("steel/main/active") == site.truth("steel/main/active", ends)

    at_site(tmp_path, act, quick)


def test_a_slow_meter_delays_no_other_and_is_still_read(tmp_path: Path) -> None:
    async def act(site: Site) -> None:
        _, sampler, spool = site.terminals["food"]
        site.park.delays["food/boiler"] = 0.6
        site.park.advance_to(START + QUARTER)
        site.clock.advance_to(START + QUARTER)
        collecting = asyncio.create_task(sampler.collect(START + QUARTER))
        await asyncio.sleep(0.4)
        early = set(spool.newest_slots())
        await collecting
        assert set(spool.newest_slots()) - early == {"food/boiler/gas"}
        assert len(early) == 9
        assert site.slots("food/boiler/gas") == site.truth("food/boiler/gas", [START + QUARTER])

    at_site(tmp_path, act)


def test_a_meter_that_drops_its_connection_loses_no_slot(tmp_path: Path) -> None:
    async def act(site: Site) -> None:
        await site.run(START + QUARTER)
        for endpoint in site.endpoints:
            site.park.drop_connections(endpoint)
        await site.run(START + 2 * QUARTER)
        ends = [START + QUARTER, START + 2 * QUARTER]
        assert site.slots("office/main/active") == site.truth("office/main/active", ends)

    at_site(tmp_path, act)


@pytest.mark.parametrize("order", list(WordOrder))
def test_both_word_orders_give_the_meters_number(order: WordOrder) -> None:
    name = "steel/furnace" if order is WordOrder.LITTLE else "steel/main"

    async def read(park: Park, driver: Driver[Register]) -> None:
        registers = [
            Register(0, Function.HOLDING, NumberType.U64, order),
            Register(4, Function.INPUT, NumberType.U64, order),
            Register(8, Function.HOLDING, NumberType.I32, order),
        ]
        answers = (await driver.read(registers)).answers
        shown = [park.value_at(f"{name}/{quantity}", START) for quantity in ("active", "reactive", "power")]
        assert answers == tuple(Decimal10(count, 0) for count in shown)

    with_driver(name, read)


def test_an_absent_register_is_refused_and_the_others_are_read() -> None:
    async def read(park: Park, driver: Driver[Register]) -> None:
        there = Register(0, Function.HOLDING, NumberType.U32, WordOrder.BIG)
        absent = Register(900, Function.HOLDING, NumberType.U32, WordOrder.BIG)
        first, second = (await driver.read([there, absent])).answers
        assert first == Decimal10(park.value_at("food/main/active", START), 0)
        assert second is GapReason.REFUSED

    with_driver("food/main", read)


def test_a_dead_meter_is_silent_within_its_timeout_and_then_backed_off() -> None:
    async def read(park: Park, driver: Driver[Register]) -> None:
        park.silent.add("food/main")
        register = Register(0, Function.HOLDING, NumberType.U32, WordOrder.BIG)
        before = time.monotonic()
        with pytest.raises(MeterSilent, match="no answer within 300 ms"):
            await driver.read([register])
        assert time.monotonic() - before < 2
        park.silent.clear()
        with pytest.raises(MeterSilent, match="backing off"):
            await driver.read([register])
        clock.advance_to(START + 2 * SECOND)
        assert (await driver.read([register])).read_at == START + 2 * SECOND

    clock = SimClock(START)
    with_driver("food/main", read, clock)


def test_a_closed_port_is_a_silent_meter() -> None:
    async def go() -> None:
        async with Park(11, START).serve() as endpoints:
            gone = endpoints["office/main"]
        driver = ModbusTcp("m", ModbusTcpOptions(gone.host, gone.port, 1), 300, SimClock(START))
        with pytest.raises(MeterSilent, match="no connection"):
            await driver.read([Register(0, Function.HOLDING, NumberType.U16, WordOrder.BIG)])

    asyncio.run(go())


def with_driver(
    name: str, read: Callable[[Park, Driver[Register]], Awaitable[None]], clock: SimClock | None = None
) -> None:
    """Serve the park and hand a driver of the meter `name` to `read`."""

    async def go() -> None:
        park = Park(11, START)
        async with park.serve() as endpoints:
            at = endpoints[name]
            options = ModbusTcpOptions(at.host, at.port, at.unit_id)
            driver = ModbusTcp(name, options, 300, clock or SimClock(START))
            try:
                await read(park, driver)
            finally:
                await driver.close()

    asyncio.run(go())
