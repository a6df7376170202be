"""The readings view, opened for short moments: DuckDB lets no process write a file that another one reads.

It is opened only while no other process has the home's lock, and under a shared lock of the home: a command that
starts meanwhile waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from veriwatt.errors import Unavailable
from veriwatt.home.paths import HomePaths
from veriwatt.readmodel.readings_view_file import ReadingsViewFile
from veriwatt.system.file_lock import try_lock


class ViewFile:
    """The view of one home; it may grow between two calls of `opened`."""

    def __init__(self, paths: HomePaths, chain_id: str) -> None:
        self.path = paths.readings
        self._lock, self._chain_id = paths.lock, chain_id

    @contextmanager
    def opened(self) -> Iterator[ReadingsViewFile]:
        """The view, for as short as possible.

        Raises:
            Unavailable: another process has the home's lock, or the view is of another format or chain.
        """
        with self._idle(), ReadingsViewFile(self.path) as stored:
            if not stored.is_of(self._chain_id):
                raise Unavailable("it is of another format or chain; the next command or node that uses it rebuilds it")
            yield stored

    @contextmanager
    def _idle(self) -> Iterator[None]:
        if not self._lock.exists():
            yield
            return
        with self._lock.open("rb") as file:
            if not try_lock(file, shared=True):
                raise Unavailable("another process uses it")
            yield
