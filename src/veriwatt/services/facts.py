"""What acceptance needs from the ledger, cached until the head moves."""

from __future__ import annotations

from veriwatt.errors import Missing
from veriwatt.ids import Digest
from veriwatt.machine.terminals import queries
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.passport import Passport
from veriwatt.model.state_keys import ROOT_LOG
from veriwatt.model.statuses import Spans
from veriwatt.ports import Ledger
from veriwatt.readmodel.points import Points
from veriwatt.services.arrival import Arrival
from veriwatt.units import Interval

CACHED = 1 << 16


class Facts:
    """`accept.LedgerFacts` over a ledger. What can change is forgotten when `refresh` sees a new head."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._points = ledger, Points(ledger)
        self.chain_id = ledger.chain_id
        self._height = -1
        self._passports: dict[tuple[str, str], Passport] = {}
        self._root_log: dict[int, Digest] = {}
        self._fitting: set[tuple[str, str, bytes, Spans, Interval]] = set()

    def refresh(self) -> None:
        """Look at the ledger's head, and forget what may have changed since the last look."""
        height = self._ledger.head().height
        if height != self._height:
            self._passports.clear()
            self._height = height

    def passport(self, org: str, terminal: str) -> Passport:
        found = self._passports.get((org, terminal))
        if found is None:
            found = queries.passport(self._ledger, org, terminal)
            if found is None:
                raise Missing(f"no terminal {terminal!r} of org {org!r} is enrolled on this ledger")
            self._passports[org, terminal] = found
        return found

    def root_log_leaf(self, size: int) -> Digest:
        found = self._root_log.get(size)
        if found is None:
            if len(self._root_log) >= CACHED:
                self._root_log.clear()
            found = leaf_hash(self._ledger.log_leaf(ROOT_LOG, size - 1))
            self._root_log[size] = found
        return found

    def check_groups(self, arrival: Arrival) -> None:
        for group in arrival.groups:
            claim = (arrival.org, group.group, group.definition_root, group.spans, arrival.window)
            if claim not in self._fitting:  # versions never change: what fitted once always does
                known = self._points.with_root(arrival.org, group.group, group.definition_root)
                known.check_slots(group.group, group.spans, arrival.window)
                if len(self._fitting) >= CACHED:
                    self._fitting.clear()
                self._fitting.add(claim)
