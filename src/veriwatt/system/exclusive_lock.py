"""One process at a time holds a home. A command that finds it held waits in line, and a node that runs lets it in.

home.lock        held by the process that uses the home
home.next.lock   shared by those that wait for it
home.node.lock   held by the node that serves the home, also while it lets a command in
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
"""Seconds a command waits for another one to let go; commands are short, and a node lets go when it is asked."""

PAUSE = 0.05


class HomeLocked(Unavailable):
    """Another process holds the home, and did not let go of it."""

    code = "home-locked"

    def __init__(self, folder: Path) -> None:
        super().__init__(f"another process holds {folder}; wait for it to end, or stop it")
        self.folder = folder


@contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`; the system lets go of it when the process ends, however it ends.

    Raises:
        HomeLocked: another process held it all the while.
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
    """Whether another process waits for the lock file at `path`, which this one holds."""
    with _beside(path, "next").open("ab") as line:
        return not try_lock(line)


def let_in(path: Path, leaving: Event) -> bool:
    """Wait until those in line have had the lock file at `path`, which this process has let go of.

    Returns True once nobody holds it or waits for it; False when `leaving` was set before.
    """
    while is_waited_for(path) or _is_held(path):
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


def _is_held(path: Path) -> bool:
    with path.open("ab") as file:
        return not try_lock(file)


def _beside(path: Path, use: str) -> Path:
    return path.with_name(f"{path.stem}.{use}{path.suffix}")
