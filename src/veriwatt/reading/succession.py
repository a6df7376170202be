"""Making the proof that a ledger continues another one, from the export and the successor itself."""

from __future__ import annotations

from veriwatt.ledger.open_ledger import LedgerExport
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.evidence.paths import StatePart
from veriwatt.model.ledger.state_keys import CLOSING, ROOT_LOG
from veriwatt.model.ledger.succession import Succession
from veriwatt.ports.ledger import Ledger


def prove_succession(export: LedgerExport, successor: Ledger) -> Succession:
    """The proof for whoever trusts the exported ledger; the successor has its first block.

    Raises:
        NotFound, Unavailable: the successor has no such block here, or not yet.
    """
    rows, genesis, keys = export.rows, successor.genesis, (CLOSING, ROOT_LOG)
    proof = StateTree.from_items(sorted(rows.items())).prove(keys)
    state = StatePart(tuple(rows.get(key) for key in keys), proof)
    return Succession(genesis, state, export.light, successor.light_block(genesis.first_height))
