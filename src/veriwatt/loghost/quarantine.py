"""Refused frames that are evidence against their terminal: stored apart from the chain, and never deleted."""

from __future__ import annotations

from pathlib import Path

from veriwatt.crypto.hashing import object_id
from veriwatt.model.frames.quarantined import quarantined_bytes, read_quarantined
from veriwatt.system.files import Files, save


class Quarantine:
    """One file a frame under `ORG/`, as `model.frames.quarantined` lays it out, named by the object id of its bytes."""

    def __init__(self, files: Files, folder: Path) -> None:
        self._files, self._folder = files, folder

    def keep(self, org: str, upload: bytes, why: str) -> None:
        """Durable on return; the same frame for the same reason is one file."""
        data = quarantined_bytes(why, upload)
        save(self._files, self._folder / org / str(object_id(data)), data)

    def names(self, org: str) -> list[str]:
        """The names of the org's files."""
        return self._files.names(self._folder / org)

    def read(self, org: str, name: str) -> tuple[str, bytes]:
        """Why a frame is here, and its upload; Malformed for a file that `keep` did not write."""
        return read_quarantined(self._files.read(self._folder / org / name))
