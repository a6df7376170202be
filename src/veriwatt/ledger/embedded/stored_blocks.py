"""The stored blocks of one chain, and the newest of them with the tree of the state it proves."""

from __future__ import annotations

from veriwatt.errors import Corrupted, Malformed, NotFound, RootMismatch
from veriwatt.ledger.embedded.block import Chain, StoredBlock
from veriwatt.ledger.embedded.tables import Tables
from veriwatt.merkle.state import StateTree
from veriwatt.model.ledger.block import header_hash


class StoredBlocks:
    """What the tables hold of `chain`, whoever writes them; one thread at a time."""

    def __init__(self, tables: Tables, chain: Chain) -> None:
        self._tables, self._chain = tables, chain
        self._newest: StoredBlock | None = None
        self._tree: StateTree | None = None

    def at(self, height: int) -> StoredBlock:
        """The block of that height; NotFound beyond the head, Corrupted when it is not the one that was signed."""
        raw = self._tables.block(height) if height > 0 else None
        if raw is None:
            raise NotFound(f"the ledger has no block {height}")
        try:
            block = StoredBlock.from_bytes(raw)
        except Malformed as error:
            raise Corrupted(f"blocks, row {height}: {error}") from error
        if header_hash(block.header) != block.commit.block_id.hash or block.header.chain_id != self._chain.chain_id:
            raise Corrupted(f"blocks, row {height}: the header is not the one that was signed")
        return block

    def newest(self) -> StoredBlock:
        """The newest block; another one than before, by a writer or an unsettled commit, makes the tree stale."""
        height = self._tables.last_height()
        if height < 1:
            raise Corrupted("blocks: there is a genesis and no block")
        if self._newest is None or self._newest.header.height != height:
            self._newest, self._tree = self.at(height), None
        return self._newest

    def newest_with_tree(self) -> tuple[StoredBlock, StateTree]:
        """The newest block with the tree of the state rows; Corrupted when its header commits to others."""
        newest = self.newest()
        if self._tree is None:
            tree = StateTree.from_items(self._tables.scan(b""))
            if tree.root != newest.header.app_hash:
                mismatch = RootMismatch(committed=newest.header.app_hash, computed=tree.root)
                raise Corrupted(f"the state rows are not those of block {newest.header.height}: {mismatch}")
            self._tree = tree
        return newest, self._tree

    def take(self, newest: StoredBlock, tree: StateTree) -> None:
        """Go on from a block just written, whose header commits to `tree`."""
        self._newest, self._tree = newest, tree
