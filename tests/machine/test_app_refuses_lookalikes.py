from __future__ import annotations

from collections.abc import Iterator

import pytest

from veriwatt.ids import Digest
from veriwatt.machine.lookalikes import ORGS, LooksAlike, check_distinct, points_of, write_name
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.state import BlockContext, ReadOnce, State


def test_a_name_that_looks_like_another_of_its_scope_is_refused_and_names_it() -> None:
    state = State(MemoryRows({}), BlockContext(1, 0, Digest(bytes(32))))
    write_name(state, ORGS, "acme1")
    check_distinct(state, ORGS, "acme1")
    check_distinct(state, ORGS, "acme2")
    check_distinct(state, points_of("acme1"), "acmel")
    with pytest.raises(LooksAlike, match="'acme1'"):
        check_distinct(state, ORGS, "acmel")


class CountedRows(MemoryRows):
    """Counts the rows that scans give."""

    __slots__ = ("scanned",)

    def __init__(self) -> None:
        super().__init__({})
        self.scanned = 0

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        for row in super().scan(prefix):
            self.scanned += 1
            yield row


def test_replaying_many_names_reads_no_row_again_and_again() -> None:
    rows, scope = CountedRows(), points_of("acme")
    for block in range(100):
        context = BlockContext(block + 1, 0, Digest(bytes(32)))
        state = State(ReadOnce(rows), context)
        for at in range(block * 10, block * 10 + 10):
            layer = state.layer()
            check_distinct(layer, scope, f"meter-{at}-a", f"meter-{at}-b")
            write_name(layer, scope, f"meter-{at}-a")
            write_name(layer, scope, f"meter-{at}-b")
            state.absorb(layer)
        rows.take(state.changes)
    assert rows.scanned <= 2_000
    after = State(ReadOnce(rows), BlockContext(101, 0, Digest(bytes(32))))
    for name, existing in (("METER-7-A", "meter-7-a"), ("Meter-999-b", "meter-999-b"), ("meter-O-a", "meter-0-a")):
        with pytest.raises(LooksAlike, match=repr(existing)):
            check_distinct(after.layer(), scope, name)
    check_distinct(after, points_of("other"), "METER-7-A")


def test_a_name_that_a_later_block_wrote_is_seen_after_one_was_refused() -> None:
    rows = MemoryRows({})
    for height, name in enumerate(("hall", "yard", "roof"), 1):
        state = State(ReadOnce(rows), BlockContext(height, 0, Digest(bytes(32))))
        check_distinct(state, ORGS, name)
        write_name(state, ORGS, name)
        rows.take(state.changes)
        with pytest.raises(LooksAlike, match=repr(name)):
            check_distinct(rows, ORGS, name.capitalize())
