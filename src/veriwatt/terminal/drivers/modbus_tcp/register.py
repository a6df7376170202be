"""The address of a number in a Modbus device: register space, first register, type and word order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from veriwatt.errors import Malformed
from veriwatt.single_precision import nearest_single
from veriwatt.system.toml_tables import TomlTable
from veriwatt.units import Decimal10

REGISTERS = 65_536
"""Registers of one space, addressed from 0."""


class Function(Enum):
    """Which of a device's two register spaces."""

    HOLDING = "holding"
    INPUT = "input"


class WordOrder(Enum):
    """Which 16-bit word of a longer number comes first; within a word the high byte always does."""

    BIG = "big"
    LITTLE = "little"


class NumberType(Enum):
    """How the words of a number are read; integers are two's complement, `f32` is IEEE 754."""

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

    def holding(self, number: Decimal10) -> Decimal10:
        """The number of this type that stands for `number`: itself, or the nearest binary fraction.

        Raises:
            Malformed: an integer that is not whole or out of range; a fraction too large, or so small that it is 0.
        """
        if self is NumberType.F32:
            return nearest_single(number)
        bits, signed = 16 * self.words, self.value.startswith("i")
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
        if not low <= number.at_scale(0) <= high:
            raise Malformed(f"{number} is no number of type {self.value}, {low} to {high}")
        return number


@dataclass(frozen=True, slots=True)
class Register:
    """An `Address`: one number from register `address` on, counted from 0 as on the wire (40001 is holding 0)."""

    address: int
    function: Function
    type: NumberType
    word_order: WordOrder

    @property
    def end(self) -> int:
        """The address after the last word."""
        return self.address + self.type.words

    @property
    def is_integer(self) -> bool:
        return self.type is not NumberType.F32

    def as_answered(self, number: Decimal10) -> Decimal10:
        return self.type.holding(number)


def parse_register(point: TomlTable, meter: TomlTable) -> Register:
    """The register that a [[point]] table names; raises BadInput."""
    number = point.choice("type", NumberType)
    return Register(
        address=point.number("register", 0, REGISTERS - number.words),
        function=parse_function(point.inherited("function", meter)),
        type=number,
        word_order=parse_word_order(point.inherited("word_order", meter)),
    )


def parse_function(table: TomlTable) -> Function:
    return table.choice("function", Function, Function.HOLDING)


def parse_word_order(table: TomlTable) -> WordOrder:
    return table.choice("word_order", WordOrder, WordOrder.BIG)
