"""Auditing an embedded ledger: every block is executed again and every row of every table compared.

For each block, by height:
    1  the row exists and parses in its one spelling
    2  its header is the only one that can follow the previous block with this content (links, hashes of
       transactions, results and commit, signer), its time is later, and its commit is signed for it
    3  the app hash in its header is the root of the replayed state before it
    4  executing its transactions gives the results that it states, and each transaction or bundle changes the state
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

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from veriwatt.errors import Corrupted, Malformed, NotProven
from veriwatt.ids import Digest
from veriwatt.ledger.embedded.block import Chain, StoredBlock
from veriwatt.ledger.embedded.replay import Replay, block_problems, result_problem
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
from veriwatt.machine.state import StateRows
from veriwatt.model.ledger.block import header_hash
from veriwatt.model.ledger.genesis import Genesis


def audit(path: Path, progress: Callable[[int, int], None] | None = None) -> LedgerAudit:
    """Audit the ledger file at `path`, which may be in use; `progress` is called with (height, newest height).

    Raises:
        NotFound: there is no ledger, or nothing in its file.
        WrongMachine: the ledger needs another version of this program.
    """
    return _Auditor(path, progress).audit()


class _Auditor(FileAudit):
    """One audit of one file.

    `_replay` is None once a damaged block with transactions has stopped the replay; a damaged empty block does not
    stop it, because an empty block changes no state. `_before` is the previous block, None when that is damaged;
    `_newest` is the newest undamaged block.
    """

    def __init__(self, path: Path, progress: Callable[[int, int], None] | None) -> None:
        super().__init__(path)
        self._progress = progress
        self._sizes: dict[bytes, int] = {}
        self._replay: Replay | None = None
        self._before: StoredBlock | None = None
        self._newest: StoredBlock | None = None

    def check(self, tables: Tables) -> None:
        self._tables = tables
        if not self._begin():
            return
        self._blocks()
        if self._replay is None:
            self.add(state_problems_by_root(tables, self._proven_root()))
            self.add(leaf_problems_by_root(tables))
        else:
            self.add(state_problems(tables, self._replay.rows))
            self.add(foreign_leaves(tables, self._sizes))
            self._summarise(self._replay.rows)

    def result(self) -> LedgerAudit:
        if self._newest is None:
            return self._told(0, NO_DIGEST, NO_DIGEST)
        header = self._newest.header
        return self._told(header.height, header_hash(header), Digest(header.app_hash))

    def _begin(self) -> bool:
        """Load the genesis; False when it cannot be read, so that nothing can be compared with it."""
        raw = self._tables.block(0)
        try:
            if raw is None:
                raise Malformed("the genesis document is missing")
            genesis = Genesis.from_bytes(raw)
            first = self._tables.block(genesis.first_height)
            chain = None if first is None else _chain_id_in(first)
            if chain not in (None, genesis.chain_id):
                raise Malformed(f"the genesis of {genesis.chain_id} is stored with blocks of {chain}")
        except Malformed as error:
            self.note("blocks", "0", [str(error)])
            return False
        self._genesis, self._chain = genesis, Chain.of(genesis)
        try:
            begins = stored_first_state(genesis, self._path)
        except Corrupted as error:
            self.note("file", "", [str(error)])
            return True
        self._replay = Replay(genesis, begins)
        self._check_leaves(begins.leaves, "the leaf is not the one that the predecessor's export has")
        return True

    def _blocks(self) -> None:
        newest, expected = self._tables.last_height(), self._chain.first_height
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
        if expected == self._chain.first_height or (self._before is not None and self._before.transactions):
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
        if height != self._chain.first_height and (self._before is None or not self._before.transactions):
            self._replay = None
        self._before = None

    def _execute(self, block: StoredBlock, state: Replay) -> None:
        height = block.header.height
        try:
            results, appends = state.execute(block)
        except NotProven as error:
            self.note("blocks", str(height), [str(error)])
            self._replay = None
            return
        if results != block.results:
            self.note("blocks", str(height), [result_problem(block.results, results)])
            self._before = replace(block, results=results)
        self._check_leaves(appends, f"the leaf is not the one that block {height} made")

    def _check_leaves(self, leaves: Iterable[tuple[bytes, int, bytes]], differs: str) -> None:
        for log, at, leaf in leaves:
            self._sizes[log] = at + 1
            stored = self._tables.leaf(log, at)
            if stored != leaf:
                self.add([leaf_problem(log, at, "the leaf is missing" if stored is None else differs)])

    def _proven_root(self) -> bytes | None:
        """The root of the state of the file, which the newest undamaged block proves if it is empty."""
        newest = self._newest
        return None if newest is None or newest.transactions else newest.header.app_hash

    def _summarise(self, rows: StateRows) -> None:
        self._read_ranges(rows)
        self._counts["state"], self._counts["log_leaves"] = self._tables.count_state(), sum(self._sizes.values())


def _chain_id_in(raw: bytes) -> str | None:
    try:
        return StoredBlock.from_bytes(raw).header.chain_id
    except Malformed:
        return None
