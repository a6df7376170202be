"""The state at height 0, from the genesis document."""

from __future__ import annotations

from collections.abc import Iterator

from veriwatt.machine.key_registry import register_key
from veriwatt.machine.lookalikes import ORGS, check_distinct, members_of
from veriwatt.machine.members import registry
from veriwatt.machine.rules import rules_of_genesis
from veriwatt.machine.state import BlockContext, State
from veriwatt.machine.version import check_machine
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.state_proof import EMPTY_STATE
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.state_keys import CHAIN, ROOT_LOG


class _NoRows:
    """A state without rows."""

    def get(self, key: bytes) -> None:
        return None

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return iter(())


def genesis_rows(genesis: Genesis) -> dict[bytes, bytes]:
    """The rows of the state at height 0, sorted by key.

    Raises:
        WrongMachine: the genesis states another machine version.
        LooksAlike: two of its orgs, or two members of one, look alike.
    """
    check_machine(genesis.machine_version)
    state = State(_NoRows(), BlockContext(0, genesis.time, EMPTY_STATE))
    state.put(CHAIN, rules_of_genesis(genesis).to_bytes())
    state.ranges[ROOT_LOG] = CompactRange.empty()
    for at, validator in enumerate(genesis.validators):
        register_key(state, validator.key, "validator", "", str(at))
    for founder in genesis.founders:
        check_distinct(state, ORGS, founder.org)
        registry.write_org(state, founder.org, founder.title, admitted_by=None)
        for member in founder.members:
            check_distinct(state, members_of(founder.org), member.name)
            registry.write_member(state, founder.org, member)
    return {key: value for key, value in state.all_changes().items() if value is not None}
