"""Verifying how much of a data chain is anchored, under a block that follows from a trusted block.

A terminal lets go of a frame when it is final, so it takes no log host's word for it. Steps, with the numbers of
docs/spec/terminal-questions.md:

 1. light block   it belongs to the trusted chain, and is final by its own validators
 2. trust         it is the trusted block, or follows from it
 3. state         the range of the org's data chain is in the state under its app hash
 4. consistency   the anchored chain and a checkpoint of the log host are one history
 5. inclusion     the frame is in the anchored chain
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from veriwatt.encoding import decode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.state_proof import verify_state
from veriwatt.merkle.tree import verify_consistency
from veriwatt.model.chain.anchored import AnchoredProof
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.state_keys import data_chain_key
from veriwatt.units import UtcMillis
from veriwatt.verify.light_block import verify_commit
from veriwatt.verify.refusals import OlderThanTrusted
from veriwatt.verify.verdict import Verdict, decide_trust


class TreeHead(NamedTuple):
    """The size and root of a data chain, as a checkpoint or the ledger's state has them."""

    size: int
    root: Digest


@dataclass(frozen=True, slots=True)
class AnchoredChain:
    """The proven anchored part of a data chain; `as_of` is the time of the block that proves it."""

    head: TreeHead
    as_of: UtcMillis


def verify_anchored(proof: AnchoredProof, org: str, trust: Trust, now: UtcMillis) -> AnchoredChain:
    """Steps 1 to 3: the anchored part of the org's data chain, if the proof leads to a block that `trust` reaches.

    Args:
        now: the reader's clock; as for `verify_root_log`, a slow one does no harm.

    Raises:
        Malformed: a part does not parse, or the state has no such chain.
        NotProven: a step does not hold.
        OlderThanTrusted: the block is older than the trusted one.
    """
    # 1.
    verify_commit(proof.light, trust.chain_id)
    # 2.
    header = proof.light.header
    if decide_trust(proof.light, trust, max(now, header.time_ms)).verdict is not Verdict.PROVEN:
        raise OlderThanTrusted(height=header.height, trusted=trust.header.height)
    # 3.
    values = proof.state.values
    if len(values) != 1:
        raise Malformed("the anchored chain does not have exactly one range")
    verify_state(Digest(header.app_hash), proof.state.proof, {data_chain_key(org): values[0]})
    chain = CompactRange.empty() if values[0] is None else CompactRange.parse(decode(values[0], "data chain"))
    return AnchoredChain(TreeHead(chain.size, chain.root()), header.time_ms)


def verify_one_history(one: TreeHead, other: TreeHead, path: tuple[Digest, ...]) -> None:
    """Step 4: raise unless the larger of two heads extends the smaller.

    Raises:
        Malformed: the path is not one between these sizes.
        RootMismatch: it leads to other roots.
    """
    old, new = sorted((one, other))
    verify_consistency(old.size, old.root, new.size, new.root, path)
