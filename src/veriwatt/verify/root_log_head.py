"""Verifying the newest leaf of the ledger's root log, under a block that follows from a trusted block.

A frame header that names a leaf which the ledger never had is refused for good, and so is every frame after it. So a
terminal accepts no leaf without proof. Steps, with the numbers of docs/spec/terminal-questions.md:

 1. light block   it belongs to the trusted chain, and is final by its own validators
 2. trust         it is the trusted block, or follows from it
 3. state         the root log's range is in the state under its app hash
 4. newest leaf   the last leaf of that range
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from veriwatt.encoding import decode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.state_proof import verify_state
from veriwatt.merkle.tree import leaf_hash, verify_inclusion
from veriwatt.model.chain.anchor import NO_LEAF, RootLogLeaf
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.root_log import RootLogHeadProof
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.units import UtcMillis
from veriwatt.verify.light_block import verify_commit
from veriwatt.verify.refusals import OlderThanTrusted
from veriwatt.verify.steps import require_equal
from veriwatt.verify.verdict import Verdict, decide_trust


@dataclass(frozen=True, slots=True)
class ProvenRootLogHead:
    """The newest proven leaf of the root log: the number of leaves, the hash of the last one, and its block's time.

    Frame headers name it; `NO_HEAD` if no leaf is proven yet. `as_of` is the time of the signed header that proves it,
    which may be of a later block: at least that time has come.
    """

    size: int
    leaf: Digest
    time: UtcMillis
    as_of: UtcMillis


NO_HEAD = ProvenRootLogHead(0, NO_LEAF, 0, 0)


def verify_root_log(proof: RootLogHeadProof, trust: Trust, now: UtcMillis) -> ProvenRootLogHead:
    """The newest leaf, if the proof leads from it to a block that `trust` reaches.

    Args:
        now: the reader's clock, from which the trust period is counted. A slow clock does no harm: if it is before
            the block's time, for which its signers vouch, that time is used.

    Raises:
        Malformed: a part does not parse, or the root log is empty.
        NotProven: a step does not hold.
        OlderThanTrusted: the block is older than the trusted one.
    """
    head = verify_newest_leaf(proof, trust.chain_id)
    # 2.
    header = proof.light.header
    if decide_trust(proof.light, trust, max(now, header.time_ms)).verdict is not Verdict.PROVEN:
        raise OlderThanTrusted(height=header.height, trusted=trust.header.height)
    return head


def verify_newest_leaf(proof: RootLogHeadProof, chain: str) -> ProvenRootLogHead:
    """Steps 1, 3 and 4: the newest leaf under the proof's own block; the caller decides whether to trust that block."""
    # 1.
    verify_commit(proof.light, chain)
    # 3.
    values = proof.state.values
    if len(values) != 1 or values[0] is None:
        raise Malformed("the root-log head does not have exactly one range")
    verify_state(Digest(proof.light.header.app_hash), proof.state.proof, {ROOT_LOG: values[0]})
    log = CompactRange.parse(decode(values[0], "root log"))
    # 4.
    newest = proof.newest
    require_equal("index of the newest root-log leaf", log.size - 1, newest.index)
    leaf = leaf_hash(newest.leaf)
    verify_inclusion(leaf, newest.index, log.size, newest.path, log.root())
    time, as_of = RootLogLeaf.from_bytes(newest.leaf).time, proof.light.header.time_ms
    return ProvenRootLogHead(log.size, leaf, time, as_of)


def advance_trust(trust: Trust, proof: RootLogHeadProof) -> Trust:
    """`trust` with the block of a verified proof as its checkpoint; unchanged if that block is not later."""
    light = proof.light
    if light.header.height <= trust.header.height:
        return trust
    size = proof.newest.index + 1
    return replace(trust, header=light.header, validators=light.validators, root_log_size=size)
