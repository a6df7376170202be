"""One writer a ledger: an operating-system lock that ends with its process, however that ends."""

from __future__ import annotations

from pathlib import Path

from veriwatt.errors import Unavailable
from veriwatt.system.file_lock import try_lock


class LedgerLocked(Unavailable):
    """Another process has the ledger open for writing."""

    code = "ledger-locked"

    def __init__(self, path: Path) -> None:
        super().__init__(f"another process holds the ledger ({path}); stop it, or use its API")
        self.path = path


class WriterLock:
    """The lock file beside the database, locked from construction to `release`."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")
        if not try_lock(self._file):
            self._file.close()
            raise LedgerLocked(path)

    def release(self) -> None:
        self._file.close()
