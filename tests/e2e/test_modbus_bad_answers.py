"""Meters that answer wrongly, over a real socket: no wrong number ever passes for a reading."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from veriwatt.terminal.drivers.base import Answer, MeterSilent
from veriwatt.terminal.drivers.modbus_tcp.driver import ModbusTcp, ModbusTcpOptions
from veriwatt.terminal.drivers.modbus_tcp.register import Function, NumberType, Register, WordOrder
from veriwatt.testing.clocks import SimClock
from veriwatt.units import Decimal10

UNIT = 7
REGISTERS = (Register(10, Function.HOLDING, NumberType.U32, WordOrder.BIG),)
GOOD = Decimal10(0x0001_0002, 0)

Reply = Callable[[int, int], bytes | None]
"""From the number of the request on all connections and its transaction id to the answer; None hangs up."""


def answer(transaction: int, pdu: bytes, unit: int = UNIT) -> bytes:
    return struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu


def good(transaction: int) -> bytes:
    return answer(transaction, b"\x03\x04\x00\x01\x00\x02")


def ask(reply: Reply, times: int = 1) -> list[Sequence[Answer]]:
    """Read `times` times from a meter that answers by `reply`."""
    requests = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await reader.readexactly(12)
                requests += 1
                reaction = reply(requests, int.from_bytes(request[:2], "big"))
                if reaction is None:
                    break
                writer.write(reaction)
        writer.close()

    async def go() -> list[Sequence[Answer]]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        driver = ModbusTcp("m", ModbusTcpOptions("127.0.0.1", port, UNIT), 300, SimClock(0))
        try:
            return [(await driver.read(REGISTERS)).answers for _ in range(times)]
        finally:
            await driver.close()
            await asyncio.sleep(0.02)
            server.close()

    return asyncio.run(go())


def test_a_correct_answer_is_read() -> None:
    assert ask(lambda _, transaction: good(transaction), times=3) == [(GOOD,)] * 3


def test_a_connection_lost_during_a_request_is_made_again() -> None:
    assert ask(lambda n, transaction: None if n == 2 else good(transaction), times=2) == [(GOOD,)] * 2


@pytest.mark.parametrize(
    ("what", "reply"),
    [
        ("fewer registers", lambda _, t: answer(t, b"\x03\x02\x00\x01")),
        ("more registers", lambda _, t: answer(t, b"\x03\x06\x00\x01\x00\x02\x00\x03")),
        ("another unit", lambda _, t: answer(t, b"\x03\x04\x00\x01\x00\x02", UNIT + 1)),
        ("another transaction", lambda _, t: good(t + 1)),
        ("another function", lambda _, t: answer(t, b"\x04\x04\x00\x01\x00\x02")),
        ("a length that lies", lambda _, t: answer(t, b"\x03\x08\x00\x01\x00\x02")),
        ("device failure", lambda _, t: answer(t, b"\x83\x04")),
        ("gateway without meter", lambda _, t: answer(t, b"\x83\x0b")),
        ("half an answer", lambda _, t: good(t)[:9]),
        ("an answer's head alone", lambda _, t: good(t)[:7]),
        ("noise", lambda *_: b"\xff" * 40),
        ("nothing", lambda *_: b""),
        ("hanging up", lambda *_: None),
    ],
)
def test_a_wrong_answer_is_a_silent_meter(what: str, reply: Reply) -> None:
    with pytest.raises(MeterSilent):
        ask(reply)
