"""What every ledger engine promises, as tests; subclass `LedgerContract` and give it a fresh ledger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import NotFound, RootMismatch, Unsettled
from veriwatt.ids import Digest
from veriwatt.machine.state import range_at
from veriwatt.machine.terminals import queries
from veriwatt.merkle.state_proof import verify_state
from veriwatt.merkle.tree import leaf_hash, verify_inclusion
from veriwatt.model.chain.anchor import AnchorLeaf, RootLogLeaf
from veriwatt.model.ledger.block import data_hash, header_hash, results_hash
from veriwatt.model.ledger.bundle import parse_results_data
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.state_keys import ROOT_LOG, anchors_key, members_prefix, passport_key
from veriwatt.ports.ledger import Ledger, submit
from veriwatt.testing.actors import SimMember, SimTerminal, sim_genesis
from veriwatt.units import MINUTE
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
        assert (ledger.chain_id, ledger.genesis) == (genesis.chain_id, genesis)
        assert [key for key, _ in ledger.scan(members_prefix("acme"))] == [b"member/acme/ann"]
        assert ledger.head().root_log_size == 0

    def test_each_ticket_leads_to_the_result_of_its_transaction(self, ledger: Ledger, ann: SimMember) -> None:
        transactions = [ann.open_log(), ann.add_member(ann), b"nonsense", ann.enrol(TERMINAL)]
        results = [ledger.await_result(ticket, MINUTE) for ticket in ledger.broadcast(transactions)]
        assert [result.code for result in results] == ["ok", "record-exists", "malformed", "ok"]
        assert queries.present_passport(ledger, "acme", "t1").newest_key.key == TERMINAL.key.public

    def test_results_may_be_asked_for_in_any_order_and_again(self, ledger: Ledger, ann: SimMember) -> None:
        first, second = ledger.broadcast([ann.open_log(), ann.enrol(TERMINAL)])
        later, sooner = ledger.await_result(second, MINUTE), ledger.await_result(first, MINUTE)
        assert sooner.ok
        assert later.ok
        assert ledger.await_result(second, MINUTE) == later

    def test_the_result_of_a_transaction_never_broadcast_is_unsettled(self, ledger: Ledger, ann: SimMember) -> None:
        (ticket,) = ledger.broadcast([ann.open_log()])
        with pytest.raises(Unsettled):
            ledger.await_result(leaf_hash(b"never sent"), 0)
        assert ledger.await_result(ticket, MINUTE).ok

    def test_a_repeat_returns_the_first_result(self, ledger: Ledger, ann: SimMember) -> None:
        transactions = [ann.open_log(), ann.enrol(TERMINAL)]
        first = submit(ledger, transactions)
        submit(ledger, [ann.add_member(SimMember("acme", "bea"))])
        again = submit(ledger, transactions)
        assert [(r.code, r.height, r.time) for r in again] == [(r.code, r.height, r.time) for r in first]

    def test_a_repeat_alone_makes_no_block(self, ledger: Ledger, ann: SimMember) -> None:
        transactions = [ann.open_log()]
        submit(ledger, transactions)
        head = ledger.head()
        submit(ledger, [*transactions, b"nonsense"])
        assert ledger.head() == head

    def test_each_transaction_of_a_bundle_has_its_own_result(self, ledger: Ledger, ann: SimMember) -> None:
        opened, again, enrolled = ann.open_log(), ann.open_log(), ann.enrol(TERMINAL)
        (ticket,) = ledger.broadcast([ann.bundle(opened, again, enrolled)])
        results = [ledger.await_result(sha256(raw), MINUTE) for raw in (enrolled, again, opened)]
        whole = ledger.await_result(ticket, MINUTE)
        assert [result.code for result in results] == ["ok", "record-exists", "ok"]
        assert {(each.height, each.time) for each in results} == {(whole.height, whole.time)}
        assert whole.ok
        executed = list(ledger.executed(whole.height))
        assert [(each.transaction, each.result.code) for each in executed] == [
            (opened, "ok"),
            (again, "record-exists"),
            (enrolled, "ok"),
        ]
        assert {each.relay for each in executed} == {"acme/ann"}
        for height in range(1, ledger.head().height + 1):
            verify_commit(ledger.light_block(height), ledger.chain_id)

    def test_a_block_is_all_that_its_header_and_the_next_commit_to(self, ledger: Ledger, ann: SimMember) -> None:
        opened, again, enrolled = ann.open_log(), ann.open_log(), ann.enrol(TERMINAL)
        bundle = ann.bundle(again, enrolled)
        heights = [result.height for sent in ([opened], [bundle]) for result in submit(ledger, sent)]
        assert [item.raw for height in heights for item in ledger.block(height).items] == [opened, bundle]
        (carried,) = ledger.block(heights[1]).items
        assert [each.code for each in parse_results_data(carried.result.data)] == ["record-exists", "ok"]
        for height in range(1, ledger.head().height):
            block, header = ledger.block(height), ledger.light_block(height).header
            assert (block.height, block.hash, block.time) == (height, header_hash(header), header.time_ms)
            assert block.app_hash == header.app_hash
            assert data_hash(item.raw for item in block.items) == header.data_hash
            after = ledger.light_block(height + 1).header
            assert results_hash([item.result for item in block.items]) == after.last_results_hash
        for beyond in (0, ledger.head().height + 9):
            with pytest.raises(NotFound):
                ledger.block(beyond)

    def test_a_transaction_is_executed_once_whatever_carries_it(self, ledger: Ledger, ann: SimMember) -> None:
        opened, enrolled, bea = ann.open_log(), ann.enrol(TERMINAL), ann.add_member(SimMember("acme", "bea"))
        first = submit(ledger, [ann.bundle(opened, enrolled)])[0]
        head = ledger.head()
        (nothing,) = submit(ledger, [ann.bundle(enrolled, opened)])
        assert (nothing.code, ledger.head()) == ("nothing-new", head)
        submit(ledger, [ann.bundle(opened, bea)])
        again = submit(ledger, [opened, bea])
        assert [result.code for result in again] == ["ok", "ok"]
        assert first.height == again[0].height < again[1].height
        executed = [each.transaction for each in ledger.executed()]
        assert executed == [opened, enrolled, bea]

    def test_a_bundle_with_a_forged_transaction_is_refused_whole(self, ledger: Ledger, ann: SimMember) -> None:
        opened, head = ann.open_log(), ledger.head()
        (result,) = submit(ledger, [ann.bundle(opened, ann.enrol(TERMINAL)[:-64] + bytes(64))])
        assert (result.code, ledger.head()) == ("bundle-unfit", head)
        assert submit(ledger, [opened])[0].ok

    def test_the_next_header_is_not_earlier_than_next_time(self, ledger: Ledger, ann: SimMember) -> None:
        for transaction in (ann.open_log(), ann.enrol(TERMINAL)):
            before, bound = ledger.head(), ledger.next_time()
            assert bound > before.time
            submit(ledger, [transaction])
            assert ledger.light_block(before.height + 1).header.time_ms >= bound

    def test_a_client_id_serves_for_one_transaction(self, ledger: Ledger, ann: SimMember) -> None:
        submit(ledger, [ann.open_log()])
        forged = SimMember("acme", "ann", chain=ann.chain)
        assert submit(ledger, [forged.enrol(TERMINAL)])[0].code == "client-id-used"

    def test_time_goes_forward_and_the_head_with_it(self, ledger: Ledger, ann: SimMember) -> None:
        before = ledger.head()
        result = submit(ledger, [ann.open_log()])[0]
        after = ledger.head()
        assert before.height < result.height < after.height
        assert before.time < result.time <= after.time
        assert after.app_hash != before.app_hash

    def test_every_answer_of_a_snapshot_is_of_one_height(self, ledger: Ledger, ann: SimMember) -> None:
        submit(ledger, [ann.open_log()])
        submit(ledger, [ann.anchor(LEAVES[:3], 0)])
        log, key = anchors_key("acme"), passport_key("acme", "t1")
        with ledger.snapshot() as before:
            head, members = before.head, list(before.scan(members_prefix("acme")))
            transactions = [ann.anchor(LEAVES[:8], 3), ann.enrol(TERMINAL), ann.add_member(SimMember("acme", "bea"))]
            assert all(result.ok for result in submit(ledger, transactions))
            assert before.head == head
            assert before.get(key) is None
            assert list(before.scan(members_prefix("acme"))) == members
            proof = before.prove([key, log])
            assert (proof.light.header.height, proof.values[key]) == (head.height, None)
            verify_state(head.app_hash, proof.proof, proof.values)
            assert before.log_proof(log, 0).size == len(list(before.log_leaves(log))) == 1
            assert before.log_proof(ROOT_LOG, 0).size == head.root_log_size
            with pytest.raises(NotFound):
                before.log_leaf(log, 1)
            with ledger.snapshot() as after:
                assert after.head == ledger.head() != head
                assert after.get(key) is not None
                assert after.log_proof(log, 1).size == 2

    def test_presence_and_absence_are_proven_under_a_signed_header(self, ledger: Ledger, ann: SimMember) -> None:
        submit(ledger, [ann.enrol(TERMINAL)])
        keys = [passport_key("acme", "t1"), passport_key("acme", "t2")]
        with ledger.snapshot() as now:
            proof = now.prove(keys)
        verify_commit(proof.light, ledger.chain_id)
        root = Digest(proof.light.header.app_hash)
        verify_state(root, proof.proof, proof.values)
        assert root == ledger.head().app_hash
        assert [proof.values[key] is None for key in keys] == [False, True]
        with pytest.raises(RootMismatch):
            verify_state(root, proof.proof, {**proof.values, keys[0]: b"another passport"})

    def test_the_leaves_of_a_log_are_proven_to_its_root_in_the_state(self, ledger: Ledger, ann: SimMember) -> None:
        submit(ledger, [ann.open_log()])
        for old, new in ((0, 3), (3, 8), (8, 40)):
            submit(ledger, [ann.anchor(LEAVES[:new], old)])
        log = anchors_key("acme")
        with ledger.snapshot() as now:
            proof = now.log_proof(log, 1)
            verify_inclusion(leaf_hash(proof.leaf), 1, proof.size, proof.path, range_at(now, log).root())
            assert AnchorLeaf.from_bytes(proof.leaf).new_size == 8
            assert [AnchorLeaf.from_bytes(leaf).new_size for leaf in now.log_leaves(log, 1)] == [8, 40]
            assert now.log_leaf(log, 1) == proof.leaf
            for index in (-1, 3):
                with pytest.raises(NotFound):
                    now.log_proof(log, index)
                with pytest.raises(NotFound):
                    now.log_leaf(log, index)
            with pytest.raises(NotFound):
                now.log_proof(b"no log", 0)

    def test_the_head_names_the_newest_leaf_of_the_root_log(self, ledger: Ledger, ann: SimMember) -> None:
        height = submit(ledger, [ann.open_log()])[0].height
        with ledger.snapshot() as now:
            head, leaf = now.head, now.log_leaf(ROOT_LOG, 0)
        assert (head.root_log_size, head.root_log_leaf) == (1, leaf_hash(leaf))
        assert RootLogLeaf.from_bytes(leaf).height == height
        assert RootLogLeaf.from_bytes(leaf).app_hash == ledger.light_block(height).header.app_hash

    def test_every_block_up_to_the_head_is_signed_and_none_is_beyond(self, ledger: Ledger, ann: SimMember) -> None:
        submit(ledger, [ann.open_log()])
        for height in range(1, ledger.head().height + 1):
            verify_commit(ledger.light_block(height), ledger.chain_id)
        for height in (0, ledger.head().height + 1):
            with pytest.raises(NotFound):
                ledger.light_block(height)

    def test_what_the_state_refuses_has_its_result_in_a_block_or_at_the_door(
        self, ledger: Ledger, ann: SimMember
    ) -> None:
        first, again = ann.open_log(), ann.open_log()
        submit(ledger, [first])
        (result,) = submit(ledger, [again])
        assert (result.code, result.height <= ledger.head().height) == ("record-exists", True)
        assert [each.transaction for each in ledger.executed()] in ([first], [first, again])

    def test_the_blocks_have_the_executed_transactions_and_no_other(self, ledger: Ledger, ann: SimMember) -> None:
        transactions = [ann.open_log(), ann.enrol(TERMINAL)]
        submit(ledger, [*transactions, b"nonsense"])
        late, again = ann.add_member(SimMember("acme", "bea")), ann.open_log()
        result = submit(ledger, [ann.bundle(late, again)])[0]
        executed = list(ledger.executed())
        assert sorted(each.transaction for each in executed) == sorted([*transactions, late, again])
        assert [each.result.code for each in executed] == ["ok", "ok", "ok", "record-exists"]
        assert [each.transaction for each in ledger.executed(result.height)] == [late, again]
        assert (executed[-1].result.height, executed[-1].result.time) == (result.height, result.time)
