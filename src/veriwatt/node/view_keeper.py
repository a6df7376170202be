"""The readings view of a running node: one thread at a time writes it, others read it, and its failures end nothing.

The view is derived from the data chains. After a failure its file is closed and opened again; a damaged file, and one
that fails again and again, is deleted and filled anew from the frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Condition

import structlog

from veriwatt.errors import Unavailable, VeriwattError
from veriwatt.readmodel.readings_tables import ViewDamaged, ViewFailed, delete_view
from veriwatt.readmodel.readings_view import ReadingsView

TRIES = 3
"""Failures one after the other, none of them for want of space, after which the file is deleted."""

LONGEST_READ = 60
"""Seconds that mending waits for the questions under way, at most; then it is tried again later."""

log = structlog.get_logger("veriwatt.node")


class ViewMending(Unavailable):
    """The readings view failed and is being opened again or filled anew; nothing else is affected."""

    code = "view-mending"

    def __init__(self, why: str) -> None:
        super().__init__(f"the readings view is being mended, ask again in a minute; frames are accepted ({why})")
        self.why = why


class ViewKeeper:
    """Opens the view when it is first used; callable from many threads, `writer` and `mend` from one at a time."""

    def __init__(self, path: Path, chain_id: str) -> None:
        self._path, self._chain_id = path, chain_id
        self._changed = Condition()
        self._view: ReadingsView | None = None
        self._failure: VeriwattError | None = None
        self._readers = self._fails = 0

    @contextmanager
    def writer(self) -> Iterator[ReadingsView]:
        """The view for the thread that fills it."""
        with self._changed:
            view = self._opened()
        with self._watched():
            yield view
        self._fails = 0

    @contextmanager
    def reading(self) -> Iterator[ReadingsView]:
        """The view in one state, whoever fills it meanwhile.

        Raises:
            ViewMending: it failed and has not been mended yet.
        """
        with self._changed:
            reader = self._opened().reader()
            self._readers += 1
        try:
            with self._watched(), reader.one_state():
                yield reader
        finally:
            with suppress(VeriwattError):
                reader.close()
            with self._changed:
                self._readers -= 1
                self._changed.notify_all()

    def mend(self) -> bool:
        """Close the file if it failed, and delete it if it is damaged; the next use opens it. Returns if it failed."""
        with self._changed:
            failure = self._failure
            if failure is None:
                return False
            if not self._changed.wait_for(lambda: not self._readers, LONGEST_READ):
                return True
            self._fails += 1
            self._close()
            if isinstance(failure, ViewDamaged) or (isinstance(failure, ViewFailed) and self._fails >= TRIES):
                delete_view(self._path)
                self._fails = 0
                log.warning("view-deleted", path=str(self._path), why=str(failure), next="it is filled from the frames")
            self._failure = None
            return True

    def close(self) -> None:
        with self._changed:
            self._close()

    def _opened(self) -> ReadingsView:
        if self._failure is not None:
            raise ViewMending(str(self._failure))
        if self._view is None:
            with self._watched():
                self._view = ReadingsView(self._path, self._chain_id)
        return self._view

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Note an error after which the file is mended."""
        try:
            yield
        except (ViewDamaged, ViewFailed) as error:
            self._failure = error
            raise ViewMending(str(error)) from error

    def _close(self) -> None:
        view, self._view = self._view, None
        if view is not None:
            with suppress(VeriwattError):
                view.close()
