"""The relay's queue: fair to every org, oldest first, bounded, and nothing in two bundles at once."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import VeriwattError
from veriwatt.ledger.fair_turns import proposal_order
from veriwatt.ledger.relay_queue import WAITING_HORIZON, RelayFull, RelayQueue
from veriwatt.machine.envelopes import Envelopes
from veriwatt.machine.refusals import ClientIdUsed, ExpiryTooFar, TransactionExpired, TransactionTooLarge
from veriwatt.machine.transaction_kinds import parse
from veriwatt.model.ledger.bundle import MOST_BYTES, MOST_TRANSACTIONS
from veriwatt.model.members.organisation import AddMember, AddOrg
from veriwatt.testing.actors import SimMember

CHAIN = "sim-0000000000000000"


class Relay:
    """A queue, and members whose transactions wait in it."""

    def __init__(self, most: int = 8192) -> None:
        self.queue, self.members = RelayQueue(most), dict[str, SimMember]()

    def sign(self, org: str, expiry: int = 50) -> bytes:
        member = self.members.setdefault(org, SimMember(org, "ann", chain=CHAIN))
        return member.sign(AddOrg("new", "New", SimMember("new", "bob").new), expiry=expiry)

    def add(self, raw: bytes, height: int = 1) -> bytes | None:
        return self.queue.add(raw, parse(raw), height)

    def send(self, org: str, expiry: int = 50, height: int = 1) -> bytes:
        raw = self.sign(org, expiry)
        assert self.add(raw, height) is None
        return raw


def test_a_flood_of_one_org_takes_one_place_a_turn() -> None:
    relay = Relay()
    flood = [relay.send("flood") for _ in range(500)]
    others = [relay.send(f"org{at}") for at in range(8)]
    bundle = relay.queue.next_bundle(1, 9)
    assert bundle[:10] == (flood[0], *others, flood[1])
    assert len(bundle) == MOST_TRANSACTIONS


def test_of_more_orgs_than_places_those_that_waited_longest_come_first() -> None:
    relay = Relay()
    sent = [relay.send(f"org{at}") for at in range(150)]
    relay.send("org0")
    first, second, third = (relay.queue.next_bundle(1, 9) for _ in range(3))
    assert first + second + third[:22] == tuple(sent)
    assert len(third) == 23


def test_what_was_sent_waits_for_its_result_until_its_bundle_expires() -> None:
    relay = Relay()
    sent = [relay.send("acme") for _ in range(3)]
    assert relay.queue.next_bundle(1, expiry=5) == tuple(sent)
    assert relay.queue.next_bundle(5, expiry=9) == ()
    relay.queue.settle([sha256(sent[1]), sha256(b"unknown")])
    later = relay.send("acme")
    assert relay.queue.next_bundle(6, expiry=9) == (sent[0], sent[2], later)
    relay.queue.settle(map(sha256, (sent[0], sent[2], later)))
    assert len(relay.queue) == 0


def test_what_expires_is_dropped_and_its_client_id_is_free() -> None:
    relay = Relay()
    relay.send("acme", expiry=3)
    assert relay.queue.next_bundle(4, 9) == ()
    assert len(relay.queue) == 0


def test_what_never_expires_or_never_fits_does_not_wait() -> None:
    relay = Relay()
    cases: list[tuple[bytes, type[VeriwattError]]] = [
        (relay.sign("acme", expiry=2 + WAITING_HORIZON), ExpiryTooFar),
        (relay.sign("acme", expiry=0), TransactionExpired),
    ]
    for raw, refusal in cases:
        with pytest.raises(refusal):
            relay.add(raw, 1)
    with pytest.raises(TransactionTooLarge):
        relay.queue.add(bytes(MOST_BYTES), parse(relay.sign("acme")), 1)
    assert len(relay.queue) == 0


def test_a_transaction_waits_once_and_no_other_with_its_client_id() -> None:
    relay, acme = Relay(), SimMember("acme", "ann", chain=CHAIN)
    one, other = (
        acme.sign(AddMember(SimMember("acme", name).new), client_id=bytes(16), expiry=50) for name in ("bea", "cid")
    )
    for _ in range(2):
        relay.add(one)
    with pytest.raises(ClientIdUsed):
        relay.add(other)
    assert relay.queue.next_bundle(1, 9) == (one,)
    relay.add(one)
    assert relay.queue.next_bundle(1, 9) == ()


def test_a_full_queue_gives_the_place_of_the_org_with_the_most() -> None:
    relay = Relay(most=6)
    flood = [relay.send("flood") for _ in range(5)]
    relay.send("acme")
    with pytest.raises(RelayFull):
        relay.add(relay.sign("flood"))
    assert relay.add(relay.sign("city")) == flood[4]
    assert relay.add(relay.sign("acme")) == flood[3]
    assert relay.add(relay.sign("city")) == flood[2]
    with pytest.raises(RelayFull):
        relay.add(relay.sign("acme"))
    assert len(relay.queue) == 6
    assert set(flood[:2]) < set(relay.queue.next_bundle(1, 9))


def test_what_no_longer_fits_is_overtaken_by_other_orgs_alone() -> None:
    relay = Relay()
    large = [bytes([at]) + bytes(60_000) for at in range(4)]
    for raw in large:
        relay.queue.add(raw, parse(relay.sign("acme")), 1)
    last, city = relay.send("acme"), [relay.send("city") for _ in range(4)]
    bundle = relay.queue.next_bundle(1, 9)
    assert bundle == (large[0], city[0], large[1], *city[1:])
    assert len(relay.members["acme"].bundle(*bundle)) <= MOST_BYTES
    assert relay.queue.next_bundle(1, 9) == (large[2], large[3], last)


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from("abcd"), st.integers(0, 6), st.sampled_from(["send", "bundle", "settle", "pass"])),
        max_size=60,
    ),
    most=st.integers(2, 12),
)
def test_nothing_is_lost_doubled_or_overtaken_within_an_org(steps: list[tuple[str, int, str]], most: int) -> None:
    relay, height = Relay(most), 1
    waiting = dict[bytes, tuple[int, str, int]]()  # arrival, org, expiry
    sent = dict[bytes, int]()
    for arrival, (org, number, step) in enumerate(steps):
        waiting = {raw: what for raw, what in waiting.items() if what[2] >= height or step != "bundle"}
        sent = {
            raw: expiry for raw, expiry in sent.items() if raw in waiting and (expiry >= height or step != "bundle")
        }
        if step == "send":
            raw = relay.sign(org, expiry=height + number)
            try:
                given_up = relay.add(raw, height)
            except RelayFull:
                assert len(waiting) >= most
            else:
                assert given_up is None or (given_up in waiting and given_up not in sent)
                waiting.pop(given_up or b"", None)
                waiting[raw] = arrival, org, height + number
        elif step == "bundle":
            bundle = relay.queue.next_bundle(height, height + number % 3)
            assert len(set(bundle)) == len(bundle)
            assert set(bundle) == waiting.keys() - sent.keys()  # they are few: all go
            for each in "abcd":
                arrivals = [waiting[raw][0] for raw in bundle if waiting[raw][1] == each]
                assert arrivals == sorted(arrivals)
            sent |= dict.fromkeys(bundle, height + number % 3)
        elif step == "settle":
            for raw in list(sent)[:number]:
                relay.queue.settle([sha256(raw)])
                del waiting[raw], sent[raw]
        else:
            height += 1
        assert len(relay.queue) == len(waiting) <= most


def test_a_proposal_takes_the_orgs_in_turn() -> None:
    relay = Relay()
    flood, acme = [relay.sign("flood") for _ in range(4)], [relay.sign("acme") for _ in range(2)]
    bundle = relay.members["acme"].bundle(flood[0])
    ordered = proposal_order([*flood, b"nonsense", *acme, bundle], Envelopes())
    assert ordered == [flood[0], b"nonsense", acme[0], flood[1], acme[1], flood[2], bundle, flood[3]]
