"""A full or read-only disk as its own error, whichever layer met it: what to free, and where."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from veriwatt.errors import NotFound, Unavailable

ROOM = 64 << 20
"""Bytes that a home needs free to go on: a data chain's next anchor, the ledger's log and the view's next write."""

SMALL_FILE = 64 << 10
"""Bytes of the file that SQLite makes beside a database; with less space it says no more than "disk I/O error"."""

LEAST = 1 << 20
"""With fewer free bytes CometBFT, which writes to its log before each vote, no longer takes part."""

_FULL, _READ_ONLY = (errno.ENOSPC, errno.EDQUOT), (errno.EROFS,)
_FULL_WORDS = re.compile(r"No space left|disk is full|disk full|Disk quota exceeded", re.IGNORECASE)
_READ_ONLY_WORDS = re.compile(
    r"Read-only file system|readonly database|read-only mode|unable to open database file", re.IGNORECASE
)


class DiskFull(Unavailable):
    """The file system of `path` has too little space; nothing that was acknowledged is lost."""

    code = "disk-full"

    def __init__(self, path: Path, needed: int = ROOM) -> None:
        self.path, self.free, self.needed = str(path), _free_bytes(path), needed
        super().__init__(
            f"{path}: the disk is full: {self.free:,} bytes are free on its file system, {needed:,} are needed to go"
            " on; free some space there and try again, nothing that was acknowledged is lost"
        )


class DiskReadOnly(Unavailable):
    """The file system of `path` cannot be written."""

    code = "disk-read-only"

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        super().__init__(
            f"{path}: its file system is read-only: mount it for writing (`mount -o remount,rw`) and try again; a disk "
            "that failed is mounted read-only by the system, see its log"
        )


def full_disk(folder: Path) -> DiskFull | None:
    """The error of a file system with too little space for a ledger to go on; None where there is enough."""
    return DiskFull(folder) if _free_bytes(folder) < LEAST else None


def check_room(folder: Path, needed: int) -> None:
    """Raise DiskFull unless the file system of `folder` has so many free bytes, and beside them `ROOM` to go on."""
    if _free_bytes(folder) < needed + ROOM:
        raise DiskFull(folder, needed + ROOM)


def disk_error(error: OSError, path: Path) -> Unavailable | None:
    """The error for a full or read-only disk; None for every other cause."""
    if error.errno in _FULL:
        return DiskFull(path)
    return DiskReadOnly(path) if error.errno in _READ_ONLY else None


def disk_error_in(text: str, path: Path) -> Unavailable | None:
    """As `disk_error`, from the message of a library."""
    if _FULL_WORDS.search(text) or ("disk I/O error" in text and _free_bytes(path) < SMALL_FILE):
        return DiskFull(path)
    return DiskReadOnly(path) if _READ_ONLY_WORDS.search(text) and is_read_only(path) else None


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's errors inside the block into NotFound, DiskFull, DiskReadOnly or Unavailable."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound(f"{path} does not exist") from error
    except OSError as error:
        raise disk_error(error, path) or Unavailable(f"{path}: {error.strerror}") from error


def _free_bytes(path: Path) -> int:
    """The bytes that this user may still write on the file system of `path`, which need not exist; 0 if unknown."""
    for folder in (path, *path.parents):
        with suppress(OSError):
            found = os.statvfs(folder)
            return found.f_bavail * found.f_frsize
    return 0


def is_read_only(path: Path) -> bool:
    """Whether the file system of `path`, which need not exist, is mounted read-only."""
    for folder in (path, *path.parents):
        with suppress(OSError):
            return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    return False
