"""Checking frames on every core: the rules that do not depend on the order of frames, shared among processes.

A batch is checked in parts. Helpers are processes that have the ledger open for reading; they apply rules 1 to 3 and
6 to 9 (docs/spec/frame.md, section 4). This process, which has the chain, checks the parts that helpers have no room
for, so that every core has work. It applies rules 1 to 3 again to each upload that a helper refused, and to each part
that was checked at another ledger height; `Acceptance` then applies, in order, the rules that are still open.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Self

import structlog

from veriwatt.errors import VeriwattError
from veriwatt.loghost.checker_process import CheckerProcess, OpenReader, Part
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.units import UtcMillis
from veriwatt.verify.frame_checks import CheckedFrame, check_uploads

PART = 64
"""Uploads that are checked in one go: few, so that no process waits long for the last part of another."""

AHEAD = 4
"""Parts that a helper has at a time: one that it checks, and enough for while this process syncs the journal."""

log = structlog.get_logger("veriwatt.node")


class CheckerPool:
    """Checks batches in this process and in `count` helpers; used by one thread. Close it when done."""

    def __init__(self, count: int, open_reader: OpenReader, ledger_cache: LedgerCache) -> None:
        """Start the helpers, each of which opens the ledger that `ledger_cache` reads."""
        self._open_reader, self._ledger = open_reader, ledger_cache
        self._begun: deque[list[Part]] = deque()
        self._todo: deque[Part] = deque()
        self._helpers = [CheckerProcess(open_reader) for _ in range(count)]

    def begin(self, uploads: Sequence[bytes], now: UtcMillis) -> None:
        """Take a batch that arrived at `now`; a few may be under way. If this raises, the batch was not begun."""
        parts = [Part(uploads[at : at + PART], now) for at in range(0, len(uploads), PART)]
        self._todo += parts
        try:
            self._supply()
        except BaseException:
            self._todo = deque(part for part in self._todo if part not in parts)  # answers for sent parts are ignored
            raise
        self._begun.append(parts)

    def finish(self) -> list[CheckedFrame | VeriwattError]:
        """The frames of the oldest batch begun, or why an upload is refused; the batch is no longer under way.

        Every frame was checked at the height that the ledger cache has on return. For frames that are not `standing`,
        rules 6 to 9 are still to be applied.
        """
        parts = self._begun.popleft()
        while any(part.checked_at is None for part in parts):
            self._ledger.refresh()
            if not self.check_next():
                self._receive(next(helper for helper in self._helpers if helper.parts))
        height = self._ledger.refresh()
        for part in parts:
            if part.checked_at != height:
                self._check(part)
        return [outcome for part in parts for outcome in self._settled(part)]

    def check_next(self) -> bool:
        """Check here, at the ledger cache's height, the next part that no helper has; False if there is none."""
        if not self._todo:
            return False
        self._check(self._todo[0])
        self._todo.popleft()
        self._supply()
        return True

    def close(self) -> None:
        """Let the helpers finish, and wait for them."""
        for helper in self._helpers:
            helper.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def pids(self) -> list[int]:
        """The process ids of the helpers."""
        return [helper.pid for helper in self._helpers]

    def _check(self, part: Part) -> None:
        part.outcomes = list(check_uploads(part.uploads, self._ledger, part.now))
        part.checked_at = self._ledger.height

    def _settled(self, part: Part) -> list[CheckedFrame | VeriwattError]:
        """The outcomes of a part; the rules are applied here again to the uploads that a helper refused."""
        refused = [upload for upload, outcome in zip(part.uploads, part.outcomes, strict=True) if outcome is None]
        here = check_uploads(refused, self._ledger, part.now)
        return [next(here) if outcome is None else outcome for outcome in part.outcomes]

    def _supply(self) -> None:
        """Receive what helpers have answered, and send each the next parts."""
        for helper in list(self._helpers):
            while helper.parts and helper.has_answer():
                self._receive(helper)
            while helper in self._helpers and len(helper.parts) < min(AHEAD, len(self._todo)):
                self._send(helper, self._todo.popleft())

    def _send(self, helper: CheckerProcess, part: Part) -> None:
        try:
            helper.send(part)
        except OSError:
            self._replace(helper)

    def _receive(self, helper: CheckerProcess) -> None:
        try:
            helper.receive()
        except (EOFError, OSError):
            self._replace(helper)

    def _replace(self, ended: CheckerProcess) -> None:
        """Start a helper in the place of one that ended, unless that never answered; its parts are checked anew."""
        log.error("helper-ended", parts=len(ended.parts), replaced=ended.has_answered)
        ended.terminate()
        self._todo.extendleft(reversed(ended.parts))
        ended.parts.clear()
        at = self._helpers.index(ended)
        self._helpers[at : at + 1] = [CheckerProcess(self._open_reader)] if ended.has_answered else []
