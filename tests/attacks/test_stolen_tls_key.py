"""Whoever has the TLS key of a node, and its address, is the node for those who connect: it hears requests of members.

It has no member key. What it heard is of no use at any door, and it can give no answer that counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.encoding import decode, encode
from veriwatt.model.ledger.peer_answers import submission
from veriwatt.reading.peer_sessions import PeerSessionNeeded
from veriwatt.testing.actors import SimMember
from veriwatt.testing.lying_peers import FollowedWorld
from veriwatt.testing.tls_thief import DOORS, heard, refusal, signed_by_thief
from veriwatt.units import MINUTE


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FollowedWorld]:
    made = FollowedWorld(tmp_path / "honest")
    yield made
    made.close()


@pytest.mark.parametrize("door", DOORS)
def test_what_was_heard_opens_no_door_again_nor_another_nor_with_another_body(world: FollowedWorld, door: str) -> None:
    bodies = heard(world)
    raw, other = bodies[door], "submit" if door == "session" else "session"
    world.peer("spare")
    main, spare = world.peers["main"].answers, world.peers["spare"].answers
    assert refusal(main, door, raw) == "request-refused"
    assert refusal(main, other, raw) in ("request-refused", "malformed")
    assert refusal(spare, door, raw) == "request-refused"
    request = decode(raw, "signed request")
    assert isinstance(request, list)
    theirs = encode([request[0], submission([world.ann.add_member(SimMember("acme", "eve"))])])
    assert refusal(spare, "submit", theirs) == "malformed"
    world.clock.advance_to(world.clock.now() + 3 * MINUTE)
    assert refusal(main, door, raw) == "request-refused"


def test_a_tls_key_signs_no_request_and_opens_no_session(world: FollowedWorld) -> None:
    world.peer("main")
    main = world.peers["main"].answers
    for door in DOORS:
        raw = signed_by_thief(world, door)
        assert refusal(main, door, raw) in ("request-refused", "malformed", "bad-signature")
    with pytest.raises(PeerSessionNeeded):
        main.check_session(bytes(32))
