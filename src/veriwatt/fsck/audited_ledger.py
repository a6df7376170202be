"""The state of an audited ledger that the checks of one run read."""

from __future__ import annotations

from itertools import islice

from veriwatt.errors import NotFound
from veriwatt.ids import Digest
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.ports.ledger import Ledger
from veriwatt.readmodel.ledger_cache import LedgerCache

PAGE = 1024
"""Root-log leaves read at a time; frames name them in ascending order."""


class AuditedLedger(LedgerCache):
    """A `LedgerCache` that is never refreshed, and reads the root log by pages."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._page, self._leaves = -1, list[Digest]()

    def root_log_leaf(self, size: int) -> Digest:
        """As `FrameLedger.root_log_leaf`."""
        page, at = divmod(size - 1, PAGE)
        if page != self._page or at >= len(self._leaves):
            self._page = page
            with self.ledger.snapshot() as now:
                leaves = islice(now.log_leaves(ROOT_LOG, page * PAGE), PAGE)
                self._leaves = [leaf_hash(leaf) for leaf in leaves]
        if at >= len(self._leaves):
            raise NotFound(f"the root log never had {size} leaves")
        return self._leaves[at]
