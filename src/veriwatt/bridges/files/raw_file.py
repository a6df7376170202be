"""Open a file before its rows are read; its digest, and its name without extensions."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

from veriwatt.errors import BadInput
from veriwatt.ids import Digest


def open_raw(path: Path) -> BinaryIO:
    """Open a seekable file.

    Raises:
        BadInput: it cannot be opened, or its name is not UTF-8, which frames require.
    """
    try:
        path.name.encode()
        if path.exists() and not path.is_file():
            raise BadInput(where=str(path), value=None, why="is not a file", remedy="name a file of readings")
        return path.open("rb")
    except UnicodeEncodeError:
        why = "its name is not UTF-8"
        raise BadInput(where=repr(str(path)), value=None, why=why, remedy="rename it: frames state the name") from None
    except OSError as error:
        why = f"cannot be opened: {error.strerror}"
        raise BadInput(where=str(path), value=None, why=why, remedy="name a file that you may read") from None


def digest_of(raw: BinaryIO) -> Digest:
    """SHA-256 of all bytes of `raw`; rewinds it."""
    raw.seek(0)
    running = hashlib.sha256()
    while chunk := raw.read(1 << 20):
        running.update(chunk)
    raw.seek(0)
    return Digest(running.digest())


def stem_of(path: Path) -> str:
    """The file's name without its extension, and without ".gz"."""
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    return Path(name).stem or name or path.name
