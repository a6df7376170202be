"""Adding a cosigned root log to an evidence file, whose state it has in a leaf.

The effect of the newest block is in no leaf yet. So a file is cosigned only after a later block that holds a
transaction, and after witnesses signed the log with it; claim, frames and state stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from veriwatt.errors import NotFound
from veriwatt.merkle.tree import AllNodes, inclusion_path, leaf_hash
from veriwatt.model.chain.anchor import RootLogLeaf
from veriwatt.model.evidence.cosigned import CosignedPart
from veriwatt.model.evidence.evidence import Claim, Evidence
from veriwatt.model.ledger.block import Header
from veriwatt.model.ledger.cosignature import Cosignature
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.ports.ledger import Ledger
from veriwatt.reading.evidence.own_ledger import check_own_ledger

C = TypeVar("C", bound=Claim)


class NotCosigned(NotFound):
    """No cosigned root log has the file's state yet."""

    code = "not-cosigned"

    def __init__(self, *, height: int, size: int) -> None:
        super().__init__(
            f"the file's state, of block {height}, is in no leaf of a root log of {size} leaves: witnesses must cosign "
            "the log after the next block with a transaction (`veriwatt ledger checkpoint`)"
        )
        self.height, self.size = height, size


def cosigned_evidence(
    ledger: Ledger, evidence: Evidence[C], by_size: Mapping[int, Sequence[Cosignature]]
) -> Evidence[C]:
    """The same evidence with the cosignatures of one size, in place of any that it had.

    Args:
        by_size: verified cosignatures of the ledger's own root log, by its size. Of the sizes that have the file's
            state, the one with the most witnesses is taken, of equals the smallest.

    Raises:
        WrongEvidence: the file is of another ledger.
        NotCosigned: no log of these sizes has the file's state.
        Unavailable: the ledger does not answer.
    """
    check_own_ledger(evidence.chain, ledger.chain_id)
    header = evidence.light.header
    with ledger.snapshot() as now:
        raws = list(now.log_leaves(ROOT_LOG))
    index = _index_of(header, raws)
    sizes = [size for size in sorted(by_size) if index < size <= len(raws)]
    if not sizes:
        raise NotCosigned(height=header.height, size=max(by_size, default=0))
    size = max(sizes, key=lambda each: len(by_size[each]))
    path = inclusion_path(AllNodes([leaf_hash(raw) for raw in raws]), index, size)
    leaf, lines = RootLogLeaf.from_bytes(raws[index]), sorted(by_size[size], key=lambda each: each.name)
    return replace(evidence, cosigned=CosignedPart(size, index, leaf.height, leaf.time, path, tuple(lines)))


def _index_of(header: Header, raws: Sequence[bytes]) -> int:
    """The first leaf of a block from the header's own on that has its app hash; the end where there is none yet."""
    for index, raw in enumerate(raws):
        leaf = RootLogLeaf.from_bytes(raw)
        if leaf.height >= header.height and leaf.app_hash == header.app_hash:
            return index
    return len(raws)
