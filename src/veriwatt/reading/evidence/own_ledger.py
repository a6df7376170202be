"""Evidence is renewed, and cosigned, at its own ledger alone."""

from __future__ import annotations

from collections.abc import Sequence

from veriwatt.errors import Refused
from veriwatt.model.ledger.predecessor import Predecessor


class WrongEvidence(Refused):
    """The evidence is of another ledger than the one at hand."""

    code = "wrong-evidence"

    def __init__(self, found: str, here: str) -> None:
        super().__init__(f"the evidence is of ledger {found}; the ledger here is {here}")
        self.found, self.here = found, here


def check_own_ledger(chain: str, here: str, line: Sequence[Predecessor] = ()) -> None:
    """Raise WrongEvidence unless evidence of ledger `chain` is of the ledger at hand, or of one of `line`."""
    if chain != here and all(each.chain_id != chain for each in line):
        raise WrongEvidence(chain, here)
