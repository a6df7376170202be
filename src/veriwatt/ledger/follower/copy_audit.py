"""Auditing the copy of a followed ledger: what its newest block commits to is there, and nothing else.

    1  the newest block is signed by its own validators; it is that of the chain
    2  state has the rows under its app hash, and no others
    3  the leaves of each log lead to its range in the state

Whether the block is the ledger's follows from the trust file: the node proves each head before it copies it.
"""

from __future__ import annotations

from pathlib import Path

from veriwatt.errors import Malformed, VeriwattError
from veriwatt.ids import Digest
from veriwatt.ledger.follower.copy_reader import NewestBlock, NotCopiedYet
from veriwatt.ledger.rows.file_audit import NO_DIGEST, FileAudit
from veriwatt.ledger.rows.ledger_audit import LedgerAudit
from veriwatt.ledger.rows.row_problems import leaf_problems_by_root, state_problems_by_root
from veriwatt.ledger.rows.tables import Tables
from veriwatt.model.ledger.block import LightBlock, header_hash
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.verify.light_block import verify_commit


def audit_copy(path: Path) -> LedgerAudit:
    """Audit the copy at `path`, which may be in use.

    Raises:
        NotFound: there is none, or nothing in its file.
        WrongMachine: the ledger needs another version of this program.
    """
    return _CopyAudit(path).audit()


class _CopyAudit(FileAudit):
    """One audit of one copy; `_newest` is its newest undamaged block."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._newest: LightBlock | None = None

    def check(self, tables: Tables) -> None:
        if not self._begin(tables):
            return
        try:
            self._check_blocks(tables)
        except NotCopiedYet:
            return  # nothing was copied yet
        newest = self._newest
        self.add(state_problems_by_root(tables, None if newest is None else newest.header.app_hash))
        self.add(leaf_problems_by_root(tables))
        if not self._problems:
            self._read_ranges(tables)
        self._counts["state"] = tables.count_state()
        self._counts["log_leaves"] = sum(1 for _ in tables.all_leaves())

    def result(self) -> LedgerAudit:
        if self._newest is None:
            return self._told(0, NO_DIGEST, NO_DIGEST)
        header = self._newest.header
        return self._told(header.height, header_hash(header), Digest(header.app_hash))

    def _begin(self, tables: Tables) -> bool:
        try:
            self._genesis = Genesis.from_bytes(tables.block(0) or b"")
        except Malformed as error:
            self.note("blocks", "0", [str(error)])
            return False
        return True

    def _check_blocks(self, tables: Tables) -> None:
        """Check each block by its own validators; the newest is the one that the rows are held to."""
        assert self._genesis is not None
        NewestBlock().of(tables)
        for height, raw in tables.blocks():
            if height == 0:
                continue
            try:
                light = LightBlock.from_bytes(raw)
                verify_commit(light, self._genesis.chain_id)
                if light.header.height != height:
                    raise Malformed(f"it is block {light.header.height}")
            except VeriwattError as error:
                self.note("blocks", str(height), [str(error)])
                continue
            self._counts["blocks"] += 1
            self._newest = light
