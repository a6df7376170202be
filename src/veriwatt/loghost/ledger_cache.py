"""What judging frames needs of the ledger, cached until the head moves."""

from __future__ import annotations

from itertools import zip_longest
from typing import NamedTuple

from veriwatt.crypto.signing import PublicKey
from veriwatt.errors import NotFound
from veriwatt.ids import Digest
from veriwatt.machine.terminals import queries
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.frames.frame import is_protected_by
from veriwatt.model.frames.statuses import Spans
from veriwatt.model.frames.upload import Glance
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.model.terminals.passport import Passport, times_certified
from veriwatt.ports.ledger import Ledger
from veriwatt.readmodel.points import Points
from veriwatt.units import Interval, UtcMillis

CACHED = 1 << 16


class Sender(NamedTuple):
    """A terminal of this ledger that was never revoked: its key, its passport's version, and when it is certified.

    `key` signs the frame numbers in `[first, before)`; without `before`, all from `first` on.
    """

    key: PublicKey
    first: tuple[int, int]
    before: tuple[int, int] | None
    version: int
    certified: tuple[tuple[UtcMillis, UtcMillis], ...]


class LedgerCache:
    """Answers from a ledger; what can change is forgotten when `refresh` sees a new head."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._points = ledger, Points(ledger)
        self.chain_id = ledger.chain_id
        self._height = -1
        self._passports: dict[tuple[str, str], Passport] = {}
        self._senders: dict[bytes, Sender] = {}
        self._root_log: dict[int, Digest] = {}
        self._fitting: set[tuple[str, str, bytes, Spans, UtcMillis, UtcMillis]] = set()

    def refresh(self) -> int:
        """Answer from the ledger's newest state from now on, and return its height; called before each batch."""
        height = self._ledger.head().height
        if height != self._height:
            self._passports.clear()
            self._senders.clear()
            self._height = height
        return height

    def passport(self, org: str, terminal: str) -> Passport:
        """NotFound when the terminal is not enrolled."""
        found = self._passports.get((org, terminal))
        if found is None:
            found = queries.passport(self._ledger, org, terminal)
            if found is None:
                raise NotFound(f"no terminal {terminal!r} of org {org!r} is enrolled on this ledger")
            self._passports[org, terminal] = found
        return found

    def sender(self, seen: Glance) -> Sender | None:
        """Who sends uploads that begin like this one; None when there is anything to look into."""
        found = self._senders.get(seen.prefix)
        if found is None and (found := self._sender(seen)) is not None:
            self._senders[seen.prefix] = found
        return found

    def root_log_leaf(self, size: int) -> Digest:
        """The newest leaf's hash when the root log had `size` leaves; NotFound when it never had."""
        found = self._root_log.get(size)
        if found is None:
            if len(self._root_log) >= CACHED:
                self._root_log.clear()
            with self._ledger.snapshot() as now:
                found = leaf_hash(now.log_leaf(ROOT_LOG, size - 1))
            self._root_log[size] = found
        return found

    def check_group(
        self, org: str, group: str, definition_root: bytes, spans: Spans, start: UtcMillis, end: UtcMillis
    ) -> None:
        """Raise Refused unless the group is a registered version whose slots in `[start, end)` fill the spans."""
        claim = (org, group, definition_root, spans, start, end)
        if claim not in self._fitting:  # versions never change: what fitted once always does
            self._points.with_root(org, group, definition_root).check_slots(group, spans, Interval(start, end))
            if len(self._fitting) >= CACHED:
                self._fitting.clear()
            self._fitting.add(claim)

    def _sender(self, seen: Glance) -> Sender | None:
        header = seen.same
        try:
            passport = self.passport(header.org, header.terminal)
        except NotFound:
            return None
        if header.chain != self.chain_id or passport.revocation is not None:
            return None
        for period, after in zip_longest(passport.keys, passport.keys[1:]):
            if is_protected_by(seen.protected, period.key):
                before = None if after is None else after.first
                return Sender(period.key, period.first, before, passport.version, times_certified(passport, period))
        return None
