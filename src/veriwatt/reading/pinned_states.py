"""The states that a peer proves things under: each pinned when its head was given, for a short time.

A follower asks several questions about one height, and the ledger goes on meanwhile. So a pin keeps a snapshot of the
engine open, for `PIN_SECONDS` at most; there are few, and few new ones a second, whoever asks.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock, Timer

from veriwatt.errors import NotFound, Refused
from veriwatt.merkle.state_parts import Row, parts_of, summary_of
from veriwatt.ports.ledger import Ledger, Snapshot

PIN_SECONDS = 30.0
MOST_PINS = 16
NEW_PIN_SECONDS = 0.25
"""Between two new pins: until then the head of the last one is given."""

MOST_ROWS = 32 << 20
"""Bytes of keys and values of a state that is given out in parts."""


class StateMovedOn(NotFound):
    """The ledger has gone on from this height, and the state there is not at hand any more."""

    code = "state-moved-on"

    def __init__(self, height: int) -> None:
        super().__init__(f"the state under header {height} is not at hand here any more; ask for the newest head")
        self.height = height


class StateTooLarge(Refused):
    """The state has more rows than a peer gives out as a whole."""

    code = "state-too-large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"the state has more than {limit:,} bytes of rows, and is not given out as a whole")
        self.limit = limit


class Pin:
    """One state, with its map in parts once that was asked for."""

    def __init__(self, now: Snapshot, release: Callable[[], None]) -> None:
        self.now, self.since, self.release = now, time.monotonic(), release
        self._parts: list[list[Row]] | None = None
        self._summaries: list[bytes] = []

    def summaries(self) -> list[bytes]:
        """The summary of each part of the map; raises StateTooLarge."""
        self._divide()
        return self._summaries

    def part(self, n: int) -> list[Row]:
        """The rows of a part of the map, sorted by key; raises StateTooLarge."""
        return self._divide()[n]

    def _divide(self) -> list[list[Row]]:
        if self._parts is None:
            self._parts = parts_of(_bounded(self.now.scan(b"")))
            self._summaries = [summary_of(rows) for rows in self._parts]
        return self._parts


class PinnedStates:
    """The pins of one ledger; callable from many threads, of which one reads at a time."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._lock, self._closed = ledger, Lock(), False
        self._pins: OrderedDict[int, Pin] = OrderedDict()
        self._timer: Timer | None = None

    @contextmanager
    def newest(self) -> Iterator[Pin]:
        """The newest state, or one that was the newest `NEW_PIN_SECONDS` ago."""
        with self._lock:
            yield self._newest()

    @contextmanager
    def at(self, height: int) -> Iterator[Pin]:
        """The state under the header of `height`; raises StateMovedOn unless it is pinned, or the newest."""
        with self._lock:
            if height not in self._pins:
                self._newest()  # whoever was left by another peer may ask here
            if height not in self._pins:
                raise StateMovedOn(height)
            yield self._pins[height]

    def close(self) -> None:
        """Release every pin, before the ledger is closed."""
        with self._lock:
            self._closed = True
            if self._timer is not None:
                self._timer.cancel()
            for pin in self._pins.values():
                pin.release()
            self._pins.clear()

    def _newest(self) -> Pin:
        last = next(reversed(self._pins.values()), None)
        if last is None or time.monotonic() - last.since >= NEW_PIN_SECONDS:
            return self._pinned(last)
        return last

    def _pinned(self, last: Pin | None) -> Pin:
        """The newest state as a pin: `last` again, no older than now, if that is it."""
        if self._closed:
            raise StateMovedOn(0)
        with ExitStack() as opened:
            now = opened.enter_context(self._ledger.snapshot())
            height = now.head.height
            if last is not None and height == last.now.head.height:
                return last
            pin = self._pins[height] = Pin(now, opened.pop_all().close)
        while len(self._pins) > MOST_PINS:
            self._pins.popitem(last=False)[1].release()
        if self._timer is None:
            self._watch()
        return pin

    def _watch(self) -> None:
        self._timer = Timer(PIN_SECONDS, self._expire)
        self._timer.daemon = True
        self._timer.start()

    def _expire(self) -> None:
        with self._lock:
            self._timer = None
            if self._closed:
                return
            end = time.monotonic() - PIN_SECONDS
            for height in [height for height, pin in self._pins.items() if pin.since <= end]:
                self._pins.pop(height).release()
            if self._pins:
                self._watch()


def _bounded(rows: Iterator[Row]) -> Iterator[Row]:
    size = 0
    for key, value in rows:
        size += len(key) + len(value)
        if size > MOST_ROWS:
            raise StateTooLarge(MOST_ROWS)
        yield key, value
