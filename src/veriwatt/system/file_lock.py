"""Locks on whole files, by the operating system: a lock ends with its process, however the process ends."""

from __future__ import annotations

import fcntl
from typing import BinaryIO


def try_lock(file: BinaryIO, *, shared: bool = False) -> bool:
    """Lock an open file until it is closed; False when the lock of another process excludes this one.

    A shared lock excludes exclusive locks alone. Locking a file again replaces its lock.
    """
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
