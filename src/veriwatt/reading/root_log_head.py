"""The newest root-log leaf with its proof, as a log host answers a terminal that asks how far the ledger is."""

from __future__ import annotations

from veriwatt.encoding import decode
from veriwatt.errors import NotFound
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.model.evidence.paths import PlacedLeaf, StatePart
from veriwatt.model.ledger.root_log import RootLogHeadProof
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.ports.ledger import Ledger, Snapshot


def prove_root_log_head(ledger: Ledger) -> RootLogHeadProof:
    """The proof at the ledger's newest height; NotFound when no block has changed the state yet."""
    with ledger.snapshot() as now:
        return root_log_head_at(now, ledger.chain_id)


def root_log_head_at(now: Snapshot, chain: str) -> RootLogHeadProof:
    """The proof at the height of a snapshot of ledger `chain`; raises as `prove_root_log_head`."""
    state = now.prove([ROOT_LOG])
    value = state.values[ROOT_LOG]
    if value is None:
        raise NotFound(f"the root log of ledger {chain} is empty")
    newest = now.log_proof(ROOT_LOG, CompactRange.parse(decode(value, "root log")).size - 1)
    placed = PlacedLeaf(newest.leaf, newest.index, newest.path)
    return RootLogHeadProof(placed, StatePart((value,), state.proof), state.light)
