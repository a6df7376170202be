"""The state machine behind the wire: CometBFT's calls, and what they promise to it and to the members."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.crypto.signing import PublicKey, verify_signature
from veriwatt.encoding import decode
from veriwatt.errors import Corrupted
from veriwatt.ids import Digest
from veriwatt.ledger.comet import abci_pb2 as abci
from veriwatt.ledger.comet.audit import audit_comet
from veriwatt.ledger.comet.codec import PROOF_TYPE, STATE_PATH
from veriwatt.ledger.comet.reader import CometReader
from veriwatt.ledger.comet.wake_up import wake_up_call
from veriwatt.ledger.open_ledger import create_ledger
from veriwatt.ledger.rows.tables import Tables
from veriwatt.machine.genesis import genesis_rows
from veriwatt.merkle.state_proof import MultiProof, verify_state
from veriwatt.merkle.state_tree import StateTree
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.chain.anchor import OpenLog
from veriwatt.model.governance.parameters import CONSORTIUM
from veriwatt.model.governance.rule_decisions import ChangeValidators, ValidatorPower
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.state_keys import member_key, passport_key
from veriwatt.ports.ledger import submit
from veriwatt.testing.abci_client import AbciClient, AbciHost, SimConsensus
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_genesis, sim_key, sim_validator
from veriwatt.testing.clocks import SimClock
from veriwatt.units import SECOND

TERMINAL = SimTerminal("acme", "t1")
LOG = OpenLog(sim_key("log acme").public)
LEAVES = [leaf_hash(bytes([at])) for at in range(8)]


@pytest.fixture
def ann() -> SimMember:
    return SimMember("acme", "ann")


@pytest.fixture
def genesis(ann: SimMember) -> Genesis:
    return sim_genesis(ann, expiry_horizon=50)


class Node:
    """An application, its client and its chain; `restart` kills it between two calls."""

    def __init__(self, folder: Path, genesis: Genesis) -> None:
        self._folder, self._genesis = folder, genesis
        self.open()

    def open(self) -> None:
        self.host = AbciHost(self._folder, self._genesis)
        self.client = AbciClient(self._folder)
        self.chain = SimConsensus(self.client, self._genesis)

    def restart(self) -> None:
        time = self.chain.time
        self.close()
        self.open()
        self.chain.time = time

    def close(self) -> None:
        self.client.close()
        self.host.__exit__()

    def value(self, key: bytes) -> abci.ResponseQuery:
        return self.client.call(abci.Request(query=abci.RequestQuery(path=STATE_PATH, data=key))).query


@pytest.fixture
def node(tmp_path: Path, genesis: Genesis, ann: SimMember) -> Iterator[Node]:
    ann.expiry = 40
    node = Node(tmp_path, genesis)
    node.chain.init_chain()
    node.chain.block()
    yield node
    node.close()


def test_the_chain_begins_with_the_root_of_the_genesis_state(tmp_path: Path, genesis: Genesis) -> None:
    node = Node(tmp_path, genesis)
    assert (node.client.info().last_block_height, node.client.info().last_block_app_hash) == (0, b"")
    node.chain.init_chain()
    assert node.chain.app_hash == StateTree.from_items(genesis_rows(genesis).items()).root
    node.close()


def test_the_state_is_that_of_the_embedded_ledger(node: Node, ann: SimMember, tmp_path: Path) -> None:
    transactions = [[ann.open_log()], [ann.anchor(LEAVES[:3], 0), ann.enrol(TERMINAL)], [ann.open_log()]]
    (tmp_path / "embedded").mkdir()
    clock = SimClock(START)
    with create_ledger(tmp_path / "embedded", node.chain.genesis, sim_validator(), clock) as embedded:
        for batch in transactions:
            clock.advance_to(clock.now() + SECOND)
            results = submit(embedded, batch)
            time = embedded.light_block(results[0].height).header.time_ms
            assert node.chain.block(batch, time) == [result.code for result in results]
            node.chain.block()
            assert node.chain.app_hash == embedded.head().app_hash
            with embedded.snapshot() as now:
                assert list(now.scan(b"")) == list(node.host.tables.scan(b""))
                assert list(now.log_leaves(b"rootlog")) == [
                    leaf for log, _, leaf in node.host.tables.all_leaves() if log == b"rootlog"
                ]


def test_an_empty_block_does_not_change_the_app_hash(node: Node, ann: SimMember) -> None:
    """Not even when idempotency records have expired: CometBFT would make blocks for ever."""
    node.chain.block([ann.sign(LOG, expiry=3)])
    before = node.chain.app_hash
    for _ in range(5):
        node.chain.block()
        assert node.chain.app_hash == before


def test_a_transaction_is_checked_before_it_waits(node: Node, ann: SimMember) -> None:
    good, stranger = ann.open_log(), SimMember("acme", "eve", chain=ann.chain, expiry=40)
    assert (node.client.check(good).code, node.client.check(good, again=True).code) == (0, 0)
    for raw, code in [
        (b"nonsense", "malformed"),
        (stranger.open_log(), "signer-not-found"),
        (SimMember("acme", "ann", chain="other").open_log(), "wrong-chain"),
        (ann.sign(LOG, expiry=1), "transaction-expired"),
        (ann.sign(LOG, expiry=99), "expiry-too-far"),
        (good[:-1] + bytes([good[-1] ^ 1]), "bad-signature"),
    ]:
        answer = node.client.check(raw)
        assert (answer.code, answer.data.decode(), answer.codespace) == (1, code, "veriwatt")


def test_what_fails_by_the_state_alone_is_refused_at_the_door_but_has_its_result_in_a_block(
    node: Node, ann: SimMember
) -> None:
    again = ann.open_log()
    assert node.client.check(again).code == 0
    node.chain.block([ann.open_log()])
    assert node.client.check(again).data == b"record-exists"
    assert node.client.check(again, again=True).code == 0
    assert node.chain.block([again]) == ["record-exists"]


def test_executed_and_expired_transactions_leave_the_mempool(node: Node, ann: SimMember) -> None:
    done, late = ann.open_log(), ann.sign(LOG, expiry=3)
    assert [node.client.check(raw).code for raw in (done, late)] == [0, 0]
    node.chain.block([done])
    node.chain.block()
    assert [node.client.check(raw, again=True).data for raw in (done, late)] == [b"nothing-new", b"transaction-expired"]


def test_a_client_id_is_free_again_when_its_transaction_has_expired(node: Node, ann: SimMember) -> None:
    """In a check as in a block, although an empty block deletes no record."""
    client_id = bytes(16)
    node.chain.block([ann.sign(LOG, client_id=client_id, expiry=3)])
    other = ann.sign(LOG, client_id=client_id, expiry=9)
    assert node.client.check(other).data == b"client-id-used"
    node.chain.block()
    assert node.client.check(other).data == b"record-exists"
    assert node.chain.block([other]) == ["record-exists"]


def test_a_proposal_has_what_is_new_and_authentic_and_no_other_is_accepted(node: Node, ann: SimMember) -> None:
    done = ann.open_log()
    node.chain.block([done])
    first, second = ann.enrol(TERMINAL), ann.enrol(SimTerminal("acme", "t2"))
    late = ann.sign(LOG, expiry=2)
    forged = first[:-1] + bytes([first[-1] ^ 1])
    assert node.chain.prepare([first, done, first, b"nonsense", late, forged, second]) == [first, second]
    assert node.chain.accepts([first, second])
    for bad in ([first, first], [done], [b"nonsense"], [late], [second, forged]):
        assert not node.chain.accepts(bad)
    assert node.chain.decide([second, first]) == ["ok", "ok"]


def test_a_proposal_is_bounded_and_the_rest_waits(node: Node, ann: SimMember, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("veriwatt.ledger.comet.application.PROPOSED", 3)
    sent = [ann.enrol(SimTerminal("acme", f"t{at}")) for at in range(5)]
    assert node.chain.prepare(sent) == sent[:3]
    assert node.chain.block(sent) == ["ok"] * 3
    assert node.chain.block(sent[2:]) == ["ok"] * 2


def test_a_block_of_more_transactions_than_anyone_proposes_is_not_accepted(
    node: Node, ann: SimMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    node.chain.block([ann.open_log()])
    enrolled = [ann.enrol(SimTerminal("acme", f"t{at}")) for at in range(4)]
    bundled = ann.bundle(*enrolled[1:])
    monkeypatch.setattr("veriwatt.ledger.comet.application.PROPOSED", 4)
    assert node.chain.accepts(enrolled)
    assert node.chain.accepts([enrolled[0], bundled])
    monkeypatch.setattr("veriwatt.ledger.comet.application.PROPOSED", 3)
    assert not node.chain.accepts(enrolled)
    assert not node.chain.accepts([enrolled[0], bundled])


def test_the_transactions_of_bundles_count_in_a_proposal(
    node: Node, ann: SimMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("veriwatt.ledger.comet.application.PROPOSED", 3)
    first, *others = (ann.enrol(SimTerminal("acme", f"t{at}")) for at in range(4))
    assert node.chain.prepare([first, ann.bundle(*others[:2]), others[2]]) == [first, ann.bundle(*others[:2])]
    assert node.chain.prepare([first, ann.bundle(*others)]) == [first]


def test_fewer_transactions_are_proposed_after_a_block_that_took_long(
    node: Node, ann: SimMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flood of transactions that cost much makes blocks that everyone waits for."""
    monkeypatch.setattr("veriwatt.ledger.comet.execution_pace.COUNTS_FROM", 8)
    monkeypatch.setattr("veriwatt.ledger.comet.execution_pace.LEAST", 2)
    flood = [ann.enrol(SimTerminal("acme", f"t{at}")) for at in range(40)]
    assert node.chain.prepare(flood) == flood
    monkeypatch.setattr("veriwatt.ledger.comet.execution_pace.EXECUTION", 1e-9)
    node.chain.block(flood[:8])
    assert node.chain.prepare(flood[8:]) == flood[8:10]


