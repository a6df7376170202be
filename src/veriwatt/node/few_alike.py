"""Few log lines of a kind: whatever strangers send is a warning or an error, and fills no disk.

Of each kind some lines are written at once, and then one a minute; the others are counted, and each minute one line
tells the number of each kind. A kind is an event with the fields that have few values: what a peer chooses is no part
of it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, MutableMapping
from threading import Lock
from typing import Any, Final

import structlog

from veriwatt.api.limits import Buckets

KIND: Final = ("event", "logger", "code", "status", "at")
"""The fields that make a kind; each has a fixed set of values."""

AT_ONCE, A_SECOND = 20.0, 1 / 60
"""Lines of a kind at once, and further ones a second."""

TOLD_EVERY = 60.0
"""Seconds between two tellings of how many lines were left out."""

LIMITED: Final = frozenset({"warning", "error"})
"""The levels of what others can cause; a line of level info tells what was accepted, a critical one ends the node."""

log = structlog.get_logger("veriwatt.node")


class FewAlike:
    """A processor of structlog that leaves out lines; callable from many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock, self._lines = Lock(), Buckets("lines of a kind", A_SECOND, AT_ONCE, clock)
        self._left_out: Counter[tuple[tuple[str, Any], ...]] = Counter()

    def __call__(self, _logger: object, level: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """The line; raises DropEvent when it is left out."""
        if level not in LIMITED:
            return line
        kind = tuple((name, line[name]) for name in KIND if name in line)
        with self._lock:
            if not self._lines.has(kind):
                self._left_out[kind] += 1
                raise structlog.DropEvent
            self._lines.spend(kind, 1)
        return line

    def tell(self) -> None:
        """Log how many lines of each kind were left out since the last time."""
        with self._lock:
            left_out, self._left_out = self._left_out, Counter()
        for kind, count in left_out.items():
            fields = dict(kind)
            log.info("lines-left-out", of=fields.pop("event"), lines=count, **fields)

    def tell_each_minute(self) -> None:
        """`tell` without end, on a thread of its own."""
        while True:
            time.sleep(TOLD_EVERY)
            self.tell()
