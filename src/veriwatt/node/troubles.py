"""What a running node cannot do at present, and since when: told once when it begins, and once when it ends.

`accept`, `anchor`, `report`, `view`, `calendars`, `heads`, `home`, `clock`, `blocks` name the work. The node goes on
with all other work, and tries again (docs/operations/node.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from time import monotonic

import structlog

from veriwatt.errors import VeriwattError

log = structlog.get_logger("veriwatt.node")


class Troubles:
    """The works of one node that fail now; callable from many threads."""

    def __init__(self) -> None:
        self._failing: dict[str, tuple[str, float]] = {}
        self._lock = Lock()

    def failing(self) -> Mapping[str, str]:
        """The works that fail now, each with the code of its error."""
        with self._lock:
            return {work: code for work, (code, _) in sorted(self._failing.items())}

    def fails(self, work: str, error: VeriwattError) -> None:
        """Record that a work failed; it is logged unless it failed with the same code before."""
        with self._lock:
            before = self._failing.get(work)
            self._failing[work] = (error.code, monotonic() if before is None else before[1])
        if before is None or before[0] != error.code:
            log.error("failing", work=work, code=error.code, why=str(error))

    def works(self, work: str) -> None:
        """Record that a work succeeded; it is logged if it failed before."""
        if work not in self._failing:
            return
        with self._lock:
            before = self._failing.pop(work, None)
        if before is not None:
            log.info("works-again", work=work, failed_for_seconds=round(monotonic() - before[1], 1))
