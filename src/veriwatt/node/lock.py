"""One process at a time holds a home."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

from veriwatt.errors import Unavailable

PATIENCE = 20
"""Seconds a command waits for another one to let go; commands are short, and a node says that it runs."""


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`; the system lets go of it when the process ends, however it ends."""
    with path.open("ab") as file:
        until = monotonic() + PATIENCE
        while not _taken(file.fileno()):
            if monotonic() > until:
                raise Unavailable(f"another process holds {path.parent}; stop it, or ask a running node over HTTP")
            sleep(0.05)
        yield


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
