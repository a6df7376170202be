from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from veriwatt.terminal.drivers.modbus_tcp.register import Function, NumberType, Register, WordOrder
from veriwatt.terminal.drivers.modbus_tcp.requests import MOST_WORDS, Block, blocks_of

REGISTERS = st.builds(
    Register, st.integers(0, 400), st.sampled_from(Function), st.sampled_from(NumberType), st.just(WordOrder.BIG)
)


def register(address: int, kind: NumberType = NumberType.U32, function: Function = Function.HOLDING) -> Register:
    return Register(address, function, kind, WordOrder.BIG)


def test_adjacent_registers_are_read_in_one_request() -> None:
    assert blocks_of((register(4), register(0), register(2))) == (Block(Function.HOLDING, 0, 6),)


def test_a_hole_is_never_read() -> None:
    assert blocks_of((register(0), register(3))) == (Block(Function.HOLDING, 0, 2), Block(Function.HOLDING, 3, 2))


def test_the_two_register_spaces_are_read_in_separate_requests() -> None:
    both = (register(0), register(2, function=Function.INPUT))
    assert blocks_of(both) == (Block(Function.HOLDING, 0, 2), Block(Function.INPUT, 2, 2))


@given(st.lists(REGISTERS, max_size=80).map(tuple))
def test_requests_read_every_register_whole_and_no_other_word(registers: tuple[Register, ...]) -> None:
    asked = {(r.function, word) for r in registers for word in range(r.address, r.end)}
    blocks = blocks_of(registers)
    assert {(b.function, word) for b in blocks for word in range(b.address, b.address + b.count)} == asked
    assert all(b.count <= MOST_WORDS for b in blocks)
    for r in registers:
        assert any(b.function is r.function and b.address <= r.address and r.end <= b.address + b.count for b in blocks)
