"""What every ledger engine promises, as tests; subclass `LedgerContract` and give it a fresh ledger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from veriwatt.errors import NotFound, RootMismatch
from veriwatt.ids import Digest
from veriwatt.machine.state import range_at
from veriwatt.machine.terminals import queries
from veriwatt.merkle.state import verify_state
from veriwatt.merkle.tree import leaf_hash, verify_inclusion
from veriwatt.model.chain.anchor import AnchorLeaf, RootLogLeaf
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.state_keys import ROOT_LOG, anchors_key, members_prefix, passport_key
from veriwatt.ports.ledger import Ledger
from veriwatt.testing.actors import SimMember, SimTerminal, sim_genesis
from veriwatt.verify.light_block import verify_commit

LEAVES = [leaf_hash(bytes([at])) for at in range(40)]
TERMINAL = SimTerminal("acme", "t1")


class LedgerContract:
    """`ann` owns the founding org acme; `ledger` begins with that genesis and nothing else."""

    @pytest.fixture
    def ann(self) -> SimMember:
        return SimMember("acme", "ann")

    @pytest.fixture
    def genesis(self, ann: SimMember) -> Genesis:
        return sim_genesis(ann)

    @pytest.fixture
    def ledger(self, genesis: Genesis) -> Iterator[Ledger]:
        raise NotImplementedError

    def test_it_begins_with_the_state_of_its_genesis(self, ledger: Ledger, genesis: Genesis) -> None:
        assert ledger.chain_id == genesis.chain_id
        assert [key for key, _ in ledger.scan(members_prefix("acme"))] == [b"member/acme/ann"]
        assert ledger.head().root_log_size == 0

    def test_results_come_in_the_order_of_the_transactions(self, ledger: Ledger, ann: SimMember) -> None:
        results = ledger.submit([ann.open_log(), ann.open_log(), b"nonsense", ann.enrol(TERMINAL)])
        assert [result.code for result in results] == ["ok", "record-exists", "malformed", "ok"]
        assert queries.present_passport(ledger, "acme", "t1").newest_key.key == TERMINAL.key.public

    def test_a_repeat_returns_the_first_result(self, ledger: Ledger, ann: SimMember) -> None:
        transactions = [ann.open_log(), ann.open_log()]
        first = ledger.submit(transactions)
        ledger.submit([ann.enrol(TERMINAL)])
        again = ledger.submit(transactions)
        assert [(r.code, r.height, r.time) for r in again] == [(r.code, r.height, r.time) for r in first]

    def test_a_repeat_alone_makes_no_block(self, ledger: Ledger, ann: SimMember) -> None:
        transactions = [ann.open_log()]
        ledger.submit(transactions)
        head = ledger.head()
        ledger.submit([*transactions, b"nonsense"])
        assert ledger.head() == head

    def test_a_client_id_serves_for_one_transaction(self, ledger: Ledger, ann: SimMember) -> None:
        ledger.submit([ann.open_log()])
        forged = SimMember("acme", "ann", chain=ann.chain)
        assert ledger.submit([forged.enrol(TERMINAL)])[0].code == "client-id-used"

    def test_time_goes_forward_and_the_head_with_it(self, ledger: Ledger, ann: SimMember) -> None:
        before = ledger.head()
        result = ledger.submit([ann.open_log()])[0]
        after = ledger.head()
        assert before.height < result.height < after.height
        assert before.time < result.time <= after.time
        assert after.app_hash != before.app_hash

    def test_presence_and_absence_are_proven_under_a_signed_header(self, ledger: Ledger, ann: SimMember) -> None:
        ledger.submit([ann.enrol(TERMINAL)])
        keys = [passport_key("acme", "t1"), passport_key("acme", "t2")]
        proof = ledger.prove(keys)
        verify_commit(proof.light, ledger.chain_id)
        root = Digest(proof.light.header.app_hash)
        verify_state(root, proof.proof, proof.values)
        assert root == ledger.head().app_hash
        assert [proof.values[key] is None for key in keys] == [False, True]
        with pytest.raises(RootMismatch):
            verify_state(root, proof.proof, {**proof.values, keys[0]: b"another passport"})

    def test_the_leaves_of_a_log_are_proven_to_its_root_in_the_state(self, ledger: Ledger, ann: SimMember) -> None:
        ledger.submit([ann.open_log(), ann.anchor(LEAVES[:3], 0), ann.anchor(LEAVES[:8], 3)])
        ledger.submit([ann.anchor(LEAVES[:40], 8)])
        log = anchors_key("acme")
        proof = ledger.log_proof(log, 1)
        verify_inclusion(leaf_hash(proof.leaf), 1, proof.size, proof.path, _root(ledger, log))
        assert AnchorLeaf.from_bytes(proof.leaf).new_size == 8
        assert [AnchorLeaf.from_bytes(leaf).new_size for leaf in ledger.log_leaves(log, 1)] == [8, 40]
        assert ledger.log_leaf(log, 1) == proof.leaf
        for index in (-1, 3):
            with pytest.raises(NotFound):
                ledger.log_proof(log, index)
            with pytest.raises(NotFound):
                ledger.log_leaf(log, index)
        with pytest.raises(NotFound):
            ledger.log_proof(b"no log", 0)

    def test_the_head_names_the_newest_leaf_of_the_root_log(self, ledger: Ledger, ann: SimMember) -> None:
        height = ledger.submit([ann.open_log()])[0].height
        head = ledger.head()
        leaf = ledger.log_proof(ROOT_LOG, 0).leaf
        assert (head.root_log_size, head.root_log_leaf) == (1, leaf_hash(leaf))
        assert RootLogLeaf.from_bytes(leaf).height == height
        assert RootLogLeaf.from_bytes(leaf).app_hash == ledger.light_block(height).header.app_hash

    def test_every_block_up_to_the_head_is_signed_and_none_is_beyond(self, ledger: Ledger, ann: SimMember) -> None:
        ledger.submit([ann.open_log()])
        for height in range(1, ledger.head().height + 1):
            verify_commit(ledger.light_block(height), ledger.chain_id)
        for height in (0, ledger.head().height + 1):
            with pytest.raises(NotFound):
                ledger.light_block(height)


def _root(ledger: Ledger, log: bytes) -> Digest:
    return range_at(ledger, log).root()
