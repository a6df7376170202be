"""What a node asks its witnesses to cosign: the newest head of its ledger, and its growth from what they saw last."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from veriwatt.errors import NotFound
from veriwatt.ids import Digest
from veriwatt.merkle.tree import NodeReader, consistency_path, inclusion_path, subtree_root
from veriwatt.model.chain.anchor import RootLogLeaf
from veriwatt.model.ledger.add_checkpoint import AddCheckpoint
from veriwatt.model.ledger.cosignature import RootCheckpoint
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.model.ledger.witness_request import Growth, NextLeaf, WitnessRequest
from veriwatt.ports.ledger import Ledger, Snapshot
from veriwatt.reading.root_log_head import root_log_head_at


def witness_request(ledger: Ledger, cosigned: Mapping[int, Collection[str]]) -> WitnessRequest:
    """A request at the ledger's newest height.

    Args:
        cosigned: the sizes that witnesses cosigned, each with the signature lines that are known.

    Raises:
        NotFound: the root log is empty, or smaller than a size: the ledger lost blocks.
    """
    with ledger.snapshot() as now:
        head = root_log_head_at(now, ledger.chain_id)
        size = head.newest.index + 1
        if beyond := [each for each in cosigned if each > size]:
            raise NotFound(f"the root log has {size} leaves, and a witness cosigned {max(beyond)}")
        nodes = now.log_nodes(ROOT_LOG)
        growths = [_growth(now, nodes, old, size, cosigned[old]) for old in sorted(cosigned)]
    return WitnessRequest(tuple(growths), head)


def add_checkpoint(ledger: Ledger, cosigned: int) -> AddCheckpoint:
    """What a witness over HTTP is asked that cosigned so many leaves last, 0 for none; raises as `witness_request`."""
    request = witness_request(ledger, {cosigned: []} if cosigned else {})
    checkpoint = checkpoint_at(ledger, request.head.newest.index + 1)
    return AddCheckpoint.of(request, checkpoint, ledger.genesis.genesis_hash)


def checkpoint_at(ledger: Ledger, size: int) -> RootCheckpoint:
    """The checkpoint of this ledger's own root log at `size`; raises NotFound beyond its end."""
    with ledger.snapshot() as now:
        if not 0 < size <= now.head.root_log_size:
            raise NotFound(f"the root log has {now.head.root_log_size} leaves, not {size}")
        return RootCheckpoint(ledger.chain_id, size, _root_at(now.log_nodes(ROOT_LOG), size))


def _growth(now: Snapshot, nodes: NodeReader, old: int, size: int, lines: Collection[str]) -> Growth:
    next_leaf = None
    if old < size:
        leaf = RootLogLeaf.from_bytes(now.log_leaf(ROOT_LOG, old))
        next_leaf = NextLeaf(leaf, inclusion_path(nodes, old, size))
    return Growth(old, _root_at(nodes, old), consistency_path(nodes, old, size), next_leaf, tuple(lines))


def _root_at(nodes: NodeReader, size: int) -> Digest:
    return subtree_root(nodes, 0, size)
