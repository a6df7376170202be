"""Reading the copy of a followed ledger: a proven state with its block, and the leaves of the logs that are used here.

    blocks        0: the genesis document; the block of the trust file; the newest block whose state was copied
    state         the rows of the state that the newest block proves
    log_leaves    the root log, and the anchors of the home's org

Spec: docs/spec/peers.md, The copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from veriwatt.errors import Corrupted, Malformed, NotFound, Unavailable
from veriwatt.ledger.rows.file_reader import FileReader
from veriwatt.ledger.rows.leaf_nodes import NodeCache
from veriwatt.ledger.rows.snapshot import RowsSnapshot
from veriwatt.ledger.rows.state_trees import StateTrees
from veriwatt.ledger.rows.tables import Tables
from veriwatt.model.ledger.block import LightBlock, VoteFlag
from veriwatt.ports.ledger import Block, ExecutedTransaction, Head, StateProof
from veriwatt.units import UtcMillis


class NotCopiedYet(Unavailable):
    """A followed ledger of which no state was copied: its peers do not let this node's member in, or none answers."""

    code = "not-copied-yet"

    def __init__(self) -> None:
        super().__init__(
            "nothing of the ledger is here yet: its peers give it to members alone. See that the org was admitted, and "
            "that a peer in node.toml answers"
        )


class BlocksAtPeers(Unavailable):
    """A block that a follower's copy does not have; the node asks its peers for it."""

    code = "blocks-at-peers"

    def __init__(self, height: int) -> None:
        super().__init__(f"block {height} is not in this node's copy of the ledger; `veriwatt node run` asks its peers")
        self.height = height


class CopySnapshot(RowsSnapshot):
    """The rows in the read transaction of `tables`, under the newest block."""

    def __init__(self, tables: Tables, light: LightBlock, trees: StateTrees, nodes: NodeCache) -> None:
        super().__init__(tables, nodes)
        self._trees, self.light = trees, light

    @cached_property
    def head(self) -> Head:
        header = self.light.header
        return self._head_of(header.height, header.time_ms, header.app_hash)

    def prove(self, keys: Sequence[bytes]) -> StateProof:
        header = self.light.header
        tree = self._trees.of(self._tables, header.height, header.app_hash)
        return StateProof(self.light, {key: self._tables.get(key) for key in keys}, tree.prove(keys))


class CopyReader(FileReader):
    """A `LedgerEngine` that only reads, beside the process that follows. Callable from many threads."""

    def __init__(self, file: Path) -> None:
        """Open the copy in `file`; raises as `FileReader`."""
        super().__init__(file)
        self._newest = NewestBlock()

    @contextmanager
    def snapshot(self) -> Iterator[CopySnapshot]:
        with self._readers.reading() as tables:
            yield CopySnapshot(tables, self._newest.of(tables), self._trees, self._nodes)

    def head(self) -> Head:
        with self.snapshot() as now:
            return now.head

    def next_time(self) -> UtcMillis:
        """The earliest vote for the newest block, and later than that block; as for a node of the network."""
        with self.snapshot() as now:
            light = now.light
        votes = [vote.timestamp.millis for vote in light.commit.signatures if vote.flag is VoteFlag.COMMIT]
        return max(light.header.time_ms + 1, min(votes))

    def renew_next_time(self) -> None:
        """The next block that the validators make does, a heartbeat later at most."""

    def sign_fresh_head(self) -> None:
        """Whoever follows asks the peers for one."""

    def get(self, key: bytes) -> bytes | None:
        with self.snapshot() as now:
            return now.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        with self.snapshot() as now:
            return iter(list(now.scan(prefix)))

    def light_block(self, height: int) -> LightBlock:
        with self._readers.reading() as tables:
            newest, raw = tables.last_height(), tables.block(height) if height > 0 else None
        if raw is not None:
            return _light_block(height, raw)
        if not 0 < height <= newest:
            raise NotFound(f"the ledger has no block {height}")
        raise BlocksAtPeers(height)

    def executed(self, height: int = 1) -> Iterator[ExecutedTransaction]:
        raise BlocksAtPeers(height)

    def block(self, height: int) -> Block:
        raise BlocksAtPeers(height)


class NewestBlock:
    """The block under which the rows are, parsed when its bytes are others than before. Callable from many threads."""

    def __init__(self) -> None:
        self._last: tuple[bytes, LightBlock] | None = None

    def of(self, tables: Tables) -> LightBlock:
        """The newest block in these tables; raises NotCopiedYet."""
        height = tables.last_height()
        raw = tables.block(height) if height > 0 else None
        if raw is None:
            raise NotCopiedYet
        last = self._last
        if last is None or last[0] != raw or last[1].header.height != height:
            self._last = last = raw, _light_block(height, raw)
        return last[1]


def _light_block(height: int, raw: bytes) -> LightBlock:
    try:
        light = LightBlock.from_bytes(raw)
    except Malformed as error:
        raise Corrupted(f"blocks, row {height}: {error}") from error
    if light.header.height != height:
        raise Corrupted(f"blocks, row {height}: it is block {light.header.height}")
    return light
