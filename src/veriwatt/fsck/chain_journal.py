"""The journal of a data chain, read without changing it: its records by position."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from veriwatt.errors import NotFound, WrongFormat
from veriwatt.fsck.report import Findings
from veriwatt.store.journal import DigestOf, JournalBatch, JournalDamaged, read_batches
from veriwatt.system.files import DiskFiles

_NAME = re.compile(r"(\d{16})\.journal")
_TRUST_OF_NEWEST = (
    "every batch in it was checked and every frame verified; but only the receipts that terminals have "
    "can show that its newest batches are complete"
)


@dataclass(slots=True)
class StoredJournal:
    """The records by their position; `first` is the position at which the oldest file begins, None without files."""

    first: int | None = None
    records: dict[int, bytes] = field(default_factory=dict)
    end: int = 0
    sizes: dict[str, int] = field(default_factory=dict)

    def has_all(self, start: int, end: int) -> bool:
        """Whether the journal has every record at positions `[start, end)`."""
        return all(position in self.records for position in range(start, end))


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
        raw = DiskFiles().read(path)
    except NotFound:
        return  # an anchor covered it meanwhile, so the node removed it
    if found.first is None:
        found.first = found.end = first
    if first != found.end:
        findings.problem(path, f"it begins with record {first}, the file before it ends at {found.end}")
    found.sizes[path.name] = len(raw)
    at, sound = first, 0
    try:
        for batch in read_batches(raw, path, digest_of):
            for record in batch.records:
                found.records[at] = record
                at += 1
            sound = _end_of(batch)
            findings.counts["journal_batches"] += 1
    except WrongFormat as error:
        findings.problem(path, str(error))
        sound = len(raw)
    except JournalDamaged as error:
        findings.problem(path, f"at byte {error.offset}: {error.why}")
        sound = len(raw)
    found.end = at
    torn = len(raw) - sound
    tail = f"its last {torn} bytes are a torn write that was never acknowledged; " if torn > 0 else ""
    findings.excuse(path, tail + _TRUST_OF_NEWEST)


def _end_of(batch: JournalBatch) -> int:
    return batch.end + 32 if batch.marked else batch.end
