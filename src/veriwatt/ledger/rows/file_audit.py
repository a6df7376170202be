"""Auditing the file of a ledger: what is the same whatever engine wrote it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from veriwatt.errors import Corrupted, NotFound
from veriwatt.ids import Digest
from veriwatt.ledger.rows.ledger_audit import PROBLEM_LIMIT, LedgerAudit
from veriwatt.ledger.rows.row_problems import RowProblem
from veriwatt.ledger.rows.tables import Tables
from veriwatt.machine.anchors import queries as anchors
from veriwatt.machine.members import queries as members
from veriwatt.machine.state import StateRows, range_at
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.system.files import DiskFiles

NO_DIGEST = Digest(bytes(Digest.LENGTH))
"""In the place of the hashes of a block that there is not."""


class FileAudit(ABC):
    """One audit of the file at `path`, which may be in use."""

    def __init__(self, path: Path) -> None:
        self._path, self._problems = path, list[RowProblem]()
        self._counts = {"blocks": 0, "transactions": 0, "state": 0, "log_leaves": 0}
        self._genesis: Genesis | None = None
        self._root_log, self._anchored = CompactRange.empty(), dict[str, CompactRange]()

    def audit(self) -> LedgerAudit:
        """Compare every row, in one state of the file.

        Raises:
            NotFound: there is no ledger, or nothing in its file.
            WrongMachine: the ledger needs another version of this program.
        """
        if not DiskFiles().exists(self._path):
            raise NotFound(f"there is no ledger at {self._path}")
        try:
            tables = Tables(self._path, writable=False)
            try:
                with tables.snapshot():
                    if tables.is_empty():
                        raise NotFound(f"the file {self._path} has no ledger")
                    self._check_file(tables)
            finally:
                tables.close()
        except Corrupted as error:
            self.note("file", "", [str(error)])
        return self.result()

    @abstractmethod
    def check(self, tables: Tables) -> None:
        """Note what is wrong with the rows of a file that has all tables."""

    @abstractmethod
    def result(self) -> LedgerAudit:
        """What was found."""

    def note(self, table: str, row: str, found: Iterable[str]) -> None:
        self.add(RowProblem(table, row, what) for what in found)

    def add(self, found: Iterable[RowProblem]) -> None:
        self._problems += islice(found, PROBLEM_LIMIT - len(self._problems))

    def _check_file(self, tables: Tables) -> None:
        self.note("file", "", tables.file_damage())
        for name, what in tables.foreign_schema():
            self.note(name, "", [what])
        if not tables.missing_tables():
            self.check(tables)

    def _read_ranges(self, rows: StateRows) -> None:
        """The compact ranges of the logs in a state that was found to be right."""
        self._root_log = range_at(rows, ROOT_LOG)
        self._anchored = {each.org: anchors.data_chain(rows, each.org) for each in members.organisations(rows)}

    def _told(self, height: int, block_hash: Digest, app_hash: Digest) -> LedgerAudit:
        """The result, of which the newest block is this one."""
        genesis = self._genesis
        return LedgerAudit(
            "" if genesis is None else genesis.chain_id,
            NO_DIGEST if genesis is None else genesis.genesis_hash,
            height,
            block_hash,
            app_hash,
            self._root_log,
            self._anchored,
            self._counts,
            tuple(self._problems),
        )
