"""The journal of a data chain, read without changing it: its records by position.

The files stay open and their records are read when they are asked for: a journal may be large when nothing could be
anchored for long, and the node may remove its files meanwhile.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from veriwatt.errors import Unavailable, WrongFormat
from veriwatt.fsck.report import Findings
from veriwatt.store.journal import DigestOf, JournalBatch, JournalDamaged, read_batches
from veriwatt.system.files import DiskFiles
from veriwatt.system.opened_file import OpenedFile
from veriwatt.system.special_files import NotAFile

_NAME = re.compile(r"(\d{16})\.journal")
_TRUST_OF_NEWEST = (
    "every batch in it was checked and every frame verified; but only the receipts that terminals have "
    "can show that its newest batches are complete"
)


@dataclass(slots=True)
class _Records:
    """The records of one file from position `first` on: where each begins and how long it is."""

    file: OpenedFile
    first: int
    offsets: array[int] = field(default_factory=lambda: array("Q"))
    lengths: array[int] = field(default_factory=lambda: array("L"))

    @property
    def end(self) -> int:
        return self.first + len(self.offsets)

    def add(self, batch: JournalBatch) -> None:
        at = batch.end - sum(4 + len(record) for record in batch.records)
        for record in batch.records:
            self.offsets.append(at + 4)
            self.lengths.append(len(record))
            at += 4 + len(record)

    def read(self, position: int) -> bytes | None:
        if not self.first <= position < self.end:
            return None
        at, length = self.offsets[position - self.first], self.lengths[position - self.first]
        return self.file[at : at + length]


@dataclass(slots=True)
class StoredJournal:
    """The records by their position; `first` is the position at which the oldest file begins, None without files."""

    first: int | None = None
    end: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    _files: list[_Records] = field(default_factory=list)

    def close(self) -> None:
        for each in self._files:
            each.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(self, position: int) -> bytes | None:
        """The record at a position, if the journal has it."""
        at = bisect_right(self._files, position, key=lambda each: each.first)
        return self._files[at - 1].read(position) if at else None

    def positions(self, start: int) -> Iterator[int]:
        """The positions from `start` on of which the journal has the record, in order."""
        for each in self._files:
            yield from range(max(start, each.first), each.end)

    def has_all(self, start: int, end: int) -> bool:
        """Whether the journal has every record at positions `[start, end)`."""
        for each in self._files:
            if each.first <= start < each.end:
                start = each.end
        return start >= end

    def add(self, records: _Records) -> None:
        self._files.append(records)

    def forget(self) -> None:
        """Forget the files so far: an anchor covers their records."""
        self.close()
        self._files.clear()
        self.first = None


def read_journal(folder: Path, digest_of: DigestOf, findings: Findings) -> StoredJournal:
    """Read every file of a journal; `digest_of` gives the digest of a record.

    Damaged acknowledged bytes are a problem; a torn tail, which was never acknowledged, is not.
    """
    found = StoredJournal()
    for name in DiskFiles().names(folder):
        match = _NAME.fullmatch(name)
        if match:
            _read_file(folder / name, int(match[1]), digest_of, found, findings)
        elif not name.startswith("."):
            findings.problem(folder / name, "this is not a journal file")
    return found


def journal_sizes(folder: Path) -> dict[str, int]:
    """The present length of each journal file; it changes when the chain grows or is anchored."""
    sizes = {}
    for name in DiskFiles().names(folder):
        try:
            sizes[name] = (folder / name).stat().st_size
        except FileNotFoundError:
            continue
    return sizes


def _read_file(path: Path, first: int, digest_of: DigestOf, found: StoredJournal, findings: Findings) -> None:
    try:
        file = OpenedFile(path)
    except FileNotFoundError:
        found.forget()  # the node removed it meanwhile: an anchor covers its records and all before them
        return
    except NotAFile as error:
        findings.failed(path, error)
        return
    except OSError as error:
        findings.failed(path, Unavailable(str(error.strerror)))
        return
    if found.first is None:
        found.first = found.end = first
    if first != found.end:
        findings.problem(path, f"it begins with record {first}, the file before it ends at {found.end}")
    found.sizes[path.name] = len(file)
    records = _Records(file, first)
    found.add(records)
    sound = 0
    try:
        for batch in read_batches(file, path, digest_of):
            records.add(batch)
            sound = _end_of(batch)
            findings.counts["journal_batches"] += 1
    except WrongFormat as error:
        findings.problem(path, str(error))
        sound = len(file)
    except JournalDamaged as error:
        findings.problem(path, f"at byte {error.offset}: {error.why}")
        sound = len(file)
    found.end = records.end
    torn = len(file) - sound
    tail = f"its last {torn} bytes are a torn write that was never acknowledged; " if torn > 0 else ""
    findings.excuse(path, tail + _TRUST_OF_NEWEST)


def _end_of(batch: JournalBatch) -> int:
    return batch.end + 32 if batch.marked else batch.end
