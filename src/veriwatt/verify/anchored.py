"""Verifying how much of a data chain is anchored, under a block that follows from a trusted block.

A terminal lets go of a frame when it is final, so it takes no log host's word for it. Steps, with the numbers of
docs/spec/terminal-questions.md:

 1. to 3.         range and log epochs of the org's data chain are in the ledger's state, see `trusted_record`
 4. consistency   the anchored chain and a checkpoint of the log host are one history
 5. inclusion     the frame is in the anchored chain
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from veriwatt.encoding import decode
from veriwatt.ids import Digest
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.tree import verify_consistency
from veriwatt.model.chain.anchored import AnchoredProof
from veriwatt.model.chain.log_epochs import LogEpochs
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.state_keys import data_chain_key, log_epochs_key
from veriwatt.units import UtcMillis
from veriwatt.verify.trusted_record import verify_trusted_records


class TreeHead(NamedTuple):
    """The size and root of a data chain, as a checkpoint or the ledger's state has them."""

    size: int
    root: Digest


@dataclass(frozen=True, slots=True)
class AnchoredChain:
    """The proven anchored part of a data chain, and its log epochs; `as_of` is the time of the block that proves it."""

    head: TreeHead
    epochs: LogEpochs
    as_of: UtcMillis


def verify_anchored(proof: AnchoredProof, org: str, trust: Trust, now: UtcMillis) -> AnchoredChain:
    """Steps 1 to 3: the anchored part of the org's data chain, if the proof leads to a block that `trust` reaches.

    Raises:
        Malformed, NotProven: as `verify_trusted_record`.
    """
    keys = data_chain_key(org), log_epochs_key(org)
    record, epochs = verify_trusted_records(keys, proof.state, proof.light, trust, now)
    chain = CompactRange.empty() if record is None else CompactRange.parse(decode(record, "data chain"))
    return AnchoredChain(TreeHead(chain.size, chain.root()), LogEpochs.from_bytes(epochs), proof.light.header.time_ms)


def verify_one_history(one: TreeHead, other: TreeHead, path: tuple[Digest, ...]) -> None:
    """Step 4: raise unless the larger of two heads extends the smaller.

    Raises:
        Malformed: the path is not one between these sizes.
        RootMismatch: it leads to other roots.
    """
    old, new = sorted((one, other))
    verify_consistency(old.size, old.root, new.size, new.root, path)
