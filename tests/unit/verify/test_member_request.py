"""A member's request is taken at its door once, while it is fresh; each way to use it otherwise is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from veriwatt.errors import BadSignature, Malformed
from veriwatt.model.members.member_request import Door, parse_request, sign_request
from veriwatt.model.members.organisation import Member, Role
from veriwatt.testing.actors import START, sim_key
from veriwatt.units import MINUTE, SECOND
from veriwatt.verify.member_request import (
    MOST_NONCES,
    Nonces,
    RequestRefused,
    TooManyRequests,
    check_addressed,
    check_signed,
)

DOOR, LIMIT = Door("sim-0123456789abcdef", "acme", "main", "submit"), 1 << 10
KEY = sim_key("member bolt/ida")
IDA = Member("bolt", "ida", Role.OWNER, KEY.public, 1, START)
NONCE = bytes(range(16))


def signed(*, nonce: bytes = NONCE, time: int = START, body: bytes = b"b") -> bytes:
    return sign_request(KEY, DOOR, "bolt", "ida", nonce, time, body)


class Node:
    """A node with its memory of nonces, at a time."""

    def __init__(self, since: int = START - MINUTE) -> None:
        self.nonces = Nonces(since)

    def takes(self, raw: bytes, now: int = START, member: Member | None = IDA, door: Door = DOOR) -> bytes:
        request = parse_request(raw, LIMIT)
        check_addressed(request, door, now, self.nonces.since)
        check_signed(request, member, self.nonces, now)
        return request.body


def test_a_fresh_request_is_taken_with_its_body() -> None:
    assert Node().takes(signed(body=b"the body")) == b"the body"


def test_it_is_taken_once_however_its_envelope_looks() -> None:
    node = Node()
    node.takes(signed())
    for again in (signed(), signed(body=b"another"), signed(time=START + SECOND)):
        with pytest.raises(RequestRefused, match="nonce"):
            node.takes(again)
    assert node.takes(signed(nonce=bytes(16))) == b"b"


@pytest.mark.parametrize("other", [{"chain": "sim-1"}, {"org": "bolt"}, {"node": "spare"}, {"name": "store"}])
def test_it_is_refused_at_every_other_door(other: dict[str, str]) -> None:
    with pytest.raises(RequestRefused, match="this is door"):
        Node().takes(signed(), door=replace(DOOR, **other))


@pytest.mark.parametrize("away", [2 * MINUTE + 1, -2 * MINUTE - 1])
def test_it_is_refused_once_its_time_is_away(away: int) -> None:
    with pytest.raises(RequestRefused, match="two minutes"):
        Node(since=0).takes(signed(), now=START + away)


def test_a_node_that_forgot_its_nonces_takes_none_of_before() -> None:
    Node().takes(signed())
    with pytest.raises(RequestRefused, match="before this node started"):
        Node(since=START + SECOND).takes(signed(), now=START + SECOND)


def test_a_nonce_is_remembered_as_long_as_its_request_is_fresh() -> None:
    node = Node(since=0)
    node.takes(signed(), now=START - 2 * MINUTE)
    with pytest.raises(RequestRefused, match="nonce"):
        node.takes(signed(), now=START + 2 * MINUTE)


def test_strangers_removed_members_and_replaced_keys_are_refused() -> None:
    with pytest.raises(RequestRefused, match="no such member"):
        Node().takes(signed(), member=None)
    other = replace(IDA, key=sim_key("new").public)
    with pytest.raises(Malformed):
        Node().takes(signed(), member=other)
    forged = bytearray(signed())
    forged[-10] ^= 1  # in the signature, before the body
    with pytest.raises(BadSignature):
        Node().takes(bytes(forged))


def test_a_refused_request_uses_up_no_nonce_of_the_member() -> None:
    node, forged = Node(), bytearray(signed())
    forged[-10] ^= 1
    with pytest.raises(BadSignature):
        node.takes(bytes(forged))
    assert node.takes(signed()) == b"b"


def test_a_flood_of_one_member_forgets_no_nonce_and_stops_no_other() -> None:
    node = Node()
    request = parse_request(signed(), LIMIT).request
    for at in range(MOST_NONCES):
        node.nonces.use(replace(request, nonce=at.to_bytes(16, "big")), START)
    with pytest.raises(TooManyRequests):
        node.nonces.use(request, START)
    with pytest.raises(RequestRefused, match="nonce"):
        node.nonces.use(replace(request, nonce=bytes(16)), START)
    node.nonces.use(replace(request, member="bea"), START)
    node.nonces.use(request, START + 4 * MINUTE + 1)


def test_another_body_and_every_other_length_is_malformed() -> None:
    raw = signed(body=b"body")
    for bad in (raw[:-1] + b"z", raw + b"\x00", raw[:-1], signed(nonce=bytes(15)), b""):
        with pytest.raises(Malformed):
            parse_request(bad, LIMIT)
    with pytest.raises(Malformed):
        parse_request(signed(body=bytes(LIMIT + 1)), LIMIT)
