"""A validator of a network relays what followers submit: in bundles of its own member, with results that they prove."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.comet_program import comet_program
from veriwatt.ledger.open_ledger import HttpPeer, PeerAddress, Submitter, follow_ledger, open_relay
from veriwatt.membership.member_client import EXPIRES_IN
from veriwatt.membership.new_ledger import trust_of
from veriwatt.model.chain.anchor import OpenLog
from veriwatt.model.ledger.bundle import sign_bundle
from veriwatt.ports.ledger import Ledger
from veriwatt.reading.peer_answers import PeerAnswers
from veriwatt.system.clock import SystemClock
from veriwatt.testing.actors import SimMember, sim_genesis, sim_key
from veriwatt.testing.comet_network import CometNetwork, height_of, wait_until
from veriwatt.testing.lying_peers import PeerTransport
from veriwatt.units import MINUTE

pytestmark = [pytest.mark.engine, pytest.mark.slow]

ANN, BEA, CAL = SimMember("acme", "ann"), SimMember("bolt", "bea"), SimMember("city", "cal")


def test_what_two_followers_submit_comes_in_bundles_and_each_proves_its_result(tmp_path: Path) -> None:
    genesis, clock = sim_genesis(ANN, BEA, CAL), SystemClock()
    with CometNetwork(tmp_path, genesis, comet_program()) as network, ExitStack() as parts:
        validator = network.run(0)
        wait_until(lambda: height_of(validator) > 0)
        relay = open_relay(validator, partial(sign_bundle, ANN.key, genesis.chain_id, "acme", "ann"))
        answers = PeerAnswers(validator, "acme", "main", clock.now, relay.take)
        for each in (closing(relay), closing(answers)):
            parts.enter_context(each)
        trust = replace(trust_of(validator, genesis, clock.now()), trust_period_days=3650)
        followers: list[tuple[SimMember, Ledger]] = []
        for member in (BEA, CAL):
            peer, transport = PeerAddress("acme", "main", "http://validator"), PeerTransport(answers, {})
            submitter, folder = Submitter(member.org, member.name, member.key), tmp_path / member.org
            connect = partial(_peer, transport)
            followed = follow_ledger(folder, trust, [peer], submitter, clock, connect)
            followers.append((member, parts.enter_context(followed)))
        sent = [(ledger, ledger.broadcast([_opened(member, ledger)])[0]) for member, ledger in followers]
        assert [ledger.await_result(ticket, MINUTE).code for ledger, ticket in sent] == ["ok", "ok"]
        wait_until(lambda: len(list(validator.executed())) == 2)
        assert {each.relay for each in validator.executed()} == {"acme/ann"}
        wait_until(lambda: not len(relay))


def _peer(transport: PeerTransport, address: PeerAddress) -> HttpPeer:
    return HttpPeer(address, transport)


def _opened(member: SimMember, ledger: Ledger) -> bytes:
    body = OpenLog(sim_key(f"log {member.org}").public)
    return member.sign(body, expiry=ledger.head().height + EXPIRES_IN)