def test_orgs_come_into_a_proposal_in_turn(node: Node, ann: SimMember, monkeypatch: pytest.MonkeyPatch) -> None:
    cora = SimMember("city", "cora", expiry=40)
    node.chain.block([ann.add_org(cora)])
    flood, modest = [ann.enrol(SimTerminal("acme", f"t{at}")) for at in range(5)], cora.open_log()
    monkeypatch.setattr("veriwatt.ledger.comet.application.PROPOSED", 3)
    assert node.chain.prepare([*flood, modest]) == [flood[0], modest, flood[1]]


def test_each_transaction_of_a_bundle_has_its_outcome(node: Node, ann: SimMember, tmp_path: Path) -> None:
    opened, again, bundle = ann.open_log(), ann.open_log(), ann.bundle(ann.enrol(TERMINAL), ann.open_log())
    assert node.client.check(bundle).code == 0
    assert node.chain.block([opened, bundle, ann.bundle(opened, again)]) == ["ok", "ok", "ok"]
    assert node.client.check(bundle).data == b"nothing-new"
    assert node.client.check(bundle, again=True).data == b"nothing-new"
    node.chain.block()
    (final,) = node.host.final
    carried = [[each.outcome.code for each in outcome.carried] for outcome in final.outcomes]
    assert carried == [[], ["ok", "record-exists"], ["ok", "record-exists"]]
    node.restart()
    assert audit_comet(tmp_path / "ledger.db").ok


