"""The journal: accepted frames that no anchor covers yet, durable before they are acknowledged.

    file   = <position of its first record, 16 digits>.journal, batches one after the other
    batch  = head, body, mark
    head   = "VWJ1", body length (4), records (4), SHA-256 of the body (32), first 4 of SHA-256 of these 44
    body   = (record length (4), record) ...
    mark   = "VWC1", first 28 bytes of the body's hash

A batch is acknowledged only after head and body are synced. The mark is written after that sync and
is not synced itself: where it stands, the batch before it *was* durable, so a bad body under a mark
is rot, while a bad or short last batch without one is a torn write that nobody was told of.
Spec: docs/spec/journal.md.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Corrupted
from veriwatt.store.files import Files

_HEAD = struct.Struct(">4sII32s")
_HEAD_SIZE = _HEAD.size + 4
_LENGTH = struct.Struct(">I")
_MARK_SIZE = 32
SUFFIX = ".journal"


class DamagedJournal(Corrupted):
    """A journal file whose acknowledged bytes are not what was written."""

    code = "damaged-journal"

    def __init__(self, *, path: Path, offset: int, why: str) -> None:
        super().__init__(f"{path} at byte {offset}: {why}")
        self.path, self.offset, self.why = path, offset, why


@dataclass(frozen=True, slots=True)
class Batch:
    """One group commit as read back: its records, the byte after its body, and whether its mark stands there."""

    records: tuple[bytes, ...]
    digest: bytes
    end: int
    marked: bool


class Journal:
    """Append-only record files of one data chain, one writer.

    Opening for writing cuts a torn tail off; records are numbered by their position in the chain.
    """

    def __init__(self, files: Files, folder: Path, size: int) -> None:
        """Open to append record number `size` next; `recover` has said what `size` is."""
        self._files, self._folder = files, folder
        self._path, self._size = _file(folder, size), size

    @property
    def size(self) -> int:
        """The position of the next record."""
        return self._size

    def append(self, records: Sequence[bytes]) -> int:
        """Add the records as one batch; durable on return. Returns the first one's position."""
        body = b"".join(_LENGTH.pack(len(r)) + r for r in records)
        digest = sha256(body)
        made = not self._files.exists(self._path)
        self._files.append(self._path, _head(body, digest, len(records)) + body)
        self._files.sync(self._path)
        if made:
            self._files.sync_folder(self._folder)
        self._files.append(self._path, _mark(digest))
        first, self._size = self._size, self._size + len(records)
        return first

    def rotate(self) -> None:
        """Begin a new file with the next record, so that the present ones can be dropped once anchored."""
        self._path = _file(self._folder, self._size)

    def drop(self, before: int) -> None:
        """Forget files whose records all lie below `before`, which an anchor covers and objects hold."""
        firsts = [*journal_files(self._files, self._folder), self._size]
        for first, following in zip(firsts, firsts[1:], strict=False):
            if following <= before:
                self._files.unlink(_file(self._folder, first))


def recover(files: Files, folder: Path, anchored: int) -> tuple[Journal, list[bytes]]:
    """The journal ready to append, and its records from position `anchored` on.

    Cuts a torn tail off (nobody was told of it) and drops what an anchor covers already.

    Raises:
        DamagedJournal: acknowledged bytes are damaged or a file is missing.
    """
    files.make_folder(folder)
    tail: list[bytes] = []
    size = anchored
    for first in journal_files(files, folder):
        path = _file(folder, first)
        if first > size:
            raise DamagedJournal(path=path, offset=0, why=f"records {size} to {first} are missing before it")
        records = _mend(files, path)
        tail += records[size - first :]
        size = max(size, first + len(records))
    journal = Journal(files, folder, size)
    journal.drop(anchored)
    return journal, tail


def _mend(files: Files, path: Path) -> list[bytes]:
    """The records of one file, its torn tail cut off and its last whole batch durable and marked."""
    raw = files.read(path)
    batches = list(read_batches(raw, path))
    if not batches:
        files.truncate(path, 0)
    elif not batches[-1].marked:
        files.truncate(path, batches[-1].end)
        files.sync(path)
        files.append(path, _mark(batches[-1].digest))
    elif batches[-1].end + _MARK_SIZE < len(raw):
        files.truncate(path, batches[-1].end + _MARK_SIZE)
    return [record for batch in batches for record in batch.records]


def journal_files(files: Files, folder: Path) -> list[int]:
    """The first positions of the journal's files, ascending."""
    return sorted(int(name[: -len(SUFFIX)]) for name in files.names(folder) if name.endswith(SUFFIX))


def read_batches(raw: bytes, path: Path) -> Iterator[Batch]:
    """The batches of one file, up to a torn tail.

    Raises:
        DamagedJournal: bytes that were acknowledged are not what was written.
    """
    at = 0
    while at < len(raw):
        rest = memoryview(raw)[at:]
        if len(rest) < _HEAD_SIZE or not any(rest):
            return
        magic, length, count, digest = _HEAD.unpack_from(rest)
        if magic != b"VWJ1" or sha256(bytes(rest[: _HEAD.size]))[:4] != rest[_HEAD.size : _HEAD_SIZE]:
            raise DamagedJournal(path=path, offset=at, why="the head of a batch is damaged")
        body = bytes(rest[_HEAD_SIZE : _HEAD_SIZE + length])
        mark = bytes(rest[_HEAD_SIZE + length : _HEAD_SIZE + length + _MARK_SIZE])
        unmarked = len(mark) < _MARK_SIZE or not any(mark)
        if len(body) < length or sha256(body) != digest:
            if unmarked:
                return
            raise DamagedJournal(path=path, offset=at, why="a batch that was durable is damaged")
        if not unmarked and mark != _mark(digest):
            raise DamagedJournal(path=path, offset=at + _HEAD_SIZE + length, why="the mark of a batch is damaged")
        at += _HEAD_SIZE + length
        yield Batch(tuple(_records(body, count)), digest, at, not unmarked)
        if unmarked:
            return
        at += _MARK_SIZE


def _records(body: bytes, count: int) -> Iterator[bytes]:
    at = 0
    for _ in range(count):
        (length,) = _LENGTH.unpack_from(body, at)
        at += _LENGTH.size + length
        yield body[at - length : at]


def _head(body: bytes, digest: bytes, count: int) -> bytes:
    head = _HEAD.pack(b"VWJ1", len(body), count, digest)
    return head + sha256(head)[:4]


def _mark(digest: bytes) -> bytes:
    return b"VWC1" + digest[:28]


def _file(folder: Path, first: int) -> Path:
    return folder / f"{first:016d}{SUFFIX}"
