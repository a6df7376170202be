"""Auditing an embedded ledger: every block is executed again and every row of every table compared.

For each block, by height:
    1  the row exists and parses in its one spelling
    2  its header is the only one that can follow the previous block with this content (links, hashes of
       transactions, results and commit, signer), its time is later, and its commit is signed for it
    3  the app hash in its header is the root of the replayed state before it
    4  executing its transactions gives the codes that it states, and each transaction changes the state
    5  the leaves that execution appends are in log_leaves
then:
    6  the newest block is empty: it proves the state before it
    7  state has the replayed rows and no others; log_leaves has no other leaves
The replay stops at a damaged or missing block. Later blocks are still checked one by one, and the rows of
state and log_leaves are compared with the newest header.

An audit of this file alone cannot detect that the newest blocks were removed *together with* the state rows
and leaves that they made: that is an earlier state of the same ledger. A trust file's checkpoint, an org's data
chain (longer than its anchor) and receipts of other parties show it, so `fsck` compares `height`, `root_log` and
`anchored` with them. Nor can an audit detect a file that the owner of the signing key rewrote from genesis:
witnesses and trust files can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from veriwatt.errors import Corrupted, Malformed, NotFound, NotProven
from veriwatt.ids import Digest
from veriwatt.ledger.embedded.block import StoredBlock
from veriwatt.ledger.embedded.replay import Replay, block_problems, code_problem
from veriwatt.ledger.embedded.row_problems import (
    RowProblem,
    foreign_leaves,
    leaf_problem,
    leaf_problems_by_root,
    state_problems,
    state_problems_by_root,
)
from veriwatt.ledger.embedded.tables import Tables
from veriwatt.machine.anchors import queries as anchors
from veriwatt.machine.members import queries as members
from veriwatt.machine.state import StateRows, range_at
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.model.ledger.block import header_hash
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.system.files import DiskFiles

PROBLEM_LIMIT = 1000
"""Problems reported at most; more would not describe the file better."""


@dataclass(frozen=True, slots=True)
class LedgerAudit:
    """The outcome of an audit; without problems, every row of every table follows from genesis and blocks.

    `height`, `block_hash` and `app_hash` are those of the newest block. `root_log` and `anchored` (by org) are the
    compact ranges in the state; they are empty when the replay stopped. The anchors are the leaves of each org's log.
    """

    chain_id: str
    genesis_hash: Digest
    height: int
    block_hash: Digest
    app_hash: Digest
    root_log: CompactRange
    anchored: Mapping[str, CompactRange]
    counts: Mapping[str, int]
    problems: tuple[RowProblem, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def audit(path: Path, progress: Callable[[int, int], None] | None = None) -> LedgerAudit:
    """Audit the ledger file at `path`, which may be in use; `progress` is called with (height, newest height).

    Raises:
        NotFound: there is no ledger, or nothing in its file.
        WrongMachine: the ledger needs another version of this program.
    """
    if not DiskFiles().exists(path):
        raise NotFound(f"there is no ledger at {path}")
    auditor = _Auditor(progress)
    try:
        tables = Tables(path, writable=False)
        try:
            with tables.snapshot():
                if tables.is_empty():
                    raise NotFound(f"the file {path} has no ledger")
                auditor.run(tables)
        finally:
            tables.close()
    except Corrupted as error:
        auditor.note("file", "", [str(error)])
    return auditor.result()


class _Auditor:
    """One audit of one file.

    `_replay` is None once a damaged block with transactions has stopped the replay; a damaged empty block does not
    stop it, because an empty block changes no state. `_before` is the previous block, None when that is damaged;
    `_newest` is the newest undamaged block.
    """

    def __init__(self, progress: Callable[[int, int], None] | None) -> None:
        self._progress = progress
        self._problems: list[RowProblem] = []
        self._sizes: dict[bytes, int] = {}
        self._counts = {"blocks": 0, "transactions": 0, "state": 0, "log_leaves": 0}
        self._genesis: Genesis | None = None
        self._replay: Replay | None = None
        self._before: StoredBlock | None = None
        self._newest: StoredBlock | None = None
        self._root_log, self._anchored = CompactRange.empty(), dict[str, CompactRange]()

    def run(self, tables: Tables) -> None:
        self._tables = tables
        self.note("file", "", tables.file_damage())
        for name, what in tables.foreign_schema():
            self.note(name, "", [what])
        if tables.missing_tables() or not self._begin():
            return
        self._blocks()
        if self._replay is None:
            self._add(state_problems_by_root(tables, self._newest))
            self._add(leaf_problems_by_root(tables))
        else:
            self._add(state_problems(tables, self._replay.rows))
            self._add(foreign_leaves(tables, self._sizes))
            self._summarise(self._replay.rows)

    def result(self) -> LedgerAudit:
        genesis, newest, none = self._genesis, self._newest, Digest(bytes(Digest.LENGTH))
        return LedgerAudit(
            "" if genesis is None else genesis.chain_id,
            none if genesis is None else genesis.genesis_hash,
            0 if newest is None else newest.header.height,
            none if newest is None else header_hash(newest.header),
            none if newest is None else Digest(newest.header.app_hash),
            self._root_log,
            self._anchored,
            self._counts,
            tuple(self._problems),
        )

    def note(self, table: str, row: str, found: Iterable[str]) -> None:
        self._add(RowProblem(table, row, what) for what in found)

    def _add(self, found: Iterable[RowProblem]) -> None:
        self._problems += islice(found, PROBLEM_LIMIT - len(self._problems))

    def _begin(self) -> bool:
        """Load the genesis; False when it cannot be read, so that nothing can be compared with it."""
        raw, first = self._tables.block(0), self._tables.block(1)
        try:
            if raw is None:
                raise Malformed("the genesis document is missing")
            genesis = Genesis.from_bytes(raw)
            chain = None if first is None else _chain_id_in(first)
            if chain not in (None, genesis.chain_id):
                raise Malformed(f"the genesis of {genesis.chain_id} is stored with blocks of {chain}")
        except Malformed as error:
            self.note("blocks", "0", [str(error)])
            return False
        self._genesis, self._replay = genesis, Replay(genesis)
        self._chain = self._replay.chain
        return True

    def _blocks(self) -> None:
        newest, expected = self._tables.last_height(), 1
        for height, raw in self._tables.blocks():
            if height < expected:
                if height != 0:
                    self.note("blocks", str(height), ["a ledger has no such block"])
                continue
            for lost in range(expected, height):
                self._unreadable(lost, "the block is missing")
            expected = height + 1
            self._block(height, raw)
            if self._progress is not None:
                self._progress(height, newest)
        if expected == 1 or (self._before is not None and self._before.transactions):
            self._unreadable(expected, "the block that proves the newest state is missing")

    def _block(self, height: int, raw: bytes) -> None:
        try:
            block = StoredBlock.from_bytes(raw)
            if block.header.height != height:
                raise Malformed(f"it is block {block.header.height}")
        except Malformed as error:
            self._unreadable(height, str(error))
            return
        self._counts["blocks"] += 1
        self._counts["transactions"] += len(block.transactions)
        found = block_problems(self._chain, self._before, block, None if self._replay is None else self._replay.root)
        self.note("blocks", str(height), found)
        self._before = None if found else block
        self._newest = self._newest if found else block
        if found and block.transactions:
            self._replay = None
        if self._replay is not None and block.transactions:
            self._execute(block, self._replay)

    def _unreadable(self, height: int, what: str) -> None:
        """Report a missing or unreadable block; if the previous block has transactions, this one was empty."""
        self.note("blocks", str(height), [what])
        if height != 1 and (self._before is None or not self._before.transactions):
            self._replay = None
        self._before = None

    def _execute(self, block: StoredBlock, state: Replay) -> None:
        height = block.header.height
        try:
            codes, appends = state.execute(block)
        except NotProven as error:
            self.note("blocks", str(height), [str(error)])
            self._replay = None
            return
        if codes != block.codes:
            self.note("blocks", str(height), [code_problem(block.codes, codes)])
            self._before = replace(block, codes=codes)
        for log, at, leaf in appends:
            self._sizes[log] = at + 1
            stored = self._tables.leaf(log, at)
            if stored != leaf:
                what = "the leaf is missing" if stored is None else f"the leaf is not the one that block {height} made"
                self._add([leaf_problem(log, at, what)])

    def _summarise(self, rows: StateRows) -> None:
        self._root_log = range_at(rows, ROOT_LOG)
        self._anchored = {each.org: anchors.data_chain(rows, each.org) for each in members.organisations(rows)}
        self._counts["state"], self._counts["log_leaves"] = self._tables.count_state(), sum(self._sizes.values())


def _chain_id_in(raw: bytes) -> str | None:
    try:
        return StoredBlock.from_bytes(raw).header.chain_id
    except Malformed:
        return None
