"""The lock of a ledger's one writer: an operating-system lock, which ends with its process."""

from __future__ import annotations

from pathlib import Path

from veriwatt.errors import Unavailable
from veriwatt.system.file_lock import try_lock
from veriwatt.system.files import open_private


class LedgerLocked(Unavailable):
    """Another process has the ledger open for writing."""

    code = "ledger-locked"

    def __init__(self, path: Path) -> None:
        super().__init__(f"another process has the ledger open for writing ({path}); stop it, or use its API")
        self.path = path


LOCK_NAME = "ledger.lock"


class WriterLock:
    """The lock file beside the database at `path`, locked from construction to `release`."""

    def __init__(self, path: Path) -> None:
        path = path.with_name(LOCK_NAME)
        self._file = open_private(path)
        if not try_lock(self._file):
            self._file.close()
            raise LedgerLocked(path)

    def release(self) -> None:
        self._file.close()
