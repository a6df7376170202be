"""How far the ledger is, proven: the newest root-log leaf under a block that follows from a trusted one.

A header that names a leaf which the ledger never had is refused for good, and so is every frame after it.
So a terminal takes no leaf on its log host's word. Steps, with the numbers of docs/spec/terminal-questions.md:

 1. light block   of the trusted chain, and final by its own validators
 2. trust         it is the trusted block, or follows from it
 3. state         the root log's range is in the state under its app hash
 4. newest leaf   the last leaf of that range
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from veriwatt.encoding import decode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.range import CompactRange
from veriwatt.merkle.state_proof import verify_state
from veriwatt.merkle.tree import leaf_hash, verify_inclusion
from veriwatt.model.chain.anchor import NO_LEAF, RootLogLeaf
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.root_log import RootLogHead
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.units import UtcMillis
from veriwatt.verify.light_block import verify_commit
from veriwatt.verify.refusals import OlderThanTrusted
from veriwatt.verify.steps import same
from veriwatt.verify.verdict import Verdict, decide_trust


@dataclass(frozen=True, slots=True)
class ProvenRootLogHead:
    """The newest root-log leaf that somebody knows: how many leaves there were, its hash, and its block's time."""

    size: int
    leaf: Digest
    time: UtcMillis


NOTHING_KNOWN = ProvenRootLogHead(0, NO_LEAF, 0)


def verify_root_log(head: RootLogHead, trust: Trust, now: UtcMillis) -> ProvenRootLogHead:
    """The newest leaf that `head` proves.

    Args:
        now: the reader's clock; bounds the trust period. That it is slow does not matter: signers, not
            clocks, say that a block is final.

    Raises:
        Malformed: a part is broken, or the root log is empty.
        NotProven: a step does not hold, or the block is older than the trusted one.
    """
    known = newest_leaf(head, trust.chain_id)
    # 2.
    header = head.light.header
    if decide_trust(head.light, trust, max(now, header.time_ms)).verdict is not Verdict.PROVEN:
        raise OlderThanTrusted(height=header.height, trusted=trust.header.height)
    return known


def newest_leaf(head: RootLogHead, chain: str) -> ProvenRootLogHead:
    """Steps 1, 3 and 4: the leaf that `head` shows under its own block; whether to trust that one is not judged."""
    # 1.
    verify_commit(head.light, chain)
    # 3.
    values = head.state.values
    if len(values) != 1 or values[0] is None:
        raise Malformed("the root log head does not hold one range")
    verify_state(Digest(head.light.header.app_hash), head.state.proof, {ROOT_LOG: values[0]})
    log = CompactRange.parse(decode(values[0], "root log"))
    # 4.
    newest = head.newest
    same("index of the newest root-log leaf", log.size - 1, newest.index)
    leaf = leaf_hash(newest.leaf)
    verify_inclusion(leaf, newest.index, log.size, newest.path, log.root())
    return ProvenRootLogHead(log.size, leaf, RootLogLeaf.from_bytes(newest.leaf).time)


def follow(head: RootLogHead, trust: Trust) -> Trust:
    """`trust` with the block of a proven head as its checkpoint; as it is where that block is not a later one."""
    light = head.light
    if light.header.height <= trust.header.height:
        return trust
    size = head.newest.index + 1
    return replace(trust, header=light.header, validators=light.validators, root_log_size=size)
