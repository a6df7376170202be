"""The use cases that change the ledger run on an engine whose results come later and out of order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.errors import Unsettled
from veriwatt.home.owner_keys import OwnerKeys
from veriwatt.loghost.anchoring import anchor_chain
from veriwatt.machine.anchors.queries import data_chain, log_key
from veriwatt.machine.members.queries import member
from veriwatt.membership.member_client import LedgerRefused, MemberClient
from veriwatt.membership.new_ledger import OWNER, make_genesis, trust_of
from veriwatt.membership.orgs import add_member, host_org
from veriwatt.membership.point_registration import define_point
from veriwatt.membership.software_terminal import software_terminal
from veriwatt.model.chain.anchor import Anchor, OpenLog
from veriwatt.model.keys.key_store import KeyStore
from veriwatt.model.members.organisation import Role
from veriwatt.model.terminals.enrolment import Certify
from veriwatt.ports.ledger import Result
from veriwatt.readmodel.points import Points
from veriwatt.testing.actors import START, sim_point
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.hosts import ORG, SimHost
from veriwatt.testing.queued_ledger import QueuedLedger
from veriwatt.units import DAY


class Office:
    """An org's keys and clients on a queued ledger."""

    def __init__(self) -> None:
        self.keys = OwnerKeys(KeyStore("acme"), lambda _: None, os.urandom)
        self.keys.make_signers("consensus", f"member/acme/{OWNER}", "log/acme")
        consensus = self.keys.consensus()
        self.genesis = make_genesis("sim", "acme", "Acme", consensus, self.keys.member("acme", OWNER), START)
        self.ledger = QueuedLedger(self.genesis, consensus, SimClock(START))

    def client(self, org: str) -> MemberClient:
        return MemberClient(self.ledger, org, OWNER, self.keys.member(org, OWNER), os.urandom)


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SimHost]:
    host = SimHost(tmp_path, engine=QueuedLedger)
    yield host
    host.close()


def queue_of(host: SimHost) -> QueuedLedger:
    assert isinstance(host.ledger, QueuedLedger)
    return host.ledger


def test_orgs_members_points_and_terminals_are_registered(office: Office) -> None:
    acme, keys, ledger = office.client("acme"), office.keys, office.ledger
    acme.submit(OpenLog(keys.log("acme").public))
    host_org(ledger, keys, acme, office.client, "bolt", "Bolt")
    assert log_key(ledger, "bolt") == keys.log("bolt").public
    key = add_member(office.client("bolt"), keys, "ida", Role.METROLOGY)
    registered = member(ledger, "bolt", "ida")
    assert registered is not None
    assert registered.key == key
    group = define_point(Points(ledger), acme, keys, sim_point("main"), "main", START)
    assert group.definition("main") == sim_point("main")
    keys.make_signers("terminal/acme/t1")
    terminal = keys.terminal("acme", "t1")
    passport = software_terminal(ledger, acme, "t1", terminal, "1.0", START)
    assert passport.certifications
    assert trust_of(ledger, office.genesis, START).root_log_size == ledger.head().root_log_size


def test_each_refusal_is_named_and_the_others_stand(office: Office) -> None:
    acme, body = office.client("acme"), OpenLog(office.keys.log("acme").public)
    with pytest.raises(LedgerRefused) as refused:
        acme.submit(Certify("acme", "nobody", START, START + DAY), body)
    assert refused.value.code == "record-not-found"
    assert log_key(office.ledger, "acme") == body.key


def test_a_data_chain_is_anchored(host: SimHost) -> None:
    host.accept(host.frame(), host.frame())
    newest = host.anchor()
    assert newest is not None
    assert newest.new_size == host.chain.anchored_size == data_chain(host.ledger, ORG).size == 2


def test_an_anchor_whose_result_was_lost_is_found_by_the_next_call(host: SimHost) -> None:
    host.accept(host.frame())
    queue_of(host).lose_results(1)
    with pytest.raises(Unsettled):
        host.anchor()
    assert host.chain.anchored_size == 0
    queue_of(host).make_block()
    host.accept(host.frame())
    host.anchor()
    assert [leaf.new_size for leaf in host.leaves()] == [1, 2]
    assert host.chain.anchored_size == 2


def test_an_older_anchor_that_comes_first_does_not_leave_frames_unanchored(host: SimHost) -> None:
    host.accept(host.frame())
    queue_of(host).lose_results(1)
    with pytest.raises(Unsettled):
        host.anchor()
    host.accept(host.frame())

    def late(anchor: Anchor) -> Result:
        queue_of(host).make_block()
        return host.submit(anchor)

    anchor_chain(host.chain, host.ledger, late)
    assert [leaf.new_size for leaf in host.leaves()] == [1, 2]
    assert host.chain.anchored_size == host.chain.size
