"""The journal: accepted frames that no anchor covers yet, durable before they are acknowledged.

    file   = <position of its first record, 16 digits>.journal, batches one after the other
    batch  = head, body, mark
    head   = "VWJ2", body length (4), records (4), batch digest (32), first 4 of SHA-256 of these 44
    body   = (record length (4), record) ...
    mark   = "VWC1", first 28 bytes of the batch digest

The batch digest is SHA-256 over the digests of the records, in order. A record's digest commits to all of its
bytes; a data chain hands in the leaf hashes of its frames, so that nothing is hashed twice on its way in.

A batch is acknowledged only after head and body are synced. The mark is written after that sync, and is not
synced itself: a mark proves that all bytes before it were durable. So broken bytes before a mark are bit rot;
broken bytes that no mark follows are a torn write, which was never acknowledged.
Spec: docs/spec/journal.md.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Protocol, TypeAlias

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Corrupted, Malformed, Unavailable, WrongFormat
from veriwatt.system.alongside import alongside
from veriwatt.system.files import Files, save

_FORMAT = b"2"
_MAGIC, _MARK = b"VWJ" + _FORMAT, b"VWC1"
_FORMATS = re.compile(rb"VWJ(\d)")
_HEAD = struct.Struct(">4sII32s")
_HEAD_SIZE = _HEAD.size + 4
_LENGTH = struct.Struct(">I")
_MARK_SIZE = 32
SUFFIX = ".journal"
_NAME = re.compile(r"\d{16}\.journal")

DigestOf: TypeAlias = Callable[[bytes], bytes]
"""Maps a record to its digest, 32 bytes; raises Malformed for bytes that are not a record."""


class FileBytes(Protocol):
    """The bytes of a file, in memory or read from it in parts."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> bytes: ...

    def find(self, wanted: bytes, start: int, /) -> int: ...


class JournalDamaged(Corrupted):
    """A journal file whose acknowledged bytes have changed since they were written."""

    code = "journal-damaged"

    def __init__(self, *, path: Path, offset: int, why: str) -> None:
        super().__init__(f"{path} at byte {offset}: {why}")
        self.path, self.offset, self.why = path, offset, why


@dataclass(frozen=True, slots=True)
class JournalBatch:
    """One group commit as read: its records, the offset after its body, and whether a mark follows there."""

    records: tuple[bytes, ...]
    digest: bytes
    end: int
    marked: bool


class Journal:
    """The append-only record files of one data chain, with one writer. A record's number is its chain position."""

    def __init__(self, files: Files, folder: Path, size: int) -> None:
        """Open to append record `size` next; `recover` finds that number."""
        self._files, self._folder = files, folder
        self._size, self._path = size, _file(folder, size)
        self._end, self._mark, self._marked, self._torn = 0, b"", True, False

    @property
    def size(self) -> int:
        """The position of the next record."""
        return self._size

    def append(
        self, records: Sequence[bytes], digests: Sequence[bytes], meanwhile: Callable[[], object] | None = None
    ) -> int:
        """Append the records as one batch; durable on return. Returns the first record's position.

        Args:
            digests: the records' digests, equal to those that `DigestOf` computes on reading.
            meanwhile: what to do while the disk syncs; if it raises, the batch was not appended.

        Raises:
            Unavailable: the disk is full or fails; the journal is unchanged, and the call may be repeated.
        """
        self._settle()
        batch, mark = _batch(records, digests)
        self._torn = True
        self._files.append(self._path, batch if self._marked else self._mark + batch)
        self._sync(meanwhile)
        if self._end == 0:
            self._files.sync_folder(self._folder)
        self._end += len(self._mark) + len(batch)
        self._mark, self._marked, self._torn = mark, False, False
        first, self._size = self._size, self._size + len(records)
        self._write_mark()
        return first

    def rotate(self) -> None:
        """Begin a new file with the next record, so that the present files can be dropped once anchored."""
        if self._torn:
            self._settle()
            self._files.sync(self._path)
        self._path = _file(self._folder, self._size)
        self._end, self._mark, self._marked = 0, b"", True

    def drop(self, before: int) -> None:
        """Remove the files whose records all lie below position `before`: an anchor covers and objects contain them."""
        firsts = [*journal_files(self._files, self._folder), self._size]
        for first, following in zip(firsts, firsts[1:], strict=False):
            if following <= before:
                path = _file(self._folder, first)
                if path == self._path:
                    self.rotate()
                self._files.unlink(path)

    def _sync(self, meanwhile: Callable[[], object] | None) -> None:
        if meanwhile is None:
            self._files.sync(self._path)
            return
        with alongside(partial(self._files.sync, self._path)):
            meanwhile()

    def _settle(self) -> None:
        """Cut off the bytes that a failed write left after the last durable body; they were never acknowledged."""
        if self._torn:
            self._files.append(self._path, b"")
            self._files.truncate(self._path, self._end)
            self._marked, self._torn = not self._mark, False

    def _write_mark(self) -> None:
        """Mark the last batch; if that fails, `append` writes the mark before the next head."""
        try:
            self._files.append(self._path, self._mark)
            self._marked = True
        except Unavailable:
            self._torn = True


def recover(files: Files, folder: Path, anchored: int, digest_of: DigestOf) -> tuple[Journal, list[bytes]]:
    """Open the journal after a crash or a clean end. Returns it with its records from `anchored` on, all durable.

    Cuts off a torn tail, which was never acknowledged, and removes files that an anchor covers.

    Raises:
        JournalDamaged: acknowledged bytes are damaged or a file is missing.
        WrongFormat: a file was written by a release with another journal.
    """
    files.make_folder(folder)
    tail: list[bytes] = []
    size, end = anchored, 0
    for first in journal_files(files, folder):
        path = _file(folder, first)
        if not end <= first <= size:
            raise JournalDamaged(path=path, offset=0, why=f"the records before it end at {max(size, end)}")
        records = _mend(files, path, digest_of)
        end = first + len(records)
        tail += records[size - first :]
        size = max(size, end)
    files.sync_folder(folder)
    journal = Journal(files, folder, size)
    journal.drop(anchored)
    return journal, tail


