"""Files that a person names."""

from __future__ import annotations

from pathlib import Path

from veriwatt.errors import BadInput

LARGEST = 16 << 20


def read_input(file: Path) -> bytes:
    """The bytes of a file named on the command line; raises BadInput naming it."""
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST + 1)
    except OSError as error:
        remedy = "name a file that is there"
        raise BadInput(where=str(file), value=None, why=str(error.strerror), remedy=remedy) from error
    if len(raw) > LARGEST:
        why = f"it has more than {LARGEST:,} bytes"
        raise BadInput(where=str(file), value=None, why=why, remedy="name the right file")
    return raw
