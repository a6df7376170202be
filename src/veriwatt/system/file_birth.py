"""When a file was made on its disk: what no copy of it has, and what writing, renaming and `chmod` do not change.

Python tells it on some systems only; on Linux the C library is asked (`statx`).
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

from veriwatt.system.disk_errors import disk_errors

_AT_FDCWD, _STATX_BTIME = -100, 0x800
_BIRTH_AT = 80
"""Offset of the time of birth in `struct statx`, which is the same on every machine: seconds, then nanoseconds."""


def born(path: Path) -> tuple[int, int] | None:
    """The number of the file in its file system, and the nanosecond of its birth; None where the system tells none.

    Raises:
        NotFound, Unavailable: the file cannot be asked.
    """
    with disk_errors(path):
        status = path.stat()
        birth = _linux_birth(path) if sys.platform == "linux" else getattr(status, "st_birthtime", None)
    if not birth:
        return None
    return status.st_ino, birth if isinstance(birth, int) else int(birth * 1_000_000_000)


def _linux_birth(path: Path) -> int | None:
    try:
        statx = ctypes.CDLL(None, use_errno=True).statx
    except AttributeError:  # a C library from before it
        return None
    found = ctypes.create_string_buffer(256)
    if statx(_AT_FDCWD, os.fsencode(path), 0, _STATX_BTIME, found) != 0:
        return None
    told = int.from_bytes(found.raw[:4], sys.byteorder)
    if not told & _STATX_BTIME:
        return None
    seconds = int.from_bytes(found.raw[_BIRTH_AT : _BIRTH_AT + 8], sys.byteorder, signed=True)
    return seconds * 1_000_000_000 + int.from_bytes(found.raw[_BIRTH_AT + 8 : _BIRTH_AT + 12], sys.byteorder)
