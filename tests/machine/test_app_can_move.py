"""A ledger ends by a decision that names its successor, and the successor goes on with its last state.

What an operator, or the owner of all keys of one org, could try at the move is tried here. Rules: docs/spec/genesis.md.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.machine.council import Council
from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Malformed, RootMismatch
from veriwatt.machine.admission import admit, screen
from veriwatt.machine.anchors import queries as anchors
from veriwatt.machine.genesis import NotSuccessor, genesis_leaf, genesis_rows
from veriwatt.machine.governance import queries as governance
from veriwatt.machine.key_registry import is_validator_key
from veriwatt.machine.members import queries as members
from veriwatt.machine.refusals import KeyExists, LedgerClosed
from veriwatt.machine.state import BlockContext, range_at
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.chain.anchor import RootLogLeaf
from veriwatt.model.governance.parameters import CONSORTIUM
from veriwatt.model.governance.proposal import Result
from veriwatt.model.governance.rule_decisions import CloseLedger
from veriwatt.model.ledger.genesis import Genesis, GenesisValidator
from veriwatt.model.ledger.predecessor import Predecessor, parse_line
from veriwatt.model.ledger.state_keys import CLOSING, EXPIRY, ONCE, PREDECESSORS, ROOT_LOG
from veriwatt.testing.actors import SimMember, sim_key, sim_validator
from veriwatt.testing.mock_consensus import MockConsensus


class Move:
    """A ledger of one founder, with a log, that is closed for a successor with four validators."""

    def __init__(self, *, closed: bool = True) -> None:
        self.council = Council("a", parameters=None, validators=1)
        self.owner, self.old = self.council.owners["a"], self.council.chain
        self.sent = self.owner.open_log()
        self.old.must(self.sent, self.owner.add_org(SimMember("b", "bob")))
        self.old.must(self.owner.anchor([sha256(b"frame")], 0))
        genesis = self.old.genesis
        self.plan = Genesis(
            "net",
            0,
            genesis.machine_version,
            tuple(GenesisValidator(sim_validator(at).public, 10) for at in range(4)),
            (),
            parameters=CONSORTIUM,
            predecessor=Predecessor(genesis.chain_id, genesis.genesis_hash, None),
        )
        self.before = dict(self.old.rows.scan(b""))
        if closed:
            assert self.council.decide(CloseLedger(self.plan.genesis_hash), by="a") is Result.ENACTED
            self.last, self.genesis = dict(self.old.rows.scan(b"")), self.plan.ended_at(self.old.end())

    def successor(self) -> MockConsensus:
        return MockConsensus(self.genesis, last=self.last)


@pytest.fixture
def move() -> Move:
    return Move()


def test_a_closed_ledger_executes_nothing_more_and_its_state_stays(move: Move) -> None:
    root, rows = move.old.app_hashes[-1], move.last
    late = move.owner.add_member(SimMember("a", "late"))
    assert move.old.one(late).code == "ledger-closed"
    assert move.old.one(move.owner.bundle(late)).code == "nothing-new"
    assert move.old.app_hashes[-1] == root
    assert dict(move.old.rows.scan(b"")) == rows


def test_a_transaction_that_was_executed_before_the_end_still_gets_its_first_result(move: Move) -> None:
    outcome = move.old.one(move.sent)
    assert (outcome.code, outcome.repeated) == ("ok", True)


def test_what_follows_the_closing_in_its_own_block_is_refused() -> None:
    move = Move(closed=False)
    closing = move.owner.propose(CloseLedger(move.plan.genesis_hash))
    outcomes = move.old.block(closing, move.owner.add_member(SimMember("a", "late")))
    assert [outcome.code for outcome in outcomes] == ["ok", "ledger-closed"]


def test_no_proposer_gets_a_transaction_into_a_block_of_a_closed_ledger(move: Move) -> None:
    late = move.owner.add_member(SimMember("a", "late"))
    context = BlockContext(move.old.height + 1, move.old.time, move.old.app_hashes[-1])
    with pytest.raises(LedgerClosed):
        admit(move.old.rows, context, late)
    assert [type(each) for each in screen(move.old.rows, context, [late])] == [LedgerClosed]


def test_the_successor_goes_on_with_orgs_members_chains_and_both_logs(move: Move) -> None:
    new = move.successor()
    assert new.genesis.chain_id.startswith("net-")
    assert [each.org for each in members.organisations(new.rows)] == ["a", "b"]
    assert anchors.data_chain(new.rows, "a") == anchors.data_chain(move.old.rows, "a")
    assert new.rows.get(b"anchors/a") == move.last[b"anchors/a"]
    assert governance.proposal(new.rows, 1) == governance.proposal(move.old.rows, 1)
    (before,) = parse_line(new.rows.get(PREDECESSORS))
    assert before == move.genesis.predecessor
    move.owner.chain = new.genesis.chain_id
    new.must(move.owner.anchor([sha256(b"frame"), sha256(b"second")], 1))
    assert new.height == move.old.height + 2, "the height of the end is the header's that proves it"


def test_the_root_log_goes_on_with_the_last_state_as_a_leaf(move: Move) -> None:
    new, leaf = move.successor(), genesis_leaf(move.genesis)
    assert leaf is not None
    stated = RootLogLeaf.from_bytes(leaf.leaf)
    assert (stated.height, stated.app_hash) == (move.old.height + 1, move.old.app_hashes[-1])
    log = range_at(move.old.rows, ROOT_LOG)
    assert leaf.position == log.size
    assert range_at(new.rows, ROOT_LOG) == log.append(leaf_hash(leaf.leaf))


def test_what_was_of_the_old_ledger_alone_does_not_go_on(move: Move) -> None:
    rows = genesis_rows(move.genesis, move.last)
    assert CLOSING in move.last
    assert CLOSING not in rows
    assert any(key.startswith(ONCE) for key in move.last)
    assert [key for key in rows if key.startswith((ONCE, EXPIRY))] == []
    assert list(rows) == sorted(rows)


def test_a_transaction_of_the_old_ledger_is_none_of_the_new_one(move: Move) -> None:
    """Else whoever recorded an old transaction submits it again: its idempotency record is gone."""
    assert move.successor().one(move.sent).code == "wrong-chain"


def test_the_successor_can_be_moved_again_and_names_its_whole_line(move: Move) -> None:
    new = move.successor()
    council = Council("a")
    council.chain, council.owners = new, {"a": move.owner}
    move.owner.chain = new.genesis.chain_id
    genesis = new.genesis
    plan = replace(move.plan, name="third", predecessor=Predecessor(genesis.chain_id, genesis.genesis_hash, None))
    assert council.decide(CloseLedger(plan.genesis_hash), by="a") is Result.ENACTED
    third = MockConsensus(plan.ended_at(new.end()), last=dict(new.rows.scan(b"")))
    line = parse_line(third.rows.get(PREDECESSORS))
    assert [each.chain_id for each in line] == [move.old.genesis.chain_id, genesis.chain_id]


def test_a_genesis_with_state_that_the_predecessor_never_had_is_refused(move: Move) -> None:
    own_role = {**move.last, b"role/a/metrology": b"forged"}
    without_number = {key: value for key, value in move.last.items() if key != b"member/b/bob"}
    for forged in (own_role, without_number):
        with pytest.raises(RootMismatch):
            genesis_rows(move.genesis, forged)


def test_a_genesis_that_begins_before_the_end_is_refused(move: Move) -> None:
    """Anchored frames would be dropped, and their numbers signed again."""
    chain = Move(closed=False)
    root = chain.old.app_hashes[-1]
    end = replace(move.old.end(), app_hash=root)
    with pytest.raises(NotSuccessor, match="it has not ended"):
        genesis_rows(move.plan.ended_at(end), chain.before)


def test_a_ledger_has_one_successor_and_nobody_else_can_make_one(move: Move) -> None:
    end = move.old.end()
    another = replace(move.plan, name="rival")
    own_validators = replace(move.plan, validators=(GenesisValidator(sim_key("thief").public, 1),))
    for plan in (another, own_validators, replace(move.plan, parameters=None)):
        with pytest.raises(NotSuccessor, match="it named plan"):
            genesis_rows(plan.ended_at(end), move.last)


def test_a_genesis_that_names_another_end_is_refused(move: Move) -> None:
    """Else two genesis documents of one plan, and so two chain ids, continue one ledger."""
    end = move.old.end()
    for wrong in (
        replace(end, height=end.height + 1),
        replace(end, root_log_size=end.root_log_size - 1),
        replace(end, root_log_root=sha256(b"another")),
    ):
        with pytest.raises(NotSuccessor):
            genesis_rows(move.plan.ended_at(wrong), move.last)


def test_the_rows_of_a_third_ledger_are_refused(move: Move) -> None:
    predecessor = move.genesis.predecessor
    assert predecessor is not None
    other = sha256(b"other genesis")
    claimed = replace(predecessor, chain_id=f"other-{other.hex()[:16]}", genesis_hash=other)
    with pytest.raises(NotSuccessor, match="these are the rows of"):
        genesis_rows(replace(move.genesis, predecessor=claimed), move.last)


def test_a_validator_of_the_new_ledger_has_no_key_that_is_registered_for_something_else() -> None:
    move = Move(closed=False)
    validators = (GenesisValidator(move.owner.key.public, 1),)
    move.plan = replace(move.plan, validators=validators)
    assert move.council.decide(CloseLedger(move.plan.genesis_hash), by="a") is Result.ENACTED
    with pytest.raises(KeyExists):
        genesis_rows(move.plan.ended_at(move.old.end()), dict(move.old.rows.scan(b"")))


def test_a_former_validator_may_validate_again(move: Move) -> None:
    assert is_validator_key(move.successor().rows, sim_validator(0).public)


def test_a_plan_is_no_genesis_and_a_genesis_without_the_last_state_has_no_rows(move: Move) -> None:
    with pytest.raises(Malformed):
        genesis_rows(move.plan, move.last)
    with pytest.raises(Malformed, match="not at hand"):
        genesis_rows(move.genesis)


def test_a_genesis_has_founders_or_a_predecessor_and_begins_when_that_ended(move: Move) -> None:
    founders = move.old.genesis.founders
    with pytest.raises(Malformed):
        replace(move.genesis, founders=founders)
    with pytest.raises(Malformed):
        replace(move.genesis, predecessor=None)
    with pytest.raises(Malformed, match="its time"):
        replace(move.genesis, time=move.genesis.time + 1)
    assert Genesis.from_bytes(move.genesis.to_bytes()) == move.genesis
    assert Genesis.from_bytes(move.plan.to_bytes()) == move.plan
    assert move.genesis.plan == move.plan


def test_three_orgs_close_a_ledger_together_and_none_of_them_alone() -> None:
    council = Council("abcd")
    genesis = council.chain.genesis
    closing = CloseLedger(sha256(b"the plan that all have read"))
    assert council.propose("a", closing) == "ok"
    assert council.result() is Result.OPEN
    assert council.vote("b") == "ok"
    assert council.result() is Result.OPEN
    assert council.chain.one(council.owners["c"].open_log()).code == "ok"
    assert council.vote("c") == "ok"
    assert council.result() is Result.ENACTED
    assert council.chain.one(council.owners["d"].open_log()).code == "ledger-closed"
    assert genesis.predecessor is None
