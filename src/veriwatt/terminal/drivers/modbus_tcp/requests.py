"""Grouping registers into requests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from veriwatt.terminal.drivers.modbus_tcp.register import Function, Register

MOST_WORDS = 125
"""A Modbus response holds no more registers."""


@dataclass(frozen=True, slots=True)
class Block:
    """Registers that one request reads: `count` words from `address`."""

    function: Function
    address: int
    count: int

    def offset(self, register: Register) -> int | None:
        """Where the words of `register` begin among the block's words; None when the block does not hold it."""
        first = register.address - self.address
        inside = self.function is register.function and first >= 0 and first + register.type.words <= self.count
        return first if inside else None

    def joins(self, register: Register) -> bool:
        """Whether the block can be extended to hold `register`, which begins no earlier than the block."""
        return (
            self.function is register.function
            and register.address <= self.address + self.count
            and register.end - self.address <= MOST_WORDS
        )


@lru_cache(maxsize=1024)
def blocks_of(registers: tuple[Register, ...]) -> tuple[Block, ...]:
    """The fewest requests that read `registers` and no word between them: a meter may refuse a hole."""
    blocks: list[Block] = []
    for register in sorted(registers, key=lambda r: (r.function.value, r.address, r.end)):
        last = blocks[-1] if blocks else None
        if last is not None and last.joins(register):
            count = max(last.count, register.end - last.address)
            blocks[-1] = Block(last.function, last.address, count)
        else:
            blocks.append(Block(register.function, register.address, register.type.words))
    return tuple(blocks)
