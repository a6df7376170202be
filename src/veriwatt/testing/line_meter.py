"""A meter that speaks in lines of text over TCP, and the driver for it: the smallest that fulfils the driver contract.

    request  NAME [NAME ...] LF
    answer   NUMBER|-|nan [...] LF           in the order asked; `-` where the meter has no such name, `nan`: no value

Numbers are plain decimals. The terminal knows nothing of this driver: a caller names it to `parse_config`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field

from veriwatt.errors import Malformed
from veriwatt.ports.clock import Clock
from veriwatt.system.toml_tables import TomlTable
from veriwatt.terminal.drivers.back_off import BackOff
from veriwatt.terminal.drivers.base import Answer, GapReason, Reading
from veriwatt.units import SECOND, Decimal10, UtcMillis, parse_decimal

NO_NUMBER = {"-": GapReason.REFUSED, "nan": GapReason.NOT_A_NUMBER}


@dataclass(frozen=True, slots=True)
class LineOptions:
    """Where the meter listens."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class NamedNumber:
    """An `Address`: the name of a number in the meter."""

    name: str

    @property
    def is_integer(self) -> bool:
        return False

    def as_answered(self, number: Decimal10) -> Decimal10:
        return number


class LineMeterKind:
    """The `DriverKind` that tests register as `lines`."""

    def parse_options(self, meter: TomlTable) -> LineOptions:
        return LineOptions(meter.text("host"), meter.number("port", 1, 65_535))

    def parse_address(self, point: TomlTable, meter: TomlTable) -> NamedNumber:
        return NamedNumber(point.checked("number", _one_word, "write the number's name as the meter shows it"))

    def driver(self, meter: str, options: LineOptions, timeout: UtcMillis, clock: Clock) -> LineMeterDriver:
        return LineMeterDriver(meter, options, timeout, clock)


class LineMeterDriver:
    """A `Driver` that asks for all numbers in one line, over a connection of its own for each reading."""

    def __init__(self, meter: str, options: LineOptions, timeout: UtcMillis, clock: Clock) -> None:
        self._options, self._timeout, self._clock = options, timeout, clock
        self._back_off = BackOff(meter, clock)

    async def read(self, addresses: Sequence[NamedNumber]) -> Reading:
        self._back_off.check()
        try:
            async with asyncio.timeout(self._timeout / SECOND):
                answers = await self._ask([address.name for address in addresses])
        except (TimeoutError, OSError, Malformed) as error:
            raise self._back_off.failed(str(error) or f"no answer within {self._timeout} ms") from error
        self._back_off.succeeded()
        return Reading(answers, self._clock.now())

    async def close(self) -> None:
        return

    async def _ask(self, names: Sequence[str]) -> tuple[Answer, ...]:
        reader, writer = await asyncio.open_connection(self._options.host, self._options.port)
        try:
            writer.write(" ".join(names).encode() + b"\n")
            words = (await reader.readline()).decode("ascii", "replace").split()
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        if len(words) != len(names):
            raise Malformed(f"{len(words)} answers to {len(names)} names")
        return tuple(NO_NUMBER.get(word) or parse_decimal(word) for word in words)


@dataclass
class LineMeter:
    """A meter that shows `numbers` by name; a silent one takes requests and never answers."""

    numbers: dict[str, str]
    silent: bool = False
    requests: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[int]:
        """Serve on a port of loopback, which is what the block is given."""
        talks = set[asyncio.Task[None]]()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._talk(reader, writer))
            talks.add(task)
            await task

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            server.close()
            await asyncio.gather(*talks)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError), closing(writer):
            while line := (await reader.readline()).decode():
                self.requests.append(line.strip())
                if not self.silent:
                    writer.write(" ".join(self.numbers.get(name, "-") for name in line.split()).encode() + b"\n")


def _one_word(name: str) -> str:
    if not name.isascii() or name.split() != [name]:
        raise Malformed("is not one word of ASCII")
    return name
