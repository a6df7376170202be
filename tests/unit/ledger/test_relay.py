"""The relay of a node: what members submit comes into bundles, and a bad one of them harms no other."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import PublicKey
from veriwatt.crypto.suites.ed25519 import ED25519
from veriwatt.ledger.embedded.ledger import EmbeddedLedger
from veriwatt.ledger.open_ledger import open_relay
from veriwatt.machine import authenticate
from veriwatt.model.chain.anchor import OpenLog
from veriwatt.model.ledger.bundle import sign_bundle
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.ports.ledger import submit
from veriwatt.testing.actors import START, SimMember, sim_genesis, sim_key, sim_validator
from veriwatt.testing.clocks import SimClock
from veriwatt.units import MINUTE

ANN, BEA, CAL = SimMember("acme", "ann"), SimMember("bolt", "bea"), SimMember("city", "cal")
GENESIS = sim_genesis(ANN, BEA, CAL)


def opened(member: SimMember) -> bytes:
    """A transaction that expires soon enough to wait for a bundle."""
    return member.sign(OpenLog(sim_key(f"log {member.org}").public), expiry=500)


class Relayed:
    """A ledger with the relay of acme's node."""

    def __init__(self, folder: Path, genesis: Genesis = GENESIS) -> None:
        self.ledger = EmbeddedLedger.create(folder / "ledger.db", genesis, sim_validator(), SimClock(START))
        self.relay = open_relay(self.ledger, partial(sign_bundle, ANN.key, genesis.chain_id, "acme", "ann"))

    def close(self) -> None:
        self.relay.close()
        self.ledger.close()

    def executed(self, count: int) -> list[tuple[bytes, str, str]]:
        """What was executed, with code and relay, once it is that many transactions."""
        end = time.monotonic() + 20
        while True:
            found = [(each.transaction, each.result.code, each.relay) for each in self.ledger.executed()]
            if len(found) >= count or time.monotonic() > end:
                return found
            time.sleep(0.05)


@pytest.fixture
def relayed(tmp_path: Path) -> Iterator[Relayed]:
    made = Relayed(tmp_path)
    yield made
    made.close()


def test_transactions_of_several_orgs_come_in_one_bundle_of_the_relay(relayed: Relayed) -> None:
    sent = [opened(ANN), opened(BEA), opened(CAL)]
    relayed.relay.take(sent)
    assert relayed.executed(3) == [(raw, "ok", "acme/ann") for raw in sent]
    assert len({each.result.height for each in relayed.ledger.executed()}) == 1


def test_what_the_relay_verified_the_ledger_does_not_verify_again(
    relayed: Relayed, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = list[bytes]()

    def counted(key: PublicKey, message: bytes, signature: bytes, what: str) -> None:
        verified.append(signature)
        ED25519.verify(key.raw, message, signature, what)

    monkeypatch.setattr(authenticate, "verify_signature", counted)
    relayed.relay.take([opened(ANN), opened(BEA), opened(CAL)])
    assert len(relayed.executed(3)) == 3
    assert len(verified) == len(set(verified)) == 4  # those of the members, and the bundle's


def test_what_the_state_refuses_is_dropped_and_the_others_go_on(relayed: Relayed) -> None:
    submit(relayed.ledger, [opened(BEA)])
    forged, again, good = opened(ANN)[:-64] + bytes(64), opened(BEA), opened(CAL)
    relayed.relay.take([b"nonsense", forged, again, good])
    assert relayed.executed(2)[1:] == [(good, "ok", "acme/ann")]


def test_what_comes_twice_is_executed_once_and_the_relay_forgets_it(relayed: Relayed) -> None:
    raw = opened(BEA)
    for _ in range(3):
        relayed.relay.take([raw, raw])
    assert relayed.executed(1) == [(raw, "ok", "acme/ann")]
    relayed.relay.take([raw])
    assert relayed.executed(1) == [(raw, "ok", "acme/ann")]
    end = time.monotonic() + 20
    while len(relayed.relay) and time.monotonic() < end:
        time.sleep(0.05)
    assert len(relayed.relay) == 0


def test_a_bundle_of_another_relay_and_what_fits_into_none_go_alone(relayed: Relayed) -> None:
    bundle = CAL.bundle(opened(BEA))
    relayed.relay.take([bundle])
    assert [relay for _, _, relay in relayed.executed(1)] == ["city/cal"]
    assert relayed.ledger.await_result(sha256(bundle), MINUTE).ok


def test_on_a_ledger_of_a_machine_without_bundles_each_goes_alone(tmp_path: Path) -> None:
    made = Relayed(tmp_path, replace(GENESIS, machine_version=2))
    try:
        members: Sequence[SimMember] = [replace_chain(each, made) for each in (ANN, BEA)]
        sent = [opened(each) for each in members]
        made.relay.take(sent)
        assert made.executed(2) == [(raw, "ok", "") for raw in sent]
    finally:
        made.close()


def replace_chain(member: SimMember, made: Relayed) -> SimMember:
    return SimMember(member.org, member.name, chain=made.ledger.chain_id)
