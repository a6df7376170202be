"""Whom nodes connect to by the ledger's records: what a hostile member can register, and what it gains by it."""

from __future__ import annotations

import pytest

from tests.machine.council import Council
from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Malformed
from veriwatt.ledger.comet.peer_filter import LOOK_EVERY, PeerFilter
from veriwatt.ledger.registered_nodes import MOST_OTHERS, other_peers, p2p_addresses, p2p_ids
from veriwatt.model.governance.org_decisions import Reinstate, Suspend
from veriwatt.model.governance.rule_decisions import ChangeValidators, ValidatorPower
from veriwatt.model.members.node_record import check_p2p
from veriwatt.model.members.peer_address import PeerAddress
from veriwatt.testing.actors import sim_validator

KEY = sha256(b"a TLS key")
BOTH = ("follow", "relay")


def node_id(org: str) -> str:
    return sha256(org.encode())[:20].hex()


def p2p(org: str) -> str:
    return f"{node_id(org)}@node.{org}.example:26656"


@pytest.fixture
def council() -> Council:
    """Four orgs, each with a node; a answers for a validator, and the genesis names no org for the others."""
    council = Council("abcd")
    assert council.decide(ChangeValidators((ValidatorPower(sim_validator(4).public, 1),))).value == "enacted"
    for org, owner in council.owners.items():
        url = f"https://node.{org}.example"
        council.chain.must(owner.register_node("main", url, tls_key=KEY, services=BOTH, p2p=p2p(org)))
    return council


def test_every_member_is_let_in_and_the_orgs_of_validators_are_dialled(council: Council) -> None:
    rows, genesis = council.chain.rows, council.chain.genesis
    assert p2p_ids(rows) == {node_id(org) for org in "abcd"}
    assert p2p_addresses(rows, genesis) == (p2p("a"),), "no member has the network call an address of its choice"


def test_a_node_that_is_withdrawn_or_of_a_suspended_org_is_let_in_no_more(council: Council) -> None:
    council.chain.must(council.owners["b"].register_node("main", services=()))
    council.decide(Suspend("d"))
    assert p2p_ids(council.chain.rows) == {node_id("a"), node_id("c")}
    council.decide(Reinstate("d"))
    assert node_id("d") in p2p_ids(council.chain.rows)


def test_a_node_can_have_a_cometbft_and_no_other_address(council: Council) -> None:
    council.chain.must(council.owners["b"].register_node("bare", services=(), p2p=p2p("bare")))
    assert node_id("bare") in p2p_ids(council.chain.rows)
    assert "bare" not in {each.node for each in other_peers(council.chain.rows, council.chain.genesis, ())}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "node.b.example:26656",
        f"{'ab' * 19}@node.b.example:26656",
        f"{'AB' * 20}@node.b.example:26656",
        f"{'ab' * 20}@node.b.example",
        f"{'ab' * 20}@node.b.example:0",
        f"{'ab' * 20}@node.b.example:65536",
        f"{'ab' * 20}@NODE.b.example:26656",
        f'{"ab" * 20}@node.b.example:26656"\nproxy_app = "tcp://evil.example:1',
        f"{'ab' * 20}@node.b.example:26656,{'cd' * 20}@evil.example:1",
        f"{'ab' * 20}@{'n' * 260}:26656",
    ],
)
def test_no_other_text_gets_into_anybodys_configuration(council: Council, text: str) -> None:
    with pytest.raises(Malformed):
        check_p2p(text)
    raw = council.owners["b"].register_node("main", p2p=text)
    assert council.chain.one(raw).code == "malformed"


def test_a_follower_asks_a_few_others_first_those_of_validators(council: Council) -> None:
    names = [f"node-{at}" for at in ("ant", "bear", "cat", "dog", "elk", "fox", "gnu", "hen", "ibis", "jay")]
    for name in names:
        url = f"https://{name}.b.example"
        council.chain.must(council.owners["b"].register_node(name, url, tls_key=KEY, services=BOTH))
    council.chain.must(
        council.owners["c"].register_node("main", "https://c.example", tls_key=KEY, services=("follow",))
    )
    rows, genesis = council.chain.rows, council.chain.genesis
    found = other_peers(rows, genesis, {("d", "main")})
    assert found[0] == PeerAddress("a", "main", "https://node.a.example", KEY)
    assert len(found) == MOST_OTHERS
    assert {each.org for each in found} == {"a", "b"}, "c relays nothing, and d is known"
    council.decide(Suspend("b"), "acd")
    assert [each.org for each in other_peers(rows, genesis, ())] == ["a", "d"]


class TestThoseOfTheSettings:
    def test_are_let_in_whatever_the_ledger_says(self) -> None:
        known, read = node_id("known"), list[int]()

        def registered() -> frozenset[str]:
            read.append(1)
            return frozenset()

        peers = PeerFilter(frozenset({known}), registered)
        assert [peers.admits(each) for each in (known, node_id("stranger"), "")] == [True, False, False]
        assert len(read) == 1

    def test_and_strangers_who_knock_without_end_do_not_make_the_node_read_its_ledger_each_time(self) -> None:
        now, on_ledger, read = [0.0], set[str](), list[int]()

        def registered() -> frozenset[str]:
            read.append(1)
            return frozenset(on_ledger)

        peers = PeerFilter(frozenset(), registered, lambda: now[0])
        assert not any(peers.admits(node_id(str(at))) for at in range(1_000))
        on_ledger.add(node_id("new"))
        assert (peers.admits(node_id("new")), len(read)) == (False, 1)
        now[0] += LOOK_EVERY
        assert (peers.admits(node_id("new")), len(read)) == (True, 2)
