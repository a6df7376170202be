"""State sync: a new validator takes the state from a snapshot of its peers, instead of executing every block.

It holds what it receives to the app hash that CometBFT's light client verified, so a peer can delay it and no more.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from threading import Thread

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Malformed, NotProven, VeriwattError
from veriwatt.ids import Digest
from veriwatt.ledger.comet.application import Application
from veriwatt.ledger.comet.snapshot_store import SnapshotInfo, SnapshotStore
from veriwatt.ledger.rows.state_chunks import SNAPSHOT_FORMAT, digests_in
from veriwatt.ledger.rows.tables import Tables


class Offered(Enum):
    """What becomes of an offered snapshot."""

    ACCEPT = "accept"
    ABORT = "abort"
    REJECT = "reject"
    REJECT_FORMAT = "reject format"


class Applied(Enum):
    """What becomes of a chunk; RETRY fetches it again from another peer, REJECT_SNAPSHOT tries another snapshot."""

    ACCEPT = "accept"
    RETRY = "retry"
    REJECT_SNAPSHOT = "reject snapshot"


@dataclass(slots=True)
class _Restore:
    height: int
    app_hash: bytes
    digests: tuple[Digest, ...]
    missing: set[int]


class StateSync:
    """Makes, serves and receives snapshots of one application. CometBFT's thread calls it."""

    def __init__(self, application: Application, ledger_file: Path, store: SnapshotStore, interval: int) -> None:
        """`interval` is the number of blocks between two snapshots, 0 for none."""
        self._application, self._ledger_file, self._store = application, ledger_file, store
        self._interval = interval
        self._restore: _Restore | None = None
        self._maker: Thread | None = None

    def consider(self) -> None:
        """Begin a snapshot in the background if one is due at the height that the newest header proves."""
        height = self._application.proven_height
        if height < 1 or self._interval == 0 or height % self._interval or (self._maker and self._maker.is_alive()):
            return
        reading = ExitStack()
        tables = Tables(self._ledger_file, writable=False)
        reading.callback(tables.close)
        reading.enter_context(tables.snapshot())
        tables.last_height()  # SQLite takes its snapshot at the first read, which must be of this very height
        self._maker = Thread(target=self._make, args=(reading, tables, height), name="snapshot", daemon=True)
        self._maker.start()

    def lowest_needed(self) -> int:
        """The lowest height of which a node that takes a snapshot asks for the block: nothing where none are made."""
        if self._interval == 0:
            return self._application.newest()[0]
        return self._store.oldest() or 0

    def finish(self) -> None:
        """Wait for the snapshot that is being made."""
        if self._maker is not None:
            self._maker.join()

    def served(self) -> list[SnapshotInfo]:
        return self._store.whole()

    def load(self, height: int, snapshot_format: int, index: int) -> bytes:
        """One chunk; empty if there is none."""
        return self._store.chunk(height, index) if snapshot_format == SNAPSHOT_FORMAT else b""

    def offer(self, offered: SnapshotInfo, stated_hash: bytes, snapshot_format: int, app_hash: bytes) -> Offered:
        """Begin to receive a snapshot of the state with this root; a ledger that has blocks takes none."""
        if self._application.newest()[0] > 0:
            return Offered.ABORT
        if snapshot_format != SNAPSHOT_FORMAT:
            return Offered.REJECT_FORMAT
        try:
            digests = digests_in(offered.metadata)
        except Malformed:
            return Offered.REJECT
        if stated_hash != offered.hash or not digests:
            return Offered.REJECT
        self._store.begin_receiving()
        self._restore = _Restore(offered.height, app_hash, digests, set(range(len(digests))))
        return Offered.ACCEPT

    def apply(self, index: int, chunk: bytes) -> Applied:
        """Take a chunk; with the last one the state is checked, and written if it is the one with the app hash."""
        restore = self._restore
        if restore is None or index not in restore.missing or sha256(chunk) != restore.digests[index]:
            return Applied.RETRY
        self._store.receive(index, chunk)
        restore.missing.remove(index)
        if restore.missing:
            return Applied.ACCEPT
        self._restore = None
        try:
            self._application.restore(
                restore.height, restore.app_hash, lambda: self._store.received(len(restore.digests))
            )
        except (Malformed, NotProven):
            return Applied.REJECT_SNAPSHOT
        finally:
            self._store.end_receiving()
        return Applied.ACCEPT

    def _make(self, reading: ExitStack, tables: Tables, height: int) -> None:
        with reading, suppress(VeriwattError):  # without this snapshot there are older ones, and a later one
            self._store.make(tables, height)
