"""The snapshots that this node serves to nodes that sync their state, and the one that it is receiving itself.

snapshots/HEIGHT/metadata, 0, 1, ...     whole: the folder is made under another name and then renamed
snapshots/receiving/0, 1, ...            the chunks of the parts so far, all of them proven
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Malformed, NotFound
from veriwatt.ids import Digest
from veriwatt.ledger.comet.snapshot_parts import digests_in, metadata_of, parts_of
from veriwatt.ledger.rows.state_chunks import CHUNK_BYTES
from veriwatt.ledger.rows.tables import Tables
from veriwatt.merkle.state_tree import StateTree
from veriwatt.system.disk_errors import check_room
from veriwatt.system.files import DiskFiles, new_folder, save

COPIES = 4
"""Of a state while it is received: CometBFT's of the parts, ours of their chunks, the ledger's file and its log."""

KEPT = 2
"""Whole snapshots; a node that receives an older one finishes within the time that two more take."""


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    """A snapshot by the height of its state; `metadata` has the digests of its parts."""

    height: int
    metadata: bytes

    @property
    def hash(self) -> Digest:
        return sha256(self.metadata)

    @property
    def parts(self) -> int:
        return len(digests_in(self.metadata))


class SnapshotStore:
    """The folder `snapshots`; one process uses it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._files = folder, DiskFiles()

    def make(self, tables: Tables, tree: StateTree, height: int) -> None:
        """Make the snapshot of the state after block `height`, and delete the oldest ones.

        Args:
            tables: with that state, inside a read transaction.
            tree: of that state.
            height: of the state.
        """
        with new_folder(self._folder / str(height)) as building:
            digests = []
            for index, part in enumerate(parts_of(tables, tree)):
                save(self._files, building / str(index), part)
                digests.append(sha256(part))
            save(self._files, building / "metadata", metadata_of(digests))
        for old in self._heights()[:-KEPT]:
            shutil.rmtree(self._folder / str(old), ignore_errors=True)

    def whole(self) -> list[SnapshotInfo]:
        """The snapshots, the oldest first; not those of an earlier release, or with damaged metadata."""
        found = []
        for height in self._heights():
            with suppress(NotFound, Malformed):  # NotFound: a newer one has just pushed it out
                info = SnapshotInfo(height, self._files.read(self._folder / str(height) / "metadata"))
                digests_in(info.metadata)
                found.append(info)
        return found

    def oldest(self) -> int | None:
        """The height of the oldest whole snapshot; None if there is none."""
        return next(iter(self._heights()), None)

    def part(self, height: int, index: int) -> bytes:
        """One part; empty if there is none."""
        try:
            return self._files.read(self._folder / str(height) / str(index))
        except NotFound:
            return b""

    def begin_receiving(self, parts: int) -> None:
        """Raises DiskFull where the disk has no room for a snapshot of so many parts, and what is made of it."""
        self.end_receiving()
        check_room(self._folder, COPIES * parts * CHUNK_BYTES)
        self._receiving.mkdir(parents=True)

    def receive(self, index: int, chunk: bytes) -> None:
        """Keep a chunk until `end_receiving`; it need not be durable, as an interrupted state sync begins anew.

        Raises:
            DiskFull: the disk has no room for it beside what the node needs to go on.
        """
        check_room(self._folder, len(chunk))
        path = self._receiving / str(index)
        path.unlink(missing_ok=True)
        self._files.append(path, chunk)

    def received(self, count: int) -> Iterator[bytes]:
        """The chunks in order."""
        for index in range(count):
            yield self._files.read(self._receiving / str(index))

    def end_receiving(self) -> None:
        shutil.rmtree(self._receiving, ignore_errors=True)

    @property
    def _receiving(self) -> Path:
        return self._folder / "receiving"

    def _heights(self) -> list[int]:
        return sorted(int(name) for name in self._files.names(self._folder) if name.isdecimal())
