"""One register that a meter does not have takes no value from its neighbours."""

from __future__ import annotations

import asyncio
import struct

from veriwatt.terminal.drivers.base import GapReason
from veriwatt.terminal.drivers.modbus_tcp.driver import ModbusTcp, ModbusTcpOptions
from veriwatt.terminal.drivers.modbus_tcp.register import Function, NumberType, Register, WordOrder
from veriwatt.testing.clocks import SimClock
from veriwatt.units import Decimal10

HOLDS = {0: 0, 1: 1234, 4: 0, 5: 99}


def register(address: int) -> Register:
    return Register(address, Function.HOLDING, NumberType.U32, WordOrder.BIG)


def test_registers_that_are_refused_together_are_asked_for_one_by_one() -> None:
    asked, ended = list[tuple[int, int]](), asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while len(request := await reader.read(12)) == 12:
            number, _, _, unit, function, first, count = struct.unpack(">HHHBBHH", request)
            asked.append((first, count))
            wanted = range(first, first + count)
            if all(each in HOLDS for each in wanted):
                data = bytes([function, 2 * count]) + b"".join(HOLDS[each].to_bytes(2, "big") for each in wanted)
            else:
                data = bytes([function | 0x80, 2])
            writer.write(struct.pack(">HHHB", number, 0, len(data) + 1, unit) + data)
        writer.close()
        await writer.wait_closed()
        ended.set()

    async def go() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        driver = ModbusTcp("m", ModbusTcpOptions("127.0.0.1", port, 1), 2000, SimClock(0))
        for _ in range(2):
            reading = await driver.read([register(0), register(2), register(4)])
            assert reading.answers == (Decimal10(1234, 0), GapReason.REFUSED, Decimal10(99, 0))
        await driver.close()
        await ended.wait()
        server.close()

    asyncio.run(go())
    alone = [(0, 2), (2, 2), (4, 2)]
    assert asked == [(0, 6), *alone, *alone]
