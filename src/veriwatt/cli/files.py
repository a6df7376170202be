"""Reading and writing the files that are named on the command line."""

from __future__ import annotations

from pathlib import Path

from veriwatt.errors import BadInput
from veriwatt.system.files import DiskFiles, save

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


def write_output(file: Path, data: bytes) -> None:
    """Put `data` into a file named on the command line, whole or not at all; raises BadInput where none can be."""
    if file.exists() and not file.is_file():
        raise BadInput(where=str(file), value=None, why="is there and is no file", remedy="name a file to write")
    save(DiskFiles(), file.absolute(), data)
