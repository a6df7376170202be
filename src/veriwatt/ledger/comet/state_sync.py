"""State sync: a new validator takes the state from a snapshot of its peers, instead of executing every block.

Each part is proven under the app hash that CometBFT's light client verified, before anything of it is written. So what
a lying peer can make a joiner store is the true state alone; it can delay it, once.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from threading import Thread

import structlog

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Malformed, NotProven, VeriwattError
from veriwatt.ids import Digest
from veriwatt.ledger.comet.application import Application
from veriwatt.ledger.comet.snapshot_parts import SNAPSHOT_FORMAT, PartsCheck, digests_in
from veriwatt.ledger.comet.snapshot_store import SnapshotInfo, SnapshotStore
from veriwatt.ledger.rows.tables import Tables
from veriwatt.merkle.state_tree import StateTree
from veriwatt.system.disk_errors import DiskFull

log = structlog.get_logger("veriwatt.node")


class Offered(Enum):
    """What becomes of an offered snapshot; REJECT_SENDER also rejects all others of the peers that offered it."""

    ACCEPT = "accept"
    ABORT = "abort"
    REJECT = "reject"
    REJECT_SENDER = "reject sender"
    REJECT_FORMAT = "reject format"


class Applied(Enum):
    """What becomes of a part: RETRY applies it again, RETRY_SNAPSHOT all from the first, REJECT_SNAPSHOT another."""

    ACCEPT = "accept"
    RETRY = "retry"
    RETRY_SNAPSHOT = "retry snapshot"
    REJECT_SNAPSHOT = "reject snapshot"


@dataclass(frozen=True, slots=True)
class Stated:
    """What a peer states of a snapshot beside its metadata."""

    format: int
    parts: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class AppliedPart:
    """`refetch` are the parts to ask others for, `liars` the peers from which nothing is taken any more."""

    result: Applied
    refetch: tuple[int, ...] = ()
    liars: tuple[str, ...] = ()


@dataclass(slots=True)
class _Restore:
    height: int
    app_hash: bytes
    digests: tuple[Digest, ...]
    check: PartsCheck
    taken: int = 0
    senders: set[str] = field(default_factory=set)


class StateSync:
    """Makes, serves and receives snapshots of one application. CometBFT's thread calls it."""

    def __init__(self, application: Application, ledger_file: Path, store: SnapshotStore, interval: int) -> None:
        """`interval` is the number of blocks between two snapshots, 0 for none.

        What an earlier process received is removed.
        """
        self._application, self._ledger_file, self._store = application, ledger_file, store
        self._interval = interval
        self._restore: _Restore | None = None
        self._maker: Thread | None = None
        self.asked, self.is_busy = 0, False
        """How often CometBFT offered a snapshot or applied a part; whether the state may be being written now."""
        store.end_receiving()

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
        self._maker = Thread(
            target=self._make,
            args=(reading, tables, self._application.proven_tree, height),
            name="snapshot",
            daemon=True,
        )
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
        """One part; empty if there is none."""
        return self._store.part(height, index) if snapshot_format == SNAPSHOT_FORMAT else b""

    def offer(self, offered: SnapshotInfo, stated: Stated, app_hash: bytes) -> Offered:
        """Begin to receive a snapshot of the state with this root; a ledger that executed a block takes none.

        One that took a snapshot and executed nothing takes another: *CometBFT may have been killed before it knew.*
        A peer that states another hash or number of parts than its metadata has is rejected: CometBFT would end the
        state sync for good once it had fewer parts, or more.
        """
        self.asked += 1
        self._forget()
        if self._application.has_executed:
            return Offered.ABORT
        if stated.format != SNAPSHOT_FORMAT:
            return Offered.REJECT_FORMAT
        try:
            digests = digests_in(offered.metadata)
        except Malformed:
            return Offered.REJECT_SENDER
        if (stated.hash, stated.parts) != (offered.hash, len(digests)):
            return Offered.REJECT_SENDER
        try:
            self._store.begin_receiving(len(digests))
        except DiskFull as full:
            log.warning("snapshot-refused", height=offered.height, parts=len(digests), why=str(full))
            return Offered.REJECT
        self._restore = _Restore(offered.height, app_hash, digests, PartsCheck(app_hash))
        return Offered.ACCEPT

    def apply(self, index: int, part: bytes, sender: str) -> AppliedPart:
        """Take the next part; with the last one the state is checked as a whole, and written.

        Raises:
            DiskFull: the disk has no room for a part of the true state.
        """
        self.asked, self.is_busy = self.asked + 1, True
        try:
            return self._apply(index, part, sender)
        finally:
            self.is_busy = False

    def _apply(self, index: int, part: bytes, sender: str) -> AppliedPart:
        restore = self._restore
        if restore is None or index > restore.taken:
            return AppliedPart(Applied.RETRY_SNAPSHOT)  # CometBFT applies them in order, from the first
        if index < restore.taken:
            return AppliedPart(Applied.ACCEPT)
        if sha256(part) != restore.digests[index]:
            return AppliedPart(Applied.RETRY, (index,), (sender,) if sender else ())
        restore.senders.update([sender] if sender else [])
        try:
            self._take(restore, part)
        except (Malformed, NotProven) as lie:
            liars = tuple(sorted(restore.senders))
            log.warning("snapshot-refused", height=restore.height, part=index, peers=liars, why=str(lie))
            self._forget()
            return AppliedPart(Applied.REJECT_SNAPSHOT, liars=liars)
        except BaseException:
            self._forget()
            raise
        return AppliedPart(Applied.ACCEPT)

    def _take(self, restore: _Restore, part: bytes) -> None:
        last = len(restore.digests) - 1
        chunk = restore.check.take(part, is_last=restore.taken == last)
        self._store.receive(restore.taken, chunk)
        restore.taken += 1
        if restore.taken > last:
            self._application.restore(restore.height, restore.app_hash, lambda: self._store.received(last + 1))
            self._forget()

    def _forget(self) -> None:
        """Remove what was received."""
        self._restore = None
        self._store.end_receiving()

    def _make(self, reading: ExitStack, tables: Tables, tree: StateTree, height: int) -> None:
        with reading, suppress(VeriwattError):  # without this snapshot there are older ones, and a later one
            self._store.make(tables, tree, height)
