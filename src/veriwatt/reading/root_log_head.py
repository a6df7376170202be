"""Showing how far the ledger is: the newest root-log leaf with its proof, all of one height."""

from __future__ import annotations

from veriwatt.encoding import decode
from veriwatt.errors import NotFound
from veriwatt.merkle.range import CompactRange
from veriwatt.model.evidence.evidence import PlacedLeaf, StatePart
from veriwatt.model.ledger.root_log import RootLogHead
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.ports.ledger import Ledger
from veriwatt.reading.evidence import ATTEMPTS, LedgerMoved


def root_log_head(ledger: Ledger) -> RootLogHead:
    """The head at the ledger's newest height.

    Raises:
        NotFound: no block has changed the state yet.
        LedgerMoved: the ledger kept moving; try again.
    """
    for _ in range(ATTEMPTS):
        shown = ledger.prove([ROOT_LOG])
        value = shown.values[ROOT_LOG]
        if value is None:
            raise NotFound(f"the root log of ledger {ledger.chain_id} is empty")
        size = CompactRange.parse(decode(value, "root log")).size
        found = ledger.log_proof(ROOT_LOG, size - 1)
        if found.size == size:
            newest = PlacedLeaf(found.leaf, found.index, found.path)
            return RootLogHead(newest, StatePart((value,), shown.proof), shown.light)
    raise LedgerMoved(ledger.chain_id)
