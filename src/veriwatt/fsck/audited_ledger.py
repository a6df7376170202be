"""What the checks ask of the ledger's file, each answer kept: it was audited before, and is only read."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice

from veriwatt.errors import NotFound
from veriwatt.ids import Digest
from veriwatt.machine.terminals import queries
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.frames.frame import FrameHeader
from veriwatt.model.frames.statuses import Spans
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.model.terminals.passport import Passport
from veriwatt.ports.ledger import Ledger
from veriwatt.readmodel.points import Points
from veriwatt.units import Interval

PAGE = 1024
"""Root-log leaves kept; frames name ascending ones."""

FITTING = 1 << 12
"""What of groups was found to fit and is kept: the terminals of an org frame the same points over the same windows."""


class AuditedLedger:
    """One run's view of a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self.points, self.chain_id = ledger, Points(ledger), ledger.chain_id
        self._passports: dict[tuple[str, str], Passport] = {}
        self._check_group = lru_cache(FITTING)(self._check_slots)
        self._page, self._leaves = -1, list[Digest]()

    def passport(self, org: str, terminal: str) -> Passport:
        """NotFound when the terminal is not enrolled."""
        found = self._passports.get((org, terminal)) or queries.passport(self._ledger, org, terminal)
        if found is None:
            raise NotFound(f"no terminal {terminal!r} of org {org!r} is enrolled on the ledger")
        self._passports[org, terminal] = found
        return found

    def passports(self, org: str) -> list[Passport]:
        return list(queries.passports(self._ledger, org))

    def root_log_leaf(self, size: int) -> Digest | None:
        """The newest leaf's hash when the root log had `size` leaves; None when it never had."""
        page, at = divmod(size - 1, PAGE)
        if page != self._page or at >= len(self._leaves):
            self._page = page
            with self._ledger.snapshot() as now:
                leaves = islice(now.log_leaves(ROOT_LOG, page * PAGE), PAGE)
                self._leaves = [leaf_hash(leaf) for leaf in leaves]
        return self._leaves[at] if at < len(self._leaves) else None

    def check_groups(self, header: FrameHeader) -> None:
        """Raise NotFound or Refused unless each group is a registered version whose slots fill its spans."""
        for entry in header.groups:
            self._check_group(header.org, entry.group, entry.definition_root, entry.spans, header.window)

    def _check_slots(self, org: str, group: str, root: bytes, spans: Spans, window: Interval) -> None:
        self.points.with_root(org, group, root).check_slots(group, spans, window)