def test_a_bundle_whose_relay_lost_its_key_in_the_same_block_carries_nothing(
    node: Node, ann: SimMember, tmp_path: Path
) -> None:
    rekeyed, bundle = ann.rekey("ann", sim_key("new")), ann.bundle(ann.enrol(TERMINAL))
    assert node.chain.block([rekeyed, bundle]) == ["ok", "signer-not-found"]
    node.chain.block()
    with CometReader(tmp_path / "ledger.db", rpc_port=0) as reader:
        assert [each.transaction for each in reader.executed()] == [rekeyed]
    assert audit_comet(tmp_path / "ledger.db").ok


def test_cometbft_is_told_once_which_validators_a_vote_changed(tmp_path: Path, ann: SimMember) -> None:
    node = Node(tmp_path, sim_genesis(ann, parameters=CONSORTIUM))
    node.chain.init_chain()
    new, old = sim_key("new").public, sim_validator().public
    changes = tuple(sorted((ValidatorPower(new, 5), ValidatorPower(old, 2)), key=lambda each: each.key.raw))
    assert node.chain.block([ann.propose(ChangeValidators(changes))]) == ["ok"]
    assert node.chain.validator_updates == {new.raw: 5, old.raw: 2}
    node.restart()
    node.chain.block([ann.open_log()])
    assert node.chain.validator_updates == {}
    node.close()


