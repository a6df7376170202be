"""Modbus TCP: one meter, one connection, neighbouring registers in one request."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.pdu import ModbusPDU

from veriwatt.errors import MeterSilent
from veriwatt.ports.clock import Clock
from veriwatt.terminal.config.terminal_config import MeterConfig
from veriwatt.terminal.drivers.base import Answer, Function, NoValue, Reading, Register
from veriwatt.terminal.drivers.modbus_tcp.register_words import number_in
from veriwatt.units import SECOND, UtcMillis

MOST_WORDS = 125
"""A Modbus response holds no more registers."""

LONGEST_WAIT = 30 * SECOND
"""The back-off stays below the shortest slot, so that a meter that came back loses no further one."""

_CODES = {Function.HOLDING: 3, Function.INPUT: 4}
_REFUSALS = {1: "function refused", 2: "no such register", 3: "count refused"}
"""Exception codes that are about the request; any other is about the device, which does not answer then."""

# Every failure is told as MeterSilent; without a handler the library would print it a second time.
logging.getLogger("pymodbus").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Block:
    """Registers that one request reads: `count` words from `address`."""

    function: Function
    address: int
    count: int


class ModbusTcp:
    """A `Driver` over Modbus TCP."""

    def __init__(self, meter: MeterConfig, clock: Clock) -> None:
        self._meter, self._clock = meter, clock
        self._client: AsyncModbusTcpClient | None = None
        self._failures = 0
        self._not_before: UtcMillis = 0

    async def read(self, registers: Sequence[Register]) -> Reading:
        if self._clock.now() < self._not_before:
            raise self._silent(f"backing off after {self._failures} failures")
        try:
            async with asyncio.timeout(self._meter.timeout / SECOND):
                words = await self._exchange(blocks_of(tuple(registers)))
        except BaseException as error:
            await self.close()
            if isinstance(error, TimeoutError):
                raise self._failed(f"no answer within {self._meter.timeout} ms") from error
            if isinstance(error, ModbusException | OSError):
                raise self._failed(str(error)) from error
            raise
        self._failures = 0
        return Reading(tuple(_answer(register, words) for register in registers), self._clock.now())

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()

    async def _exchange(self, blocks: Sequence[Block]) -> dict[Block, list[int] | NoValue]:
        """All blocks over the connection there is; over a new one, when that turns out to be dead."""
        if self._client is not None and self._client.connected:
            try:
                return await self._request_all(self._client, blocks)
            except ConnectionException:
                await self.close()
        return await self._request_all(await self._connect(), blocks)

    async def _connect(self) -> AsyncModbusTcpClient:
        await self.close()
        self._client = client = _client(self._meter)
        if not await client.connect():
            raise ConnectionException(f"no connection to {self._meter.host}:{self._meter.port}")
        return client

    async def _request_all(
        self, client: AsyncModbusTcpClient, blocks: Sequence[Block]
    ) -> dict[Block, list[int] | NoValue]:
        return {block: await self._request(client, block) for block in blocks}

    async def _request(self, client: AsyncModbusTcpClient, block: Block) -> list[int] | NoValue:
        read = client.read_holding_registers if block.function is Function.HOLDING else client.read_input_registers
        response: ModbusPDU = await read(block.address, count=block.count, device_id=self._meter.unit_id)
        if response.isError():
            refusal = _REFUSALS.get(response.exception_code)
            if refusal is None:
                raise ModbusException(f"exception code {response.exception_code}")
            return NoValue(refusal)
        if response.function_code != _CODES[block.function] or len(response.registers) != block.count:
            raise ModbusException(f"an answer to another request: {len(response.registers)} registers")
        return list(response.registers)

    def _failed(self, why: str) -> MeterSilent:
        wait = min(LONGEST_WAIT, SECOND << min(self._failures, 5))
        self._failures += 1
        self._not_before = self._clock.now() + wait
        return self._silent(why)

    def _silent(self, why: str) -> MeterSilent:
        return MeterSilent(meter=self._meter.id, why=why)


@lru_cache(maxsize=1024)
def blocks_of(registers: tuple[Register, ...]) -> tuple[Block, ...]:
    """The fewest requests that read `registers` and no word between them: a meter may refuse a hole."""
    blocks: list[Block] = []
    for register in sorted(registers, key=lambda r: (r.function.value, r.address, r.end)):
        last = blocks[-1] if blocks else None
        if last is not None and _joins(last, register):
            count = max(last.count, register.end - last.address)
            blocks[-1] = Block(last.function, last.address, count)
        else:
            blocks.append(Block(register.function, register.address, register.type.words))
    return tuple(blocks)


def _joins(block: Block, register: Register) -> bool:
    return (
        block.function is register.function
        and register.address <= block.address + block.count
        and register.end - block.address <= MOST_WORDS
    )


def _answer(register: Register, words: dict[Block, list[int] | NoValue]) -> Answer:
    for block, found in words.items():
        first = register.address - block.address
        if block.function is register.function and first >= 0 and first + register.type.words <= block.count:
            if isinstance(found, NoValue):
                return found
            return number_in(found[first : first + register.type.words], register.type, register.word_order)
    raise RuntimeError(f"register {register} was not asked for")


def _client(meter: MeterConfig) -> AsyncModbusTcpClient:
    """A client that neither retries nor reconnects by itself, and whose wait ends when the connection does."""

    def connection_changed(up: bool) -> None:
        waiting = client.ctx.response_future
        if not up and not waiting.done():
            waiting.set_exception(ConnectionException("connection lost"))
            waiting.exception()  # nobody may be waiting: the loss is told at the next request

    client = AsyncModbusTcpClient(
        meter.host,
        port=meter.port,
        name=meter.id,
        reconnect_delay=0,
        retries=0,
        timeout=2 * meter.timeout / SECOND,
        trace_connect=connection_changed,
    )
    return client
