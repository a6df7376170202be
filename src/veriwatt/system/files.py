"""The few file operations that durability depends on, behind one interface so that a test can cut the power.

`write` and `replace` are in the page cache on return; only `sync` of a file, and `sync_folder` after a
file was made, renamed or removed, survive a power cut. `save` writes a whole file, `new_folder` a whole folder.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from veriwatt.errors import NotFound, Refused, Unavailable


class Files(Protocol):
    """A folder tree. Paths are absolute. Full disk and failing devices are Unavailable; absence is NotFound."""

    def read(self, path: Path) -> bytes: ...

    def append(self, path: Path, data: bytes) -> None:
        """Add to the end of a file, making it when absent; not yet durable."""
        ...

    def truncate(self, path: Path, size: int) -> None: ...

    def sync(self, path: Path) -> None:
        """Make the file's present bytes durable."""
        ...

    def replace(self, old: Path, new: Path) -> None:
        """Rename over whatever is there; atomic, durable only after `sync_folder`."""
        ...

    def unlink(self, path: Path) -> None: ...

    def make_folder(self, path: Path) -> None:
        """Make the folder and its parents, durably."""
        ...

    def sync_folder(self, path: Path) -> None: ...

    def names(self, folder: Path) -> list[str]:
        """Names in a folder, sorted; empty when there is no folder."""
        ...

    def exists(self, path: Path) -> bool: ...


class DiskFiles:
    """The operating system's files."""

    def __init__(self) -> None:
        self._made: set[Path] = set()  # durable folders; one found on disk may be of a killed process

    def read(self, path: Path) -> bytes:
        with _translated(path):
            return path.read_bytes()

    def append(self, path: Path, data: bytes) -> None:
        with _translated(path), path.open("ab") as file:
            file.write(data)

    def truncate(self, path: Path, size: int) -> None:
        with _translated(path):
            os.truncate(path, size)

    def sync(self, path: Path) -> None:
        with _translated(path), path.open("rb") as file:
            os.fsync(file.fileno())

    def replace(self, old: Path, new: Path) -> None:
        with _translated(old):
            old.replace(new)

    def unlink(self, path: Path) -> None:
        with _translated(path):
            path.unlink(missing_ok=True)

    def make_folder(self, path: Path) -> None:
        with _translated(path):
            if path in self._made and path.is_dir():
                return
            if not path.is_dir():
                self.make_folder(path.parent)
                path.mkdir(exist_ok=True)
            if os.access(path.parent, os.R_OK):  # this program made no folder that it may not read
                self.sync_folder(path.parent)
            self._made.add(path)

    def sync_folder(self, path: Path) -> None:
        with _translated(path):
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def names(self, folder: Path) -> list[str]:
        with _translated(folder):
            return sorted(os.listdir(folder)) if folder.is_dir() else []

    def exists(self, path: Path) -> bool:
        return path.exists()


def save(files: Files, path: Path, data: bytes) -> None:
    """Put `data` at `path` whole or not at all; durable on return, and the old bytes stay until then."""
    files.make_folder(path.parent)
    fresh = path.with_name(f".{path.name}.new")
    files.unlink(fresh)
    files.append(fresh, data)
    files.sync(fresh)
    files.replace(fresh, path)
    files.sync_folder(path.parent)


def check_vacant(folder: Path) -> None:
    """Raise Refused unless there is nothing at `folder`, or an empty folder."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} exists already and is not empty; nothing was changed")


@contextmanager
def new_folder(root: Path) -> Iterator[Path]:
    """A folder to fill, beside `root`; it takes the place of `root`, durably, when the block ends.

    When the block raises, or its process dies, nothing is at `root`.

    Raises:
        Refused: there is something at `root` already.
    """
    check_vacant(root)
    root.parent.mkdir(parents=True, exist_ok=True)
    building = root.with_name(f".{root.name}.{os.getpid()}.new")
    shutil.rmtree(building, ignore_errors=True)  # left by a process of this number that was killed
    try:
        building.mkdir()
        yield building
        building.replace(root)
        DiskFiles().sync_folder(root.parent)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound(f"{path} does not exist") from error
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = "the disk is full: free some space and run the command again, nothing was lost"
        why = remedy if full else error.strerror
        raise Unavailable(f"{path}: {why}") from error
