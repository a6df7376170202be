"""Record the misbehaviour of validators that a decided block proves.

CometBFT verified it before it voted for the block, and every validator executes the same. Spec: docs/spec/ledger.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from veriwatt.machine.governance.queries import closing, misbehaviour
from veriwatt.machine.governance.state_keys import misbehaviour_key
from veriwatt.machine.key_registry import org_at_address
from veriwatt.machine.state import State
from veriwatt.model.ledger.misbehaviour import MOST_RECORDED, Misbehaviour, MisbehaviourRecord, RecordedMisbehaviour


def record_misbehaviour(state: State, told: Sequence[Misbehaviour]) -> bool:
    """Record what is new of it; returns whether anything was. A ledger that has ended records nothing."""
    if not told or closing(state) is not None:
        return False
    new = [each for each in told if _record(state, each)]
    return bool(new)


def _record(state: State, told: Misbehaviour) -> bool:
    """Whether it is the first of its kind and height, and among the first of its validator."""
    before = misbehaviour(state, told.address) or MisbehaviourRecord(org_at_address(state, told.address))
    if len(before.recorded) >= MOST_RECORDED or before.has(told):
        return False
    new = RecordedMisbehaviour(told, state.block.height, state.block.time)
    state.put(misbehaviour_key(told.address), MisbehaviourRecord(before.org, (*before.recorded, new)).to_bytes())
    return True
