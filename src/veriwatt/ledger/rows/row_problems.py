"""Finding wrong rows of the ledger's tables: against the replayed state, or against the newest header alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from veriwatt.ledger.rows.tables import Tables
from veriwatt.machine.state import StateRows, range_bytes
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.state_tree import StateTree
from veriwatt.merkle.tree import leaf_hash


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A wrong row of a table; `table` is "file" for damage below the tables."""

    table: str
    row: str
    what: str


def leaf_problem(log: bytes, position: int, what: str) -> RowProblem:
    """The problem of the leaf at that position of a log."""
    return RowProblem("log_leaves", f"{_shown(log)} {position}", what)


def state_problems(tables: Tables, replayed: StateRows) -> Iterator[RowProblem]:
    """The rows in which the state differs from the replayed state."""
    wanted = replayed.scan(b"")
    ahead = next(wanted, None)
    for key, value in tables.scan(b""):
        while ahead is not None and ahead[0] < key:
            yield _state_problem(ahead[0], "the row is missing")
            ahead = next(wanted, None)
        if ahead is None or ahead[0] != key:
            yield _state_problem(key, "no block made this row")
            continue
        if ahead[1] != value:
            yield _state_problem(key, "the value is not the one the blocks give")
        ahead = next(wanted, None)
    while ahead is not None:
        yield _state_problem(ahead[0], "the row is missing")
        ahead = next(wanted, None)


def foreign_leaves(tables: Tables, sizes: Mapping[bytes, int]) -> Iterator[RowProblem]:
    """The leaves that no block appended; `sizes` are the sizes of the logs."""
    for log, at, _ in tables.all_leaves():
        if not 0 <= at < sizes.get(log, 0):
            yield leaf_problem(log, at, "no block made this leaf")


def state_problems_by_root(tables: Tables, app_hash: bytes | None) -> Iterator[RowProblem]:
    """One problem, if the state is not the one with this root; None: no undamaged header commits to one."""
    if app_hash is None or StateTree.from_items(tables.scan(b"")).root != app_hash:
        yield RowProblem("state", "", "its rows are not the state that the newest undamaged header commits to")


def leaf_problems_by_root(tables: Tables) -> Iterator[RowProblem]:
    """The logs whose leaves do not lead to their range in the state."""
    ranges: dict[bytes, CompactRange] = {}
    for log, at, leaf in tables.all_leaves():
        compact = ranges.get(log, CompactRange.empty())
        if at != compact.size:
            yield leaf_problem(log, compact.size, "the leaf is missing")
            return
        ranges[log] = compact.append(leaf_hash(leaf))
    for log, compact in ranges.items():
        if tables.get(log) != range_bytes(compact):
            what = "its leaves are not those of the range in the state"
            yield RowProblem("log_leaves", _shown(log), what)


def _state_problem(key: bytes, what: str) -> RowProblem:
    return RowProblem("state", _shown(key), what)


def _shown(key: bytes) -> str:
    text = key.decode("ascii", "replace")
    return text if text.isprintable() and "\ufffd" not in text else f"{key[:8].decode('ascii', 'replace')}… {key.hex()}"
