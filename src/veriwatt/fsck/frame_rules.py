"""Each frame by itself against the ledger: chain, passport, signature, certification, points, root log.

A frame that was anchored only after its key was reported compromised is whole all the same; what it is
worth, `veriwatt verify` says.
"""

from __future__ import annotations

from pathlib import Path

from veriwatt.errors import NotFound, NotProven, VeriwattError
from veriwatt.fsck.audited_ledger import AuditedLedger
from veriwatt.fsck.placed import Placed
from veriwatt.fsck.report import Findings
from veriwatt.model.frames.frame import Frame, check_protected
from veriwatt.model.terminals.passport import certified_at, check_last_frame, key_at
from veriwatt.units import MINUTE, UtcMillis

CLOCK_TOLERANCE = 5 * MINUTE
"""How far a terminal's clock may have run ahead when its frame was accepted."""


class Standing:
    """A `Follower`."""

    def __init__(self, org: str, folder: Path, facts: AuditedLedger, now: UtcMillis, findings: Findings) -> None:
        self._org, self._folder, self._facts, self._now, self._findings = org, folder, facts, now, findings

    def follow(self, placed: Placed) -> None:
        try:
            self._check(placed.frame)
        except VeriwattError as error:
            self._findings.problem(self._folder, f"frame {placed.position}: {error}")

    def lose(self, start: int, end: int) -> None:
        """Frames are judged one by one."""

    def finish(self) -> None:
        """Nothing is left to be said at the end."""

    def _check(self, frame: Frame) -> None:
        header = frame.header
        if (header.chain, header.org) != (self._facts.chain_id, self._org):
            raise NotProven(f"it names chain {header.chain} and org {header.org}")
        passport = self._facts.passport(header.org, header.terminal)
        key = passport.key_for(header.number).key
        check_protected(frame.protected, key)
        frame.verify(key)
        if not 1 <= header.passport_version <= passport.version:
            raise NotProven(f"terminal {header.terminal} has no passport version {header.passport_version}")
        key_at(passport, header.number, header.collected_at)
        if certified_at(passport, header.collected_at) is None:
            raise NotProven(f"terminal {header.terminal} was not certified when it collected, at {header.collected_at}")
        check_last_frame(passport, frame.ref)
        if max(header.collected_at, header.window.end) > self._now + CLOCK_TOLERANCE:
            raise NotProven("its window or collection time lies in the future")
        if header.root_log_size and self._facts.root_log_leaf(header.root_log_size) != header.root_log_leaf:
            raise NotFound(f"the root log never had {header.root_log_size} leaves ending in the one it names")
        self._facts.check_groups(header)
