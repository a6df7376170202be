"""Reading stored blocks from the tables, with a cache of the newest block and the state tree that it proves."""

from __future__ import annotations

from threading import Lock

from veriwatt.errors import Corrupted, Malformed, NotFound
from veriwatt.ledger.embedded.block import Chain, StoredBlock
from veriwatt.ledger.rows.state_trees import StateTrees
from veriwatt.ledger.rows.tables import Tables
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.ledger.block import header_hash
from veriwatt.units import UtcMillis


class StoredBlocks:
    """The blocks of `chain` in the tables that a call is given; callable from many threads.

    Tables of different calls may be at different heights: the newest block of any call is cached.
    """

    def __init__(self, chain: Chain) -> None:
        self._chain, self._lock = chain, Lock()
        self._newest: StoredBlock | None = None
        self._trees = StateTrees()

    def at(self, tables: Tables, height: int) -> StoredBlock:
        """The block at `height`.

        Raises:
            NotFound: the tables have no such block.
            Corrupted: the row is not the block that was signed.
        """
        raw = tables.block(height) if height > 0 else None
        if raw is None:
            raise NotFound(f"the ledger has no block {height}")
        try:
            block = StoredBlock.from_bytes(raw)
        except Malformed as error:
            raise Corrupted(f"blocks, row {height}: {error}") from error
        if header_hash(block.header) != block.commit.block_id.hash or block.header.chain_id != self._chain.chain_id:
            raise Corrupted(f"blocks, row {height}: the header is not the one that was signed")
        return block

    def time_after(self, tables: Tables, height: int) -> UtcMillis:
        """The time of a block's transactions: that of the next header."""
        return self.at(tables, height + 1).header.time_ms

    def newest(self, tables: Tables) -> StoredBlock:
        """The newest block of the tables."""
        height = tables.last_height()
        if height < 1:
            raise Corrupted("blocks: there is a genesis and no block")
        with self._lock:
            cached = self._newest
        if cached is not None and cached.header.height == height:
            return cached
        block = self.at(tables, height)
        with self._lock:
            if self._newest is None or self._newest.header.height < height:
                self._newest = block
        return block

    def tree(self, tables: Tables, newest: StoredBlock) -> StateTree:
        """The tree of the state rows; `newest` is the newest block of the tables.

        Raises:
            Corrupted: its header commits to other rows.
        """
        return self._trees.of(tables, newest.header.height, newest.header.app_hash)

    def cache(self, newest: StoredBlock, tree: StateTree) -> None:
        """Cache a block that was just written, and the tree that its header commits to."""
        with self._lock:
            self._newest = newest
        self._trees.keep(newest.header.height, tree)
