"""Whoever has the TLS key of node acme/main, and its address, and no member key: what it hears, and what that opens."""

from __future__ import annotations

import httpx

from veriwatt.errors import VeriwattError
from veriwatt.model.members.member_request import NONCE_BYTES, Door, sign_request
from veriwatt.ports.ledger import submit
from veriwatt.reading.peer_answers import PeerAnswers
from veriwatt.testing.actors import SimMember, sim_key
from veriwatt.testing.lying_peers import FollowedWorld

DOORS = ("session", "submit")


def heard(world: FollowedWorld) -> dict[str, bytes]:
    """What a thief in the place of node acme/main hears of a follower that reads and submits: the newest by door."""
    bodies: dict[str, bytes] = {}
    world.peer("main")
    real = world.peers["main"].handle_request

    def listen(request: httpx.Request) -> httpx.Response:
        bodies[request.url.path.rpartition("/")[2]] = request.read()
        return real(request)

    world.peers["main"].handle_request = listen  # type: ignore[method-assign]
    with world.follow("main") as follower:
        assert submit(follower, [world.ann.add_member(SimMember("acme", "bea"))])[0].ok
    return bodies


def refusal(answers: PeerAnswers, door: str, raw: bytes) -> str:
    """The code with which a door turns a request away, or "ok"."""
    try:
        if door == "session":
            answers.session(raw)
        else:
            answers.submit(raw, lambda *_: None)
    except VeriwattError as error:
        return error.code
    return "ok"


def signed_by_thief(world: FollowedWorld, door: str) -> bytes:
    """A request in a member's name, for a door of acme/main, signed with the TLS key."""
    addressed, stolen = Door(world.ledger.chain_id, "acme", "main", door), sim_key("the TLS key of node acme/main")
    return sign_request(stolen, addressed, "acme", "ann", bytes(NONCE_BYTES), world.clock.now(), b"")
