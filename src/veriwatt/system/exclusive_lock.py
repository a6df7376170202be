"""The exclusive lock of a home: one process at a time uses the home. Commands queue; a running node yields to them.

home.lock        locked by the process that uses the home, whose number it has
home.next.lock   locked, shared, by the processes that queue for the home; it has the number of the newest
home.node.lock   locked by the node that serves the home, also while a command uses the home
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from typing import BinaryIO

from veriwatt.errors import Unavailable
from veriwatt.system.file_lock import try_lock
from veriwatt.system.files import open_private
from veriwatt.system.lock_holder import LockHolder, read_holder, write_holder

LONGEST_WAIT = 20
"""Seconds that a command waits for the lock; commands are short, and a node releases the lock to a waiting command."""

STOPPED_WAIT = 3
"""Seconds that a command waits for a process that is stopped: it releases nothing until somebody continues it."""

TAKEN_WITHIN = 3
"""Seconds within which a waiting process takes a free lock, unless it is stopped itself."""

POLL_EVERY = 0.05
"""Seconds between two tries to take the lock."""


class HomeLocked(Unavailable):
    """Another process has locked the home, and did not release the lock in time."""

    code = "home-locked"

    def __init__(self, folder: Path, who: str, remedy: str) -> None:
        super().__init__(f"{who} has locked the home {folder}; {remedy}")
        self.folder, self.who, self.remedy = folder, who, remedy

    @classmethod
    def by(cls, folder: Path, holder: LockHolder | None) -> HomeLocked:
        """The error for a holder, or for one that is not known."""
        if holder is None:
            return cls(folder, "another process", "wait for it to end, or stop it")
        return cls(folder, str(holder), holder.remedy)


@contextmanager
def exclusive_lock(path: Path, *, may_be_read_only: bool = False) -> Iterator[BinaryIO]:
    """Lock the file at `path`, and yield it; the system releases the lock when the process ends, however it ends.

    With `may_be_read_only` the lock is shared on a read-only file system: nobody writes there.

    Raises:
        HomeLocked: another process did not release the lock within `LONGEST_WAIT` seconds, or within `STOPPED_WAIT`
            seconds while it is stopped.
    """
    with _opened(path, may_be_read_only=may_be_read_only) as file:
        if not try_lock(file, shared=not file.writable()):
            _queue(path, file)
        write_holder(file)
        yield file


@contextmanager
def serving(path: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """Lock the serving of the home whose lock file is at `path`: one node at a time serves a home.

    Yields the path of the file that says so, and the file.

    Raises:
        Unavailable: another node serves the home.
    """
    beside = _beside(path, "node")
    with open_private(beside) as file:
        if not try_lock(file):
            holder = read_holder(beside)
            who = "" if holder is None else f": {holder}"
            raise Unavailable(f"a node serves the home {path.parent} already{who}; stop it, or use its API")
        write_holder(file)
        yield beside, file


def has_waiters(path: Path) -> bool:
    """Whether another process waits for the lock at `path`, which the caller has."""
    try:
        with open_private(_beside(path, "next")) as queue:
            return not try_lock(queue)
    except OSError:  # no descriptor is free, or the disk fails: whoever waits is seen at the next look
        return False


def lock_holder(path: Path) -> LockHolder | None:
    """The process that has the lock at `path`; None when it is free, or the process is not known."""
    return read_holder(path) if _is_locked(path) else None


def serving_process(path: Path) -> LockHolder | None:
    """The node that serves the home whose lock file is at `path`; None when none does."""
    return lock_holder(_beside(path, "node"))


def waiting_process(path: Path) -> LockHolder | None:
    """The process that began last to wait for the lock at `path`; None when it is not known."""
    return read_holder(_beside(path, "next"))


def wait_until_free(path: Path, stopping: Event) -> bool:
    """Wait until no process has the lock at `path` or waits for it; the caller has released it before.

    A process that waits and does not take the free lock within `TAKEN_WITHIN` seconds is stopped, and is not waited
    for. Returns False when `stopping` was set before that.
    """
    free_since: float | None = None
    while (locked := _is_locked(path)) or has_waiters(path):
        now = monotonic()
        free_since = None if locked else free_since or now
        if free_since is not None and now - free_since > TAKEN_WITHIN:
            return True
        if stopping.wait(POLL_EVERY):
            return False
    return True


def _opened(path: Path, *, may_be_read_only: bool) -> BinaryIO:
    try:
        return open_private(path)
    except OSError as error:
        if not may_be_read_only or error.errno != errno.EROFS or not path.exists():
            raise
        return path.open("rb")


def _queue(path: Path, file: BinaryIO) -> None:
    """Wait for the lock of `file`, announced in the queue's lock file so that a node yields."""
    began = monotonic()
    stopped_since: float | None = None
    with open_private(_beside(path, "next")) as queue:
        write_holder(queue)
        while not try_lock(queue, shared=True) or not try_lock(file):
            now, holder = monotonic(), read_holder(path)
            stopped_since = (stopped_since or now) if holder is not None and holder.stopped else None
            if now - began > LONGEST_WAIT or (stopped_since is not None and now - stopped_since > STOPPED_WAIT):
                raise HomeLocked.by(path.parent, holder)
            sleep(POLL_EVERY)


def _is_locked(path: Path) -> bool:
    with open_private(path) as file:
        return not try_lock(file)


def _beside(path: Path, use: str) -> Path:
    return path.with_name(f"{path.stem}.{use}{path.suffix}")