def put_before(files: Files, folder: Path, first: int, records: Sequence[bytes], digest_of: DigestOf) -> None:
    """Put records, the first at position `first`, before all that the journal has; whole or not at all, and durable."""
    batch, mark = _batch(records, [digest_of(record) for record in records])
    save(files, _file(folder, first), batch + mark)


def _mend(files: Files, path: Path, digest_of: DigestOf) -> list[bytes]:
    """The records of one file, its torn tail cut off and its last whole batch durable and marked."""
    raw = files.read(path)
    batches = list(read_batches(raw, path, digest_of))
    last = batches[-1] if batches else None
    end = 0 if last is None else last.end + (_MARK_SIZE if last.marked else 0)
    if end < len(raw):
        files.truncate(path, end)
    if end < len(raw) or (last and not last.marked):
        files.sync(path)
    if last and not last.marked:
        files.append(path, _mark(last.digest))
    return [record for batch in batches for record in batch.records]


def journal_files(files: Files, folder: Path) -> list[int]:
    """The first positions of the journal's files, ascending."""
    return sorted(int(name[: -len(SUFFIX)]) for name in files.names(folder) if _NAME.fullmatch(name))


def read_batches(raw: FileBytes, path: Path, digest_of: DigestOf) -> Iterator[JournalBatch]:
    """The batches of one file, up to a torn tail: broken bytes with no mark anywhere after them.

    Raises:
        WrongFormat: the file was written by a release with another journal.
        JournalDamaged: bytes that were acknowledged are not what was written.
    """
    _check_format(raw, path)
    at = 0
    while at < len(raw):
        batch = _read_batch(raw, at, path, digest_of)
        if batch is None:
            return
        yield batch
        if not batch.marked:
            return
        at = batch.end + _MARK_SIZE


def _check_format(raw: FileBytes, path: Path) -> None:
    """Raise WrongFormat when the first batch is of another format, and not a damaged one of this format.

    The checksum of the head tells: it covers the magic of this format.
    """
    head = _MAGIC + raw[len(_MAGIC) : _HEAD.size]
    found = _FORMATS.match(raw[: len(_MAGIC)])
    if found and found[1] != _FORMAT and sha256(head)[:4] != raw[_HEAD.size : _HEAD_SIZE]:
        remedy = "start the node with the release that wrote it, let it anchor the frames, then use this release"
        raise WrongFormat(f"the journal file {path}", found[1].decode(), _FORMAT.decode(), remedy)


def _read_batch(raw: FileBytes, at: int, path: Path, digest_of: DigestOf) -> JournalBatch | None:
    """The batch at byte `at`; None when it is torn."""
    head, start = raw[at : at + _HEAD.size], at + _HEAD_SIZE
    if len(raw) < start or sha256(head)[:4] != raw[at + _HEAD.size : start] or head[:4] != _MAGIC:
        _check_torn(raw, at, at, path, "the head of a batch is damaged")
        return None
    _, length, count, digest = _HEAD.unpack(head)
    end = start + length
    records, mark, want = _records(raw[start:end], length, count), raw[end : end + _MARK_SIZE], _mark(digest)
    if records is None or _digest(records, digest_of) != digest:
        _check_torn(raw, at, end, path, "a batch that was durable is damaged")
        return None
    if any(found not in (0, wanted) for found, wanted in zip(mark, want, strict=False)):
        raise JournalDamaged(path=path, offset=end, why="the mark of a batch is damaged")
    if mark != want:
        _check_torn(raw, end, end + _MARK_SIZE, path, "the mark of a batch is damaged")
    return JournalBatch(records, digest, end, mark == want)


def _check_torn(raw: FileBytes, at: int, rest: int, path: Path, why: str) -> None:
    """Raise unless the broken bytes at `at` can be a torn write: no mark stands at `rest` or after it."""
    if raw.find(_MARK, rest) >= 0:
        raise JournalDamaged(path=path, offset=at, why=why)


def _records(body: bytes, length: int, count: int) -> tuple[bytes, ...] | None:
    """The `count` records that fill a body of `length` bytes; None when they do not."""
    records, at = [], 0
    for _ in range(count):
        size = int.from_bytes(body[at : at + _LENGTH.size], "big")
        at += _LENGTH.size + size
        records.append(body[at - size : at])
    return tuple(records) if at == length == len(body) else None


def _digest(records: Sequence[bytes], digest_of: DigestOf) -> bytes | None:
    """The batch digest; None when some bytes are not a record."""
    try:
        return sha256(b"".join(map(digest_of, records)))
    except Malformed:
        return None


def _batch(records: Sequence[bytes], digests: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Head and body of a batch, and its mark."""
    sizes = [len(record) for record in records]
    digest, length = sha256(b"".join(digests)), sum(sizes) + len(sizes) * _LENGTH.size
    head = _HEAD.pack(_MAGIC, length, len(records), digest)
    body = chain.from_iterable(zip(map(_LENGTH.pack, sizes), records, strict=True))
    return b"".join(chain((head, sha256(head)[:4]), body)), _mark(digest)


def _mark(digest: bytes) -> bytes:
    return _MARK + digest[:28]


def _file(folder: Path, first: int) -> Path:
    return folder / f"{first:016d}{SUFFIX}"
