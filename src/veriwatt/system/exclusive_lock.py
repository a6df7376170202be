"""The exclusive lock of a home: one process at a time uses it. Commands wait in line; a running node lets them in.

home.lock        locked by the process that uses the home
home.next.lock   a shared lock of those that wait
home.node.lock   locked by the node that serves the home, also while it lets a command in
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

PATIENCE = 20
"""Seconds a command waits for the lock; commands are short, and a node releases it when a command waits."""

PAUSE = 0.05


class HomeLocked(Unavailable):
    """Another process has the lock of the home, and did not release it in time."""

    code = "home-locked"

    def __init__(self, folder: Path) -> None:
        super().__init__(f"another process holds {folder}; wait for it to end, or stop it")
        self.folder = folder


@contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Lock the file at `path`; the system releases the lock when the process ends, however it ends.

    Raises:
        HomeLocked: another process had the lock all the while.
    """
    with path.open("ab") as file:
        if not try_lock(file):
            _wait_in_line(path, file)
        yield


@contextmanager
def serving(path: Path) -> Iterator[None]:
    """Be the one node that serves the home with this lock file.

    Raises:
        Unavailable: there is one already.
    """
    with _beside(path, "node").open("ab") as file:
        if not try_lock(file):
            raise Unavailable(f"another process holds {path.parent}: a node serves it already")
        yield


def is_waited_for(path: Path) -> bool:
    """Whether another process waits for the lock at `path`, which this one has."""
    with _beside(path, "next").open("ab") as line:
        return not try_lock(line)


def let_in(path: Path, leaving: Event) -> bool:
    """Wait until the processes in line have had the lock at `path`, which this one has released.

    Returns True once no process has it or waits for it; False when `leaving` was set before.
    """
    while is_waited_for(path) or _is_locked(path):
        if leaving.wait(PAUSE):
            return False
    return True


def _wait_in_line(path: Path, file: BinaryIO) -> None:
    until = monotonic() + PATIENCE
    with _beside(path, "next").open("ab") as line:
        while not try_lock(line, shared=True) or not try_lock(file):
            if monotonic() > until:
                raise HomeLocked(path.parent)
            sleep(PAUSE)


def _is_locked(path: Path) -> bool:
    with path.open("ab") as file:
        return not try_lock(file)


def _beside(path: Path, use: str) -> Path:
    return path.with_name(f"{path.stem}.{use}{path.suffix}")
