"""Modbus TCP: one meter, one connection, neighbouring registers in one request."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.pdu import ModbusPDU

from veriwatt.ports.clock import Clock
from veriwatt.system.toml_tables import TomlTable
from veriwatt.terminal.drivers.back_off import BackOff
from veriwatt.terminal.drivers.base import Answer, GapReason, Reading
from veriwatt.terminal.drivers.modbus_tcp.register import (
    Function,
    Register,
    parse_function,
    parse_register,
    parse_word_order,
)
from veriwatt.terminal.drivers.modbus_tcp.register_words import number_in
from veriwatt.terminal.drivers.modbus_tcp.requests import Block, blocks_of
from veriwatt.units import SECOND, UtcMillis

FUNCTION_CODES = {Function.HOLDING: 3, Function.INPUT: 4}

ABOUT_THE_REQUEST = frozenset({1, 2, 3})
"""Exception codes that refuse the request: function, address, count. Any other reports a broken device."""

Words: TypeAlias = Mapping[Block, list[int] | GapReason]
"""The words of each block, or why the meter does not give them."""

# Every failure is raised as MeterSilent; without a handler the library would print it a second time.
logging.getLogger("pymodbus").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class ModbusTcpOptions:
    """Where a device answers: TCP address, and its unit id behind it."""

    host: str
    port: int
    unit_id: int


class ModbusTcpKind:
    """The `DriverKind` named `modbus_tcp` (docs/drivers/modbus-tcp.md)."""

    def parse_options(self, meter: TomlTable) -> ModbusTcpOptions:
        parse_function(meter)
        parse_word_order(meter)
        return ModbusTcpOptions(
            meter.text("host"), meter.number("port", 1, 65_535, 502), meter.number("unit", 0, 255, 1)
        )

    def parse_address(self, point: TomlTable, meter: TomlTable) -> Register:
        return parse_register(point, meter)

    def driver(self, meter: str, options: ModbusTcpOptions, timeout: UtcMillis, clock: Clock) -> ModbusTcp:
        return ModbusTcp(meter, options, timeout, clock)


class ModbusTcp:
    """A `Driver` over Modbus TCP."""

    def __init__(self, meter: str, options: ModbusTcpOptions, timeout: UtcMillis, clock: Clock) -> None:
        self._meter, self._options, self._timeout, self._clock = meter, options, timeout, clock
        self._client: AsyncModbusTcpClient | None = None
        self._back_off = BackOff(meter, clock)
        self._apart = set[Register]()  # were in a request that the meter refused: each is asked for by itself since

    async def read(self, addresses: Sequence[Register]) -> Reading:
        self._back_off.check()
        try:
            async with asyncio.timeout(self._timeout / SECOND):
                words = await self._exchange(addresses)
        except BaseException as error:
            await self.close()
            if isinstance(error, TimeoutError):
                raise self._back_off.failed(f"no answer within {self._timeout} ms") from error
            if isinstance(error, ModbusException | OSError):
                raise self._back_off.failed(str(error)) from error
            raise
        self._back_off.succeeded()
        return Reading(tuple(_answer(register, words) for register in addresses), self._clock.now())

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    async def _exchange(self, registers: Sequence[Register]) -> Words:
        """Read all registers over the present connection; over a new one, when the present one turns out to be dead."""
        if self._client is not None and self._client.connected:
            try:
                return await self._request_all(self._client, registers)
            except ConnectionException:
                await self.close()
        return await self._request_all(await self._connect(), registers)

    async def _connect(self) -> AsyncModbusTcpClient:
        await self.close()
        self._client = client = _client(self._meter, self._options, self._timeout)
        if not await client.connect():
            raise ConnectionException(f"no connection to {self._options.host}:{self._options.port}")
        return client

    async def _request_all(self, client: AsyncModbusTcpClient, registers: Sequence[Register]) -> Words:
        """The words of all registers; where a meter refuses several together, each of them is asked for by itself."""
        words: dict[Block, list[int] | GapReason] = {}
        for block in blocks_of(tuple(each for each in registers if each not in self._apart)):
            found = await self._request(client, block)
            held = {each for each in registers if block.offset(each) is not None}
            if isinstance(found, GapReason) and len(held) > 1:
                self._apart |= held
            else:
                words[block] = found
        for register in registers:
            if register in self._apart:
                (block,) = blocks_of((register,))
                words[block] = await self._request(client, block)
        return words

    async def _request(self, client: AsyncModbusTcpClient, block: Block) -> list[int] | GapReason:
        read = client.read_holding_registers if block.function is Function.HOLDING else client.read_input_registers
        response: ModbusPDU = await read(block.address, count=block.count, device_id=self._options.unit_id)
        if response.isError():
            if response.exception_code in ABOUT_THE_REQUEST:
                return GapReason.REFUSED
            raise ModbusException(f"exception code {response.exception_code}")
        if response.function_code != FUNCTION_CODES[block.function] or len(response.registers) != block.count:
            raise ModbusException(f"an answer to another request: {len(response.registers)} registers")
        return list(response.registers)


def _answer(register: Register, words: Words) -> Answer:
    for block, found in words.items():
        first = block.offset(register)
        if first is not None:
            if isinstance(found, GapReason):
                return found
            return number_in(found[first : first + register.type.words], register.type, register.word_order)
    raise RuntimeError(f"register {register} was not asked for")


def _client(meter: str, options: ModbusTcpOptions, timeout: UtcMillis) -> AsyncModbusTcpClient:
    """A client that neither retries nor reconnects by itself, and whose wait ends when the connection does."""

    def connection_changed(up: bool) -> None:
        waiting = client.ctx.response_future
        if not up and not waiting.done():
            waiting.set_exception(ConnectionException("connection lost"))
            waiting.exception()  # marks it as retrieved: nobody may be waiting, and the next request finds the loss

    client = AsyncModbusTcpClient(
        options.host,
        port=options.port,
        name=meter,
        reconnect_delay=0,
        retries=0,
        timeout=2 * timeout / SECOND,
        trace_connect=connection_changed,
    )
    return client
