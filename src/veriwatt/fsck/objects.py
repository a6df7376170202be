"""The object store: every file is re-hashed and compared with its name; every object that a chain names exists."""

from __future__ import annotations

from pathlib import Path

from veriwatt.crypto.hashing import object_id
from veriwatt.errors import Malformed, NotFound, VeriwattError
from veriwatt.fsck.report import Findings, Progress
from veriwatt.ids import ObjectId
from veriwatt.store.local import LocalStore
from veriwatt.system.files import DiskFiles

_UNNAMED = "no anchor names it: a write ended between store and ledger, or another org sent it"


class Objects:
    """The objects of a home: `get` reads and hashes those that chains name, `check_rest` all others."""

    def __init__(self, folder: Path, findings: Findings) -> None:
        self._folder, self._findings = folder, findings
        self._store = LocalStore(DiskFiles(), folder)
        self._seen: set[ObjectId] = set()

    def get(self, name: ObjectId, what: str) -> bytes | None:
        """The object's bytes; None, with a problem reported, when it is missing or damaged."""
        if name not in self._seen:
            self._findings.counts["objects"] += 1
        self._seen.add(name)
        try:
            return self._store.get(name)
        except NotFound:
            self._findings.problem(self._store.path(name), f"missing: {what}")
        except VeriwattError as error:
            self._findings.problem(self._store.path(name), f"{what}: {error}")
        return None

    def check_rest(self, files: list[Path], on_progress: Progress) -> None:
        """Every file under the store's folder that no chain named."""
        for at, path in enumerate(files):
            if not self._is_seen(path):
                self._check(path)
            on_progress("objects", at + 1, len(files))

    def _is_seen(self, path: Path) -> bool:
        try:
            name = ObjectId.parse(path.name)
        except Malformed:
            return False
        return name in self._seen and path == self._store.path(name)

    def _check(self, path: Path) -> None:
        try:
            name = ObjectId.parse(path.name)
        except Malformed:
            self._findings.problem(path, "this is no object: its name is no CID")
            return
        if path != self._store.path(name):
            self._findings.problem(path, "this object lies where no reader looks for it")
        elif object_id(DiskFiles().read(path)) != name:
            self._findings.problem(path, "it holds other bytes than its name says")
        else:
            self._findings.counts["objects"] += 1
            self._findings.excuse(path, _UNNAMED)
