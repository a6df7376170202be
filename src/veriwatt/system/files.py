"""The file operations that durability depends on, behind one interface, so that tests can simulate a power cut.

`write` and `replace` are in the page cache on return; only `sync` of a file, and `sync_folder` after a
file was made, renamed or removed, survive a power cut. `save` writes a whole file, `new_folder` a whole folder.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from veriwatt.errors import Refused
from veriwatt.system.disk_errors import disk_errors
from veriwatt.system.special_files import check_regular

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
"""The modes with which files and folders are made: their owner's alone, whatever the umask."""

_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


class Files(Protocol):
    """A folder tree. Paths are absolute. A full disk is DiskFull, a missing file NotFound, other errors Unavailable.

    What is no file is not opened to be read or appended to: NotAFile.
    """

    def read(self, path: Path) -> bytes: ...

    def append(self, path: Path, data: bytes) -> None:
        """Add to the end of a file, which is made, its owner's alone, when it is missing; not yet durable."""
        ...

    def truncate(self, path: Path, size: int) -> None: ...

    def sync(self, path: Path) -> None:
        """Make the file's present bytes durable."""
        ...

    def replace(self, old: Path, new: Path) -> None:
        """Rename `old` to `new`, replacing `new`; atomic, durable only after `sync_folder`."""
        ...

    def unlink(self, path: Path) -> None: ...

    def make_folder(self, path: Path) -> None:
        """Make the folder and its parents, durably; what is made is its owner's alone."""
        ...

    def sync_folder(self, path: Path) -> None: ...

    def names(self, folder: Path) -> list[str]:
        """The names in a folder, sorted; empty when the folder is missing."""
        ...

    def exists(self, path: Path) -> bool: ...


class DiskFiles:
    """The operating system's files."""

    def __init__(self) -> None:
        self._made: set[Path] = set()  # folders known to be durable; one that a killed process made may not be

    def read(self, path: Path) -> bytes:
        check_regular(path)
        with disk_errors(path):
            return path.read_bytes()

    def append(self, path: Path, data: bytes) -> None:
        with disk_errors(path), open_private(path) as file:
            file.write(data)

    def truncate(self, path: Path, size: int) -> None:
        with disk_errors(path):
            os.truncate(path, size)

    def sync(self, path: Path) -> None:
        with disk_errors(path), path.open("rb") as file:
            os.fsync(file.fileno())

    def replace(self, old: Path, new: Path) -> None:
        with disk_errors(old):
            old.replace(new)

    def unlink(self, path: Path) -> None:
        with disk_errors(path):
            path.unlink(missing_ok=True)

    def make_folder(self, path: Path) -> None:
        with disk_errors(path):
            if path in self._made and path.is_dir():
                return
            if not path.is_dir():
                self.make_folder(path.parent)
                path.mkdir(PRIVATE_FOLDER, exist_ok=True)
            if os.access(path.parent, os.R_OK):  # a folder that we cannot read was not made by us
                self.sync_folder(path.parent)
            self._made.add(path)

    def sync_folder(self, path: Path) -> None:
        with disk_errors(path):
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def names(self, folder: Path) -> list[str]:
        with disk_errors(folder):
            return sorted(os.listdir(folder)) if folder.is_dir() else []

    def exists(self, path: Path) -> bool:
        with disk_errors(path):
            return path.exists()


def fresh_beside(path: Path) -> Path:
    """Where a file is written that is to take the place of `path` when it is whole."""
    return path.with_name(f".{path.name}.new")


def save(files: Files, path: Path, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all; durable on return. Until then the old file stays."""
    files.make_folder(path.parent)
    fresh = fresh_beside(path)
    files.unlink(fresh)
    files.append(fresh, data)
    put_in_place(files, fresh, path)


def put_in_place(files: Files, fresh: Path, path: Path) -> None:
    """Make the file `fresh` the one at `path`, in the same folder; durable on return."""
    files.sync(fresh)
    files.replace(fresh, path)
    files.sync_folder(path.parent)


def check_vacant(folder: Path) -> None:
    """Raise Refused unless `folder` is missing or empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} exists already and is not empty; nothing was changed")


@contextmanager
def new_folder(root: Path) -> Iterator[Path]:
    """A temporary folder beside `root` to fill; it is renamed to `root`, durably, when the block ends.

    When the block raises, or its process dies, `root` is not made.

    Raises:
        Refused: `root` exists already and is not empty.
    """
    check_vacant(root)
    root.parent.mkdir(parents=True, exist_ok=True)
    building = root.with_name(f".{root.name}.{os.getpid()}.new")
    shutil.rmtree(building, ignore_errors=True)  # a killed process of the same number may have left it
    try:
        building.mkdir(PRIVATE_FOLDER)
        yield building
        building.replace(root)
        DiskFiles().sync_folder(root.parent)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def open_private(path: Path) -> BinaryIO:
    """The file opened to add to its end; made, its owner's alone, when it is missing. Raises NotAFile or OSError."""
    check_regular(path)
    return os.fdopen(os.open(path, _APPEND, PRIVATE_FILE), "ab")


def make_private(folder: Path) -> None:
    """Close a folder to everybody but its owner, if it is this user's and was made open to others."""
    with disk_errors(folder):
        status = folder.stat()
        if status.st_uid == os.geteuid() and status.st_mode & 0o077:
            folder.chmod(PRIVATE_FOLDER)
