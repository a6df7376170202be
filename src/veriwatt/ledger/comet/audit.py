"""Auditing the file of a ledger on CometBFT: every block is executed again and every row of every table compared.

For each block, by height:
    1  the row exists and parses in its one spelling; its time is later than that of the block before
    2  its app hash is the root of the replayed state before it
    3  executing its transactions, with the misbehaviour that it tells, gives the results that it states
    4  the leaves that execution appends are in log_leaves
then:
    5  state has the rows before the newest block and no others; log_leaves has no other leaves

A node that began with a snapshot has no blocks before: its rows are held to the app hash of the newest block, and its
leaves to their ranges. The blocks' hashes, commits and order are CometBFT's, in its own files, and are not judged here:
`executed` blocks lead to the app hash that a light block of any honest node commits to, or they are not the chain's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from veriwatt.errors import Corrupted, Malformed
from veriwatt.ids import Digest
from veriwatt.ledger.comet.decided_block import DecidedBlock
from veriwatt.ledger.result_codes import block_result
from veriwatt.ledger.rows.export import stored_first_state
from veriwatt.ledger.rows.file_audit import NO_DIGEST, FileAudit
from veriwatt.ledger.rows.ledger_audit import LedgerAudit
from veriwatt.ledger.rows.row_problems import (
    foreign_leaves,
    leaf_problem,
    leaf_problems_by_root,
    state_problems,
    state_problems_by_root,
)
from veriwatt.ledger.rows.tables import Tables
from veriwatt.machine.app import execute_block
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.state import StateRows
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.ledger.genesis import Genesis


def audit_comet(path: Path, progress: Callable[[int, int], None] | None = None) -> LedgerAudit:
    """Audit the ledger file at `path`, which may be in use; `progress` is called with (height, newest height).

    Raises:
        NotFound: there is no ledger, or nothing in its file.
        WrongMachine: the ledger needs another version of this program.
    """
    return _Auditor(path, progress).audit()


class _Auditor(FileAudit):
    """One audit of one file; `_newest` is the newest row that is a block."""

    def __init__(self, path: Path, progress: Callable[[int, int], None] | None) -> None:
        super().__init__(path)
        self._first, self._progress = 1, progress
        self._sizes = dict[bytes, int]()
        self._height, self._newest = 0, DecidedBlock(None, 0, NO_DIGEST)

    def check(self, tables: Tables) -> None:
        self._tables = tables
        if not self._begin():
            return
        rows = self._replayed() if tables.first_height() <= self._first else None
        if rows is None:
            self._by_root()
        else:
            self.add(state_problems(tables, rows))
            self.add(foreign_leaves(tables, self._sizes))
            self._summarise(rows)

    def result(self) -> LedgerAudit:
        return self._told(self._height, self._newest.hash or NO_DIGEST, self._newest.app_hash)

    def _begin(self) -> bool:
        """Load the genesis; False when it cannot be read."""
        raw = self._tables.block(0)
        try:
            if raw is None:
                raise Malformed("the genesis document is missing")
            self._genesis = Genesis.from_bytes(raw)
            self._first = self._genesis.first_height
        except Malformed as error:
            self.note("blocks", "0", [str(error)])
            return False
        return True

    def _replayed(self) -> MemoryRows | None:
        """The state before the newest block, by execution from the genesis; None when a row stops it."""
        assert self._genesis is not None
        try:
            begins = stored_first_state(self._genesis, self._path)
        except Corrupted as error:
            self.note("file", "", [str(error)])
            return None
        self._check_leaves(begins.leaves, "the leaf is not the one that the predecessor's export has")
        rows, last = MemoryRows(begins.rows), self._tables.last_height()
        tree = StateTree.from_items(begins.rows.items())
        for height in range(self._first, last + 1):
            block = self._block(height, tree.root)
            if block is None:
                return None
            executed = execute_block(rows, block.at(height), block.transactions, misbehaviour=block.misbehaviour)
            if tuple(map(block_result, executed.outcomes)) != block.results:
                self.note("blocks", str(height), ["the results that it states are not those of its transactions"])
            if height < last:
                rows.take(executed.changes)
                tree.update(executed.changes)
                self._check_leaves(executed.appends, f"the leaf is not the one that block {height} made")
            if self._progress is not None:
                self._progress(height, last)
        return rows

    def _check_leaves(self, leaves: Iterable[tuple[bytes, int, bytes]], differs: str) -> None:
        for log, at, leaf in leaves:
            self._sizes[log] = at + 1
            if self._tables.leaf(log, at) != leaf:
                self.add([leaf_problem(log, at, differs)])

    def _block(self, height: int, root: Digest | None) -> DecidedBlock | None:
        """A block in its one spelling; `root` is that of the state before it, where that was replayed."""
        raw = self._tables.block(height)
        try:
            if raw is None:
                raise Malformed("the block is missing")
            block = DecidedBlock.from_bytes(raw)
            if root is not None and block.app_hash != root:
                raise Malformed("its app hash is not the root of the state before it")
            if height > self._first and block.time <= self._newest.time:
                raise Malformed("its time is not later than that of the block before")
        except Malformed as error:
            self.note("blocks", str(height), [str(error)])
            return None
        self._counts["blocks"] += 1
        self._counts["transactions"] += len(block.transactions)
        self._height, self._newest = height, block
        return block

    def _by_root(self) -> None:
        """Hold the rows to the app hash of the newest block, and the leaves to the rows."""
        height = self._tables.last_height()
        block = self._block(height, None)
        self.add(state_problems_by_root(self._tables, None if block is None else block.app_hash))
        self.add(leaf_problems_by_root(self._tables))
        if not self._problems:
            self._summarise(self._tables)

    def _summarise(self, rows: StateRows) -> None:
        self._read_ranges(rows)
        self._counts["state"] = self._tables.count_state()
        self._counts["log_leaves"] = sum(1 for _ in self._tables.all_leaves())
