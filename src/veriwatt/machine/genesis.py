"""The state at height 0, from the genesis document; that of a successor, from its predecessor's last state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from veriwatt.encoding import decode
from veriwatt.errors import Malformed, NotProven, RootMismatch
from veriwatt.machine.key_registry import register_validator
from veriwatt.machine.lookalikes import ORGS, check_distinct, members_of
from veriwatt.machine.members import registry
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.rules import Rules, rules_of_genesis
from veriwatt.machine.state import Appended, BlockContext, State
from veriwatt.machine.version import check_machine
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.state_proof import EMPTY_STATE
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.chain.anchor import RootLogLeaf
from veriwatt.model.governance.rule_decisions import ValidatorPower, validators_bytes
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.predecessor import MOST_PREDECESSORS, Closing, Predecessor, line_bytes, parse_line
from veriwatt.model.ledger.state_keys import (
    CHAIN,
    CLOSING,
    EXPIRY,
    ONCE,
    PARAMETERS,
    PREDECESSORS,
    ROOT_LOG,
    VALIDATORS,
    org_key,
)

_OWN = (CHAIN, CLOSING, PARAMETERS, VALIDATORS, PREDECESSORS)
"""The records of one ledger alone: its successor has its own, or none."""


class NotSuccessor(NotProven):
    """A genesis that the ledger which it names as its predecessor did not name as its successor."""

    code = "not-successor"

    def __init__(self, chain: str, why: str) -> None:
        super().__init__(f"ledger {chain} does not go on with this genesis: {why}")
        self.chain, self.why = chain, why


class _NoRows:
    """A state without rows."""

    def get(self, key: bytes) -> None:
        return None

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return iter(())


def genesis_rows(genesis: Genesis, last: Mapping[bytes, bytes] | None = None) -> dict[bytes, bytes]:
    """The rows of the state at height 0, sorted by key.

    Args:
        genesis: the document.
        last: all rows of the predecessor's last state, where the genesis names one. They are believed for nothing:
            they must lead to the app hash that the genesis names.

    Raises:
        WrongMachine: the genesis states another machine version.
        LooksAlike: two of its orgs, or two members of one, look alike.
        RootMismatch: these are not the predecessor's last rows.
        NotSuccessor: the predecessor did not name this genesis.
        KeyExists: a validator's key is registered for something else.
    """
    check_machine(genesis.machine_version)
    if genesis.predecessor is not None:
        return _carried(genesis, genesis.predecessor, last)
    state = _with_own_records(genesis, State(_NoRows(), _before_first(genesis)))
    state.ranges[ROOT_LOG] = CompactRange.empty()
    for at, validator in enumerate(genesis.validators):
        register_validator(state, validator.key, validator.org, str(at))
    for founder in genesis.founders:
        check_distinct(state, ORGS, founder.org)
        registry.write_org(state, founder.org, founder.title, admitted_by=None)
        for member in founder.members:
            check_distinct(state, members_of(founder.org), member.name)
            registry.write_member(state, founder.org, member)
    return {key: value for key, value in state.all_changes().items() if value is not None}


def genesis_leaf(genesis: Genesis) -> Appended | None:
    """The leaf of the root log that a successor begins with: the predecessor's last state, under its last header."""
    if genesis.predecessor is None:
        return None
    end = genesis.predecessor.ended
    return Appended(ROOT_LOG, end.root_log_size, RootLogLeaf(end.height, end.time, end.app_hash).to_bytes())


def _carried(genesis: Genesis, before: Predecessor, last: Mapping[bytes, bytes] | None) -> dict[bytes, bytes]:
    """The predecessor's last rows, but those of that ledger alone; with what this genesis states."""
    if last is None:
        raise Malformed(f"the genesis continues ledger {before.chain_id}, whose last state is not at hand")
    end, line = before.ended, parse_line(last.get(PREDECESSORS))
    root = StateTree.from_items(sorted(last.items())).root
    if root != end.app_hash:
        raise RootMismatch(committed=end.app_hash, computed=root)
    _check_successor(genesis, before, last)
    if len(line) >= MOST_PREDECESSORS:
        raise NotSuccessor(before.chain_id, f"it has {len(line)} predecessors, the most there may be")
    goes_on = {key: value for key, value in last.items() if key not in _OWN and not key.startswith((ONCE, EXPIRY))}
    state = _with_own_records(genesis, State(MemoryRows(goes_on), _before_first(genesis)))
    state.put(PREDECESSORS, line_bytes((*line, before)))
    leaf = genesis_leaf(genesis)
    assert leaf is not None
    state.append(leaf.log, leaf.leaf)
    for at, validator in enumerate(genesis.validators):
        if validator.org and state.get(org_key(validator.org)) is None:
            raise NotSuccessor(
                before.chain_id, f"it has no org {validator.org}, which the genesis names for a validator"
            )
        register_validator(state, validator.key, validator.org, str(at))
    changes = {key: value for key, value in state.all_changes().items() if value is not None}
    return dict(sorted({**goes_on, **changes}.items()))


def _check_successor(genesis: Genesis, before: Predecessor, last: Mapping[bytes, bytes]) -> None:
    """Raise NotSuccessor unless the predecessor's last state is of that ledger, and names this genesis."""
    if last.get(CLOSING) is None:
        raise NotSuccessor(before.chain_id, "it has not ended")
    rules, closing, end = Rules.from_bytes(last[CHAIN]), Closing.from_bytes(last[CLOSING]), before.ended
    if (rules.chain_id, rules.genesis_hash) != (before.chain_id, before.genesis_hash):
        raise NotSuccessor(before.chain_id, f"these are the rows of {rules.chain_id}")
    if rules.machine_version > genesis.machine_version:
        raise NotSuccessor(before.chain_id, f"it has machine version {rules.machine_version}, the genesis an older one")
    plan, proof = genesis.plan_hash, closing.height + 1
    if closing.plan != plan:
        raise NotSuccessor(before.chain_id, f"it named plan {closing.plan}, that of this genesis is {plan}")
    if end.height != proof:
        raise NotSuccessor(before.chain_id, f"header {proof} proves its last state, the genesis names {end.height}")
    log = CompactRange.parse(decode(last[ROOT_LOG], "root log"))
    if (log.size, log.root()) != (end.root_log_size, end.root_log_root):
        raise NotSuccessor(before.chain_id, f"its root log has {log.size} leaves, the genesis names another")


def _with_own_records(genesis: Genesis, state: State) -> State:
    state.put(CHAIN, rules_of_genesis(genesis).to_bytes())
    if genesis.parameters is not None:
        state.put(PARAMETERS, genesis.parameters.to_bytes())
        state.put(VALIDATORS, validators_bytes([ValidatorPower(v.key, v.power) for v in genesis.validators]))
    return state


def _before_first(genesis: Genesis) -> BlockContext:
    return BlockContext(genesis.first_height - 1, genesis.time, EMPTY_STATE)
