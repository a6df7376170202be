"""Rows that were read are answered without the file, also when it is written, and never take more than their room."""

from __future__ import annotations

from collections.abc import Iterator

from veriwatt.ledger.rows.cached_rows import CachedRows
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.rows_by_shape import RowsByShape


class CountedRows(MemoryRows):
    """Counts what is read."""

    read = 0

    def get(self, key: bytes) -> bytes | None:
        self.read += 1
        return super().get(key)


def test_a_row_is_read_once_and_an_absent_one_too() -> None:
    file = CountedRows({b"a": b"1"})
    rows = CachedRows(file)
    assert [rows.get(key) for key in (b"a", b"b", b"a", b"b")] == [b"1", None, b"1", None]
    assert file.read == 2


def test_what_is_written_is_what_is_read_afterwards() -> None:
    file = CountedRows({b"a": b"1", b"gone": b"2"})
    rows = CachedRows(file)
    assert [rows.get(key) for key in (b"a", b"gone", b"new")] == [b"1", b"2", None]
    changes = {b"a": b"3", b"gone": None, b"new": b"4", b"other": b"5"}
    file.take(changes)
    rows.written(changes)
    assert [rows.get(key) for key in (b"a", b"gone", b"new", b"other")] == [b"3", None, b"4", b"5"]
    assert file.read == 4


def test_an_older_row_that_is_written_is_not_answered_as_it_was() -> None:
    file = CountedRows({b"%d" % at: b"1" for at in range(100)})
    rows = CachedRows(file, limit=1_000)
    rows.get(b"0")
    for at in range(1, 8):  # now row 0 is among the older ones
        rows.get(b"%d" % at)
    file.take({b"0": b"2"})
    rows.written({b"0": b"2"})
    for at in range(8, 12):
        rows.get(b"%d" % at)
    assert rows.get(b"0") == b"2"


def test_the_least_used_are_read_again() -> None:
    file = CountedRows({b"%d" % at: b"1" for at in range(100)})
    rows = CachedRows(file, limit=1_000)
    for at in range(100):
        rows.get(b"%d" % at)
    rows.get(b"0")
    assert file.read == 101


def test_other_rows_of_the_file_are_read_when_it_was_replaced() -> None:
    file = CountedRows({b"a": b"1"})
    rows = CachedRows(file)
    rows.get(b"a")
    file.take({b"a": b"2"})
    rows.forget()
    assert rows.get(b"a") == b"2"


class ScannedRows(MemoryRows):
    """Counts its scans."""

    scans = 0

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        self.scans += 1
        return super().scan(prefix)


def _letters(value: bytes) -> str:
    return value.decode().lower()


def test_the_names_of_a_scope_are_scanned_once_however_many_come() -> None:
    file = ScannedRows({b"name/mill/%d" % at: b"N%d" % at for at in range(100)})
    rows = CachedRows(file)
    for at in range(100, 120):
        looked = rows.shaped(b"name/mill/", _letters, frozenset({f"n{at}", f"n{at - 1}"}))
        assert looked == {f"n{at - 1}": (b"name/mill/%d" % (at - 1), b"N%d" % (at - 1))}
        changes = {b"name/mill/%d" % at: b"N%d" % at, b"name/office/1": b"N%d" % (at + 1)}
        file.take(changes)
        rows.written(changes)
    assert file.scans == 1


def test_a_scope_is_scanned_again_when_the_file_was_replaced() -> None:
    file = ScannedRows({b"name/mill/1": b"A"})
    rows = CachedRows(file)
    assert rows.shaped(b"name/mill/", _letters, frozenset({"a", "b"})) == {"a": (b"name/mill/1", b"A")}
    file.take({b"name/mill/2": b"B"})
    rows.forget()
    assert set(rows.shaped(b"name/mill/", _letters, frozenset({"a", "b"}))) == {"a", "b"}


def test_no_more_names_are_kept_than_there_is_room_for() -> None:
    shapes = RowsByShape(limit=10)
    file = ScannedRows({b"name/%d/%d" % (org, at): b"N%d" % at for org in range(3) for at in range(4)})
    for org in (0, 1, 0, 2, 0, 1):  # the third pushes the second out, which is scanned again
        assert len(shapes.find(file, b"name/%d/" % org, _letters, frozenset({"n0", "n3", "n9"}))) == 2
    assert file.scans == 4
