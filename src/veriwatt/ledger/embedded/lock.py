"""One writer a ledger: an operating-system lock that ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from veriwatt.errors import Unavailable


class LedgerLocked(Unavailable):
    """Another process has the ledger open for writing."""

    code = "ledger-locked"

    def __init__(self, path: Path) -> None:
        super().__init__(f"another process holds the ledger ({path}); stop it, or use its API")
        self.path = path


class WriterLock:
    """The lock file beside the database, held from construction to `release`."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            raise LedgerLocked(path) from error

    def release(self) -> None:
        os.close(self._file)
