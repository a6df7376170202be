"""Refused frames that are evidence against their terminal: stored apart from the chain, and never deleted.

One frame is stored for each reason, terminal and number, because a second one proves no more; and no more than the
quotas allow, so that a terminal that signs contradictions without end fills no disk. What is left out is counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from veriwatt.crypto.hashing import object_id
from veriwatt.errors import Malformed, Unavailable
from veriwatt.model.frames.frame import Frame, parse_frame
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.frames.quarantined import quarantined_bytes, read_quarantined
from veriwatt.system.files import Files, save

TERMINAL_FILES = 64
"""Frames of one terminal."""

ORG_FILES, ORG_BYTES = 4_096, 256 << 20
"""Frames of one org, and their bytes."""

ALL_BYTES = 1 << 30
"""Bytes of all orgs; those of the others as they were when the first frame of this org was refused."""

log = structlog.get_logger("veriwatt.frames")


@dataclass(slots=True)
class _Stored:
    """What lies in quarantine of one org."""

    others: int
    bytes: int = 0
    proofs: set[tuple[str, str, FrameNumber]] = field(default_factory=set)
    by_terminal: Counter[str] = field(default_factory=Counter)

    def add(self, why: str, frame: Frame, size: int) -> None:
        self.proofs.add((why, frame.terminal, frame.number))
        self.by_terminal[frame.terminal] += 1
        self.bytes += size

    def has_room(self, frame: Frame, size: int) -> bool:
        return (
            self.by_terminal[frame.terminal] < TERMINAL_FILES
            and len(self.proofs) < ORG_FILES
            and self.bytes + size <= ORG_BYTES
            and self.others + self.bytes + size <= ALL_BYTES
        )


class Quarantine:
    """One file a frame under `ORG/`, as `model.frames.quarantined` lays it out, named by the object id of its bytes."""

    def __init__(self, files: Files, folder: Path) -> None:
        self._files, self._folder = files, folder
        self._stored: dict[str, _Stored] = {}
        self.left_out: Counter[str] = Counter()
        """The frames of each org that were refused and not stored, because a quota was full."""

    def keep(self, org: str, frame: Frame, why: str) -> None:
        """Durable on return, unless there is a frame of its number for this reason, or no room."""
        stored = self._of(org)
        if (why, frame.terminal, frame.number) in stored.proofs:
            return
        data = quarantined_bytes(why, frame.upload)
        if not stored.has_room(frame, len(data)):
            if not self.left_out[org]:
                log.warning("quarantine-full", org=org, terminal=frame.terminal)
            self.left_out[org] += 1
            return
        save(self._files, self._folder / org / str(object_id(data)), data)
        stored.add(why, frame, len(data))

    def names(self, org: str) -> list[str]:
        """The names of the org's files."""
        return self._files.names(self._folder / org)

    def read(self, org: str, name: str) -> tuple[str, bytes]:
        """Why a frame is here, and its upload; Malformed for a file that `keep` did not write."""
        return read_quarantined(self._files.read(self._folder / org / name))

    def _of(self, org: str) -> _Stored:
        if org not in self._stored:
            self._stored[org] = self._read_all(org)
        return self._stored[org]

    def _read_all(self, org: str) -> _Stored:
        others = [each for each in self._files.names(self._folder) if each != org]
        found = _Stored(sum(self._size(each, name) for each in others for name in self.names(each)))
        for name in self.names(org):
            try:
                why, upload = self.read(org, name)
                found.add(why, parse_frame(upload), self._size(org, name))
            except Malformed:  # a damaged file proves nothing; fsck names it
                found.bytes += self._size(org, name)
        return found

    def _size(self, org: str, name: str) -> int:
        try:
            return len(self._files.read(self._folder / org / name))
        except Unavailable:  # no file: a foreign folder
            return 0
