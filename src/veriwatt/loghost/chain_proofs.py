"""What a log host proves to a terminal of its org: what is anchored, one history, void numbers, groups' versions."""

from __future__ import annotations

from veriwatt.encoding import decode
from veriwatt.errors import Refused
from veriwatt.ids import Digest
from veriwatt.loghost.data_chain import DataChain
from veriwatt.machine.terminals import queries
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.tree import consistency_path, inclusion_path
from veriwatt.model.chain.anchored import AnchoredProof
from veriwatt.model.evidence.paths import StatePart
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.ledger.state_keys import data_chain_key, group_version_key, log_epochs_key, number_key
from veriwatt.model.terminals.number_proof import NumberProof
from veriwatt.model.terminals.version_proof import VersionProof
from veriwatt.ports.ledger import Ledger


class BeyondChain(Refused):
    """A terminal has a checkpoint of more frames than the chain has here: this log host lost some."""

    code = "beyond-chain"

    def __init__(self, org: str, size: int, asked: int) -> None:
        super().__init__(
            f"the data chain of {org} has {size} frames here, not {asked}: send again what was acknowledged"
        )
        self.org, self.size, self.asked = org, size, asked


def check_seen(chain: DataChain, size: int) -> None:
    """Raise BeyondChain unless the chain has as many frames as a terminal's checkpoint states."""
    if size > chain.size:
        raise BeyondChain(chain.org, chain.size, size)


def prove_anchored(ledger: Ledger, chain: DataChain, position: int, size: int) -> AnchoredProof:
    """The anchored chain at the ledger's newest height, for the frame at `position` and a checkpoint of `size`."""
    keys = data_chain_key(chain.org), log_epochs_key(chain.org)
    with ledger.snapshot() as now:
        state = now.prove(keys)
    value, epochs = (state.values[key] for key in keys)
    anchored = 0 if value is None else CompactRange.parse(decode(value, "data chain")).size
    path = inclusion_path(chain.reader(), position, anchored) if position < anchored else None
    history = prove_one_history(chain, anchored, size)
    return AnchoredProof(StatePart((value, epochs), state.proof), state.light, path, history)


def prove_one_history(chain: DataChain, one: int, other: int) -> tuple[Digest, ...]:
    """The consistency path between the chain at two sizes; raises BeyondChain if it does not have as many frames."""
    old, new = sorted((one, other))
    check_seen(chain, new)
    return consistency_path(chain.reader(), old, new)


def prove_number(ledger: Ledger, org: str, terminal: str, number: FrameNumber) -> NumberProof:
    """What the ledger records about a frame number at its newest height, absence included."""
    key = number_key(org, terminal, number)
    with ledger.snapshot() as now:
        state = now.prove([key])
    return NumberProof(StatePart((state.values[key],), state.proof), state.light)


def prove_group_version(ledger: Ledger, org: str, group: str, n: int) -> VersionProof:
    """Version `n` of a group with its definitions, at the ledger's newest height, absence included."""
    key = group_version_key(org, group, n)
    with ledger.snapshot() as now:
        state = now.prove([key])
        definitions = queries.definitions(now, org, group, n)
    return VersionProof(StatePart((state.values[key],), state.proof), state.light, definitions)