def test_a_signature_is_verified_once_through_all_phases(
    node: Node, ann: SimMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = []

    def counting(key: PublicKey, message: bytes, signature: bytes, what: str) -> None:
        verified.append(message)
        verify_signature(key, message, signature, what)

    monkeypatch.setattr("veriwatt.machine.authenticate.verify_signature", counting)
    transactions = [ann.open_log(), ann.enrol(TERMINAL)]
    assert [node.client.check(raw).code for raw in transactions] == [0, 0]
    assert [node.client.check(raw, again=True).code for raw in transactions] == [0, 0]
    assert node.chain.block(transactions) == ["ok", "ok"]
    assert len(verified) == 2


def test_a_signature_is_verified_again_when_the_members_key_has_changed(node: Node, ann: SimMember) -> None:
    waiting = ann.enrol(TERMINAL)
    assert node.client.check(waiting).code == 0
    node.chain.block([ann.rekey("ann", sim_key("new"))])
    assert node.client.check(waiting, again=True).data == b"signer-not-found"


def test_results_come_with_the_header_that_commits_to_them(node: Node, ann: SimMember) -> None:
    raw = ann.open_log()
    node.chain.block([raw])
    assert node.host.final == []
    node.chain.block()
    (final,) = node.host.final
    assert final.transactions == (raw,)
    assert [(outcome.code, outcome.height) for outcome in final.outcomes] == [("ok", 2)]


def test_a_query_proves_presence_and_absence_under_the_newest_header(node: Node, ann: SimMember) -> None:
    app_hashes = {1: b""}
    for batch in ([ann.open_log()], [ann.enrol(TERMINAL)], []):
        app_hashes[node.chain.height + 1] = node.chain.app_hash  # that of the next header
        node.chain.block(batch)
        for key in (member_key("acme", "ann"), passport_key("acme", "t1"), b"nothing"):
            answer = node.value(key)
            (operation,) = answer.proof_ops.ops
            assert operation.type == PROOF_TYPE
            proof = MultiProof.parse(decode(operation.data, "proof"))
            verify_state(Digest(app_hashes[answer.height + 1]), proof, {key: answer.value or None})
    assert node.value(passport_key("acme", "t1")).value


def test_the_application_stands_after_its_newest_commit_when_it_is_started_again(node: Node, ann: SimMember) -> None:
    raw = ann.open_log()
    node.chain.block([raw])
    node.restart()
    info = node.client.info()
    assert (info.last_block_height, info.last_block_app_hash) == (node.chain.height, node.chain.app_hash)
    assert node.chain.height == 2
    node.chain.block([ann.enrol(TERMINAL)])
    node.chain.block()
    assert [final.transactions[0] == raw for final in node.host.final] == [True, False]
    assert node.client.check(raw).data == b"nothing-new"


def test_a_block_that_was_not_committed_is_executed_again(node: Node, ann: SimMember) -> None:
    raw = ann.open_log()
    assert node.chain.finalize([raw]) == ["ok"]
    node.restart()
    assert node.client.info().last_block_height == 1
    assert node.client.check(raw).code == 0
    assert node.chain.block([raw]) == ["ok"]


def test_changed_rows_are_found_when_the_application_opens(node: Node, ann: SimMember, tmp_path: Path) -> None:
    node.chain.block([ann.open_log()])
    node.host.tables.write([], {b"org/zeus": b"never admitted"}, [])
    with pytest.raises(Corrupted):
        node.restart()
    tables = Tables(tmp_path / "ledger.db", writable=True)
    tables.write([], {b"org/zeus": None}, [])
    tables.close()
    node.open()


def test_a_wake_up_call_makes_one_empty_block_and_is_in_none(node: Node) -> None:
    """Nobody can have more made by it than a block after each block, and none by a call of another height."""
    call, before = wake_up_call(node.chain.height), node.chain.app_hash
    assert node.client.check(call).code == 0
    assert [node.client.check(each).code for each in (wake_up_call(node.chain.height + 1), call + b" ")] == [1, 1]
    assert node.chain.prepare([call]) == []
    assert not node.chain.accepts([call])

    node.chain.block()

    assert node.chain.app_hash == before
    assert (node.client.check(call, again=True).code, node.client.check(call).code) == (1, 1)


def test_only_the_peers_of_the_settings_are_let_in(tmp_path: Path, genesis: Genesis) -> None:
    known, stranger = "ab" * 20, "cd" * 20
    with AbciHost(tmp_path, genesis, peers=frozenset({known})), AbciClient(tmp_path) as client:

        def code(path: str) -> int:
            return client.call(abci.Request(query=abci.RequestQuery(path=path))).query.code

        assert code(f"/p2p/filter/addr/{stranger}") == 0
        assert [code(f"/p2p/filter/id/{each}") for each in (known, stranger, "", known.upper())] == [0, 1, 1, 1]


def test_and_those_that_members_registered_on_the_ledger(tmp_path: Path, genesis: Genesis, ann: SimMember) -> None:
    member, stranger, ann.expiry = "ab" * 20, "cd" * 20, 40
    with AbciHost(tmp_path, genesis) as host, AbciClient(tmp_path) as client:
        chain = SimConsensus(client, genesis)
        chain.init_chain()
        chain.block()
        registered = ann.register_node("main", services=(), p2p=f"{member}@127.0.0.1:26656")
        assert chain.block([registered]) == ["ok"]
        assert host.application.p2p_ids() == {member}

        def code(node_id: str) -> int:
            return client.call(abci.Request(query=abci.RequestQuery(path=f"/p2p/filter/id/{node_id}"))).query.code

        assert [code(each) for each in (member, stranger)] == [0, 1]
