"""Files that are written by their paths, as long as the home there is the one that this process has locked.

A home is locked once, and its files are opened by their paths again and again. What tells whether it was replaced
meanwhile is the lock file, which is open. A write looks before it begins, and again after it is synced; so nothing
counts as durable that may lie in another home. Databases stay open, and are written in the home that was opened.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from veriwatt.errors import Corrupted
from veriwatt.system.files import DiskFiles


class HomeReplaced(Corrupted):
    """The home was moved away under the process that uses it; another may be in its place."""

    code = "home-replaced"

    def __init__(self, home: str) -> None:
        super().__init__(
            f"the home {home} was moved away while this process used it, or its lock file was removed. Nothing was "
            "written into another that may be there now; what was acknowledged is in the one that was moved: put that "
            "one back, or use it where it is (docs/operations/restore.md)"
        )
        self.home = home


class HeldLock:
    """The lock file at `path`, which this process has open and locked as `file`."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path, self._file = path, file

    def check(self) -> None:
        """Raise HomeReplaced unless the file that is locked is the one at the path."""
        if not is_still_at(self._path, os.fstat(self._file.fileno())):
            raise HomeReplaced(str(self._path.parent))


def is_still_at(path: Path, opened: os.stat_result) -> bool:
    """Whether a file that this process has open is the one at the path; also where that cannot be told."""
    try:
        return os.path.samestat(path.stat(), opened)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # the disk fails: whoever writes is told so
        return True


class HeldFiles(DiskFiles):
    """The files of a home whose lock this process has. Whatever changes them raises HomeReplaced once it is replaced.

    What was synced before that is in the home that was opened.
    """

    def __init__(self, lock: HeldLock) -> None:
        super().__init__()
        self._lock = lock

    def append(self, path: Path, data: bytes) -> None:
        self._lock.check()
        super().append(path, data)

    def truncate(self, path: Path, size: int) -> None:
        self._lock.check()
        super().truncate(path, size)

    def sync(self, path: Path) -> None:
        self._lock.check()
        super().sync(path)
        self._lock.check()

    def replace(self, old: Path, new: Path) -> None:
        self._lock.check()
        super().replace(old, new)

    def unlink(self, path: Path) -> None:
        self._lock.check()
        super().unlink(path)

    def make_folder(self, path: Path) -> None:
        self._lock.check()
        super().make_folder(path)

    def sync_folder(self, path: Path) -> None:
        self._lock.check()
        super().sync_folder(path)
        self._lock.check()
