"""The check of the object store: every file must hash to its name, and every object that a chain names must exist."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from veriwatt.crypto.hashing import object_id
from veriwatt.errors import Malformed, NotFound, VeriwattError
from veriwatt.fsck.report import Findings, Progress
from veriwatt.ids import ObjectId
from veriwatt.store.local_blobs import LocalStore
from veriwatt.system.files import DiskFiles

_UNNAMED = "no anchor names it: a write was interrupted between store and ledger, or another org sent it"


class Objects:
    """The objects of a home: `get` reads and hashes an object that a chain names, `check_rest` checks all others."""

    def __init__(self, folder: Path, findings: Findings) -> None:
        self._folder, self._findings = folder, findings
        self._store = LocalStore(DiskFiles(), folder)
        self._seen: set[ObjectId] = set()

    def get(self, name: ObjectId, what: str) -> bytes | None:
        """The object's bytes; None, with a problem reported, when it is missing or damaged."""
        known = name in self._seen
        self._seen.add(name)
        try:
            data = self._store.get(name)
        except NotFound:
            self._findings.problem(self._store.path(name), f"missing: {what}")
            return None
        except VeriwattError as error:
            self._findings.failed(self._store.path(name), error, before=f"{what}: ")
            return None
        self._findings.counts["objects"] += not known
        return data

    def check_rest(self, files: Iterable[Path], on_progress: Progress) -> None:
        """Check every file of the store that no chain named."""
        for at, path in enumerate(files):
            if not self._is_seen(path):
                self._check(path)
            on_progress("objects", at + 1, 0)

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
            self._findings.problem(path, "this is not an object: its name is not a CID")
            return
        if path != self._store.path(name):
            self._findings.problem(path, "this object is in another folder than its name gives")
            return
        try:
            found = object_id(DiskFiles().read(path))
        except NotFound:
            return  # removed since the folder was listed
        except VeriwattError as error:
            self._findings.failed(path, error)
            return
        if found != name:
            self._findings.problem(path, "its bytes do not hash to its name")
        else:
            self._findings.counts["objects"] += 1
            self._findings.excuse(path, _UNNAMED)
