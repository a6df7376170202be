"""Refused frames that are evidence against their terminal: stored apart from the chain, and never deleted."""

from __future__ import annotations

from pathlib import Path

from veriwatt.crypto.hashing import object_id
from veriwatt.encoding import encode
from veriwatt.system.files import Files, save


class Quarantine:
    """One file a frame under `ORG/`, canonical CBOR [why, upload], named by the object id of its bytes."""

    def __init__(self, files: Files, folder: Path) -> None:
        self._files, self._folder = files, folder

    def keep(self, org: str, upload: bytes, why: str) -> None:
        """Durable on return; the same frame for the same reason is one file."""
        data = encode([why, upload])
        save(self._files, self._folder / org / str(object_id(data)), data)
