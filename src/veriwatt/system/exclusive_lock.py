"""The exclusive lock of a home: one process at a time uses the home. Commands queue; a running node yields to them.

home.lock        locked by the process that uses the home
home.next.lock   locked, shared, by the processes that queue for the home
home.node.lock   locked by the node that serves the home, also while a command uses the home
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from typing import BinaryIO

from veriwatt.errors import Unavailable
from veriwatt.system.file_lock import try_lock

LONGEST_WAIT = 20
"""Seconds that a command waits for the lock; commands are short, and a node releases the lock to a waiting command."""

POLL_EVERY = 0.05
"""Seconds between two tries to take the lock."""


class HomeLocked(Unavailable):
    """Another process has locked the home, and did not release the lock in time."""

    code = "home-locked"

    def __init__(self, folder: Path) -> None:
        super().__init__(f"another process has locked the home {folder}; wait for it to end, or stop it")
        self.folder = folder


@contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Lock the file at `path`; the system releases the lock when the process ends, however it ends.

    Raises:
        HomeLocked: another process did not release the lock within `LONGEST_WAIT` seconds.
    """
    with path.open("ab") as file:
        if not try_lock(file):
            _queue(path, file)
        yield


@contextmanager
def serving(path: Path) -> Iterator[None]:
    """Lock the serving of the home whose lock file is at `path`: one node at a time serves a home.

    Raises:
        Unavailable: another node serves the home.
    """
    with _beside(path, "node").open("ab") as file:
        if not try_lock(file):
            raise Unavailable(f"a node serves the home {path.parent} already; stop it, or use its API")
        yield


def has_waiters(path: Path) -> bool:
    """Whether another process waits for the lock at `path`, which the caller has."""
    try:
        with _beside(path, "next").open("ab") as queue:
            return not try_lock(queue)
    except OSError:  # no descriptor is free, or the disk fails: whoever waits is seen at the next look
        return False


def wait_until_free(path: Path, stopping: Event) -> bool:
    """Wait until no process has the lock at `path` or waits for it; the caller has released it before.

    Returns False when `stopping` was set before that.
    """
    while has_waiters(path) or _is_locked(path):
        if stopping.wait(POLL_EVERY):
            return False
    return True


def _queue(path: Path, file: BinaryIO) -> None:
    """Wait for the lock of `file`, announced in the queue's lock file so that a node yields."""
    until = monotonic() + LONGEST_WAIT
    with _beside(path, "next").open("ab") as queue:
        while not try_lock(queue, shared=True) or not try_lock(file):
            if monotonic() > until:
                raise HomeLocked(path.parent)
            sleep(POLL_EVERY)


def _is_locked(path: Path) -> bool:
    with path.open("ab") as file:
        return not try_lock(file)


def _beside(path: Path, use: str) -> Path:
    return path.with_name(f"{path.stem}.{use}{path.suffix}")
