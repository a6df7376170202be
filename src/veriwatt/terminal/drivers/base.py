"""What the sampler asks of a driver, whatever the protocol on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias

from veriwatt.units import Decimal10, UtcMillis


class Function(Enum):
    """Which of a Modbus device's two register spaces."""

    HOLDING = "holding"
    INPUT = "input"


class WordOrder(Enum):
    """Which 16-bit word of a longer number comes first; the bytes of a word are always high first."""

    BIG = "big"
    LITTLE = "little"


class NumberType(Enum):
    """How the words of a register spell a number; integers are two's complement, `f32` is IEEE 754."""

    U16 = "u16"
    I16 = "i16"
    U32 = "u32"
    I32 = "i32"
    U64 = "u64"
    I64 = "i64"
    F32 = "f32"

    @property
    def words(self) -> int:
        """How many 16-bit registers the number fills."""
        return int(self.value[1:]) // 16


@dataclass(frozen=True, slots=True)
class Register:
    """Where one number stands in a meter; `address` counts from 0 as on the wire (40001 is holding 0)."""

    address: int
    function: Function
    type: NumberType
    word_order: WordOrder

    @property
    def end(self) -> int:
        """The address after the last word."""
        return self.address + self.type.words


@dataclass(frozen=True, slots=True)
class NoValue:
    """The meter answered, but not with a number for this register; `why` is one short phrase."""

    why: str


Answer: TypeAlias = Decimal10 | NoValue


@dataclass(frozen=True, slots=True)
class Reading:
    """What one exchange brought: an answer for each register asked, in that order, and when it was complete."""

    answers: tuple[Answer, ...]
    read_at: UtcMillis


class Driver(Protocol):
    """One meter on its own connection.

    Numbers are the meter's own, unscaled and exact: an integer register has scale 0, and a binary
    fraction is the exact decimal it equals. `read_at` is the terminal's clock when the last answer came.

    A call returns or raises within the meter's timeout, connecting included, so that the caller can
    wait for all meters at once and none delays another. A connection that was lost since the last call is
    made anew; after a failed call the next ones raise at once until a back-off has passed, which doubles
    from 1 s to 30 s of the terminal's clock. Reading changes nothing at the meter and may be repeated.
    One call at a time; a driver belongs to one event loop.
    """

    async def read(self, registers: Sequence[Register]) -> Reading:
        """Read all `registers`, neighbours in one request.

        A register that the meter refuses is a NoValue among the answers; the others have their numbers.

        Raises:
            MeterSilent: no connection, no answer in time, or an answer that is not one. It is Unavailable:
                the next slot may succeed.
        """
        ...

    async def close(self) -> None:
        """Drop the connection; may be repeated, and a later `read` connects anew."""
        ...
