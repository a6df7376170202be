"""Reading the ledger on CometBFT: the file that the application writes, and light blocks from the RPC."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from veriwatt.errors import Corrupted, Malformed, NotFound, Unavailable
from veriwatt.ledger.comet.decided_block import DecidedBlock
from veriwatt.ledger.comet.rpc import CometRpc
from veriwatt.ledger.comet.snapshot import CometSnapshot, decided_block, time_after
from veriwatt.ledger.executed_items import executed_items
from veriwatt.ledger.rows.file_reader import FileReader
from veriwatt.ledger.rows.tables import Tables
from veriwatt.model.ledger.block import LightBlock, VoteFlag, header_hash
from veriwatt.ports.ledger import Block, ExecutedTransaction, Head
from veriwatt.units import UtcMillis

LIGHT_BLOCKS = 256
"""The newest light blocks that were asked for, of 4 validators a kilobyte each."""


class CometReader(FileReader):
    """A `LedgerEngine` that only reads, beside the process that runs the node. Callable from many threads."""

    def __init__(self, file: Path, rpc_port: int) -> None:
        """Open the ledger in `file`; raises as `FileReader`."""
        super().__init__(file)
        self._rpc, self._lock = CometRpc(rpc_port), Lock()
        self._light_blocks = dict[int, LightBlock]()
        self._seen: LightBlock | None = None

    def close(self) -> None:
        super().close()
        self._rpc.close()

    @contextmanager
    def snapshot(self) -> Iterator[CometSnapshot]:
        with self._readers.reading() as tables:
            yield CometSnapshot(tables, self._trees, self.light_block, self._nodes)

    def head(self) -> Head:
        with self.snapshot() as now:
            return now.head

    def next_time(self) -> UtcMillis:
        """The earliest vote for the newest block, and later than that block.

        The next header has the median, by power, of votes for the newest block from over two thirds of the power. We
        know votes of over two thirds, so those that we do not know are too few to bring the median below ours.
        """
        head = self.head()
        try:
            votes = self.light_block(head.height).commit.signatures
        except Unavailable:
            return head.time + 1
        return max(head.time + 1, min(vote.timestamp.millis for vote in votes if vote.flag is VoteFlag.COMMIT))

    def renew_next_time(self) -> None:
        """Who only reads cannot."""

    def sign_fresh_head(self) -> None:
        """CometBFT makes an empty block when none was made for `HEARTBEAT`."""

    def get(self, key: bytes) -> bytes | None:
        with self._readers.reading() as tables:
            return tables.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        with self._readers.reading() as tables:
            return iter(list(tables.scan(prefix)))

    def light_block(self, height: int) -> LightBlock:
        """As `ports.Ledger`.

        Raises:
            Corrupted: CometBFT, or another program at its port, has another block than the one that was executed.
        """
        with self._readers.reading() as tables:
            block = decided_block(tables, height) if height > 0 else None
            has_next = tables.last_height() > height
        if block is None:
            raise NotFound(f"the ledger has no block {height}")
        light = self._kept(height) if has_next else self._as_seen(height)
        if block.hash not in (None, header_hash(light.header)):
            raise Corrupted(f"block {height} at the RPC of CometBFT is not the one that was executed")
        return light

    def executed(self, height: int = 1) -> Iterator[ExecutedTransaction]:
        """The transactions from block `height` on; a refused transaction has its code, and no text.

        Raises:
            NotFound: the node took its state from a snapshot at this height or a later one.
        """
        for at in range(max(height, self._genesis.first_height), self.head().height):
            with self._readers.reading() as tables:
                block, time = _whole_block(tables, at, self._genesis.first_height), time_after(tables, at)
            for raw, result in zip(block.transactions, block.results, strict=True):
                try:
                    yield from executed_items(raw, result, at, time)
                except Malformed as error:
                    raise Corrupted(f"blocks, row {at}: {error}") from error

    def block(self, height: int) -> Block:
        """As `ports.Ledger`; of a node that took its state from a snapshot, only those after it."""
        with self._readers.reading() as tables:
            return _whole_block(tables, height, self._genesis.first_height).as_executed(height)

    def _kept(self, height: int) -> LightBlock:
        """A block that has a next one, with the votes which that has kept: they never change."""
        with self._lock:
            found = self._light_blocks.get(height)
        if found is None:
            found = self._rpc.light_block(height)
            with self._lock:
                self._light_blocks[height] = found
                if len(self._light_blocks) > LIGHT_BLOCKS:
                    del self._light_blocks[next(iter(self._light_blocks))]
        return found

    def _as_seen(self, height: int) -> LightBlock:
        """The newest block, with the votes that this node had for it: others may have others, and so may the next."""
        found = self._seen
        if found is None or found.header.height != height:
            found = self._seen = self._rpc.light_block(height)
        return found


def _whole_block(tables: Tables, height: int, begins: int) -> DecidedBlock:
    """Block `height` with its transactions; NotFound beyond the head, and up to the snapshot that the file is from.

    `begins` is the height of the ledger's first block.
    """
    block, first = decided_block(tables, height) if height > 0 else None, tables.first_height()
    if 0 < height <= first > begins:
        raise NotFound(f"this node has no block {height}: it began with a snapshot, of block {first}")
    if block is None or block.hash is None:
        raise NotFound(f"the ledger has no block {height}")
    return block
