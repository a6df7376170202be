"""Reading and writing the files that are named on the command line."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from veriwatt.crypto.passphrase import FILE_VARIABLE
from veriwatt.errors import BadInput
from veriwatt.home.home_format import home_around
from veriwatt.system.files import DiskFiles, fresh_beside, put_in_place

LARGEST = 16 << 20


def read_start(file: Path) -> bytes:
    """The first `LARGEST` + 1 bytes of a file named on the command line, so that the caller sees if it is longer.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST + 1)
    except OSError as error:
        remedy = "name a file that is there"
        raise BadInput(where=str(file), value=None, why=str(error.strerror), remedy=remedy) from error


def read_input(file: Path) -> bytes:
    """The bytes of a file named on the command line; raises BadInput naming it."""
    raw = read_start(file)
    if len(raw) > LARGEST:
        why = f"it has more than {LARGEST:,} bytes"
        raise BadInput(where=str(file), value=None, why=why, remedy="name the right file")
    return raw


class OutputFile:
    """A file named on the command line for a command to write: it is there whole and durable, or as it was before.

    Made before the command changes anything, so that a name where nothing may be written stops it in time. As a
    context it removes what was not finished.
    """

    def __init__(self, file: Path, *inputs: Path, own: Path | None = None) -> None:
        """The file must be none that the command reads, and no file of a home but `own`.

        Args:
            file: the file as it was named.
            inputs: the files that the command was given to read.
            own: the file of its home that the command is for.

        Raises:
            BadInput: it is one of these files.
        """
        self._path = file.absolute()
        self._fresh = fresh_beside(self._path)
        self._disk = DiskFiles()
        why = _why_not(self._path, (*inputs, *filter(None, [_passphrase_file()])), own)
        if why:
            raise BadInput(where=str(file), value=None, why=why, remedy="name another file to write")
        self._disk.unlink(self._fresh)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._disk.unlink(self._fresh)

    def append(self, data: bytes) -> None:
        """Add to what will be the file; raises Unavailable when the disk is full or forbids it."""
        self._disk.make_folder(self._path.parent)
        self._disk.append(self._fresh, data)

    def finish(self) -> None:
        """Put what was added in the file's place, durably; raises Unavailable as `append` does."""
        put_in_place(self._disk, self._fresh, self._path)

    def write(self, data: bytes) -> None:
        """Make `data` the whole file."""
        with self:
            self.append(data)
            self.finish()


def _passphrase_file() -> Path | None:
    named = os.environ.get(FILE_VARIABLE)
    return Path(named) if named else None


def _why_not(path: Path, inputs: tuple[Path, ...], own: Path | None) -> str:
    """Why nothing may be written at `path`, or "" if it may."""
    if path.exists():
        if not path.is_file():
            return "is there and is no file"
        for each in inputs:
            if each.exists() and path.samefile(each):
                return f"is a file that the command reads ({each})"
    place = path.parent.resolve() / path.name
    home = home_around(place)
    if home is not None and (own is None or place != own.resolve()):
        return f"lies in the home {home}, where only its own files may be"
    return ""
