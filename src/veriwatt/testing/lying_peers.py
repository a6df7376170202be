"""Peers in this process that answer a follower from a ledger here, through an edit of one answer at a time.

    world = FollowedWorld(folder)
    follower = world.follow("liar", "honest", edits={"liar": {"/head": lambda raw: ...}})

An edit gets the honest answer's bytes, and returns what is sent, or raises what `httpx` raises when a peer is silent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import httpx

from veriwatt.errors import NotFound, Refused, VeriwattError
from veriwatt.ledger.open_ledger import FollowedLedger, HttpPeer, PeerAddress, Submitter, create_ledger, follow_ledger
from veriwatt.membership.new_ledger import trust_of
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.peer_answers import SESSION_HEADER
from veriwatt.ports.ledger import LedgerEngine
from veriwatt.reading.peer_answers import PeerAnswers
from veriwatt.reading.peer_sessions import PeerSessionNeeded
from veriwatt.testing.actors import START, SimMember, sim_genesis, sim_validator
from veriwatt.testing.clocks import SimClock

Edit: TypeAlias = Callable[[bytes], bytes]
Edits: TypeAlias = Mapping[str, Edit]
"""What a peer makes of its honest answers, by the door's name."""


def _door(path: str) -> str:
    return path.rpartition("/")[2]


def _sent(status: int, content: bytes) -> httpx.Response:
    return httpx.Response(status, stream=httpx.ByteStream(content))


class PeerTransport(httpx.BaseTransport):
    """The doors of one peer, edited. `asked` are the doors that were asked for, in order."""

    def __init__(self, answers: PeerAnswers, edits: Edits) -> None:
        self.answers, self.edits, self.asked = answers, edits, list[str]()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        door = _door(request.url.path)
        self.asked.append(door)
        try:
            answer = self._answer(request, door)
        except NotFound as error:
            return _sent(404, json.dumps({"detail": str(error)}).encode())
        except PeerSessionNeeded as error:
            return _sent(401, json.dumps({"detail": str(error)}).encode())
        except Refused as error:
            return _sent(409, json.dumps({"detail": str(error)}).encode())
        except VeriwattError as error:
            return _sent(503, json.dumps({"detail": str(error)}).encode())
        edit = self.edits.get(door)
        return _sent(200, answer if edit is None else edit(answer))

    def _answer(self, request: httpx.Request, door: str) -> bytes:
        query, body, own = request.url.params, request.read(), self.answers
        height = int(query.get("height", 0))
        if door in ("transactions", "state", "log", "parts"):
            own.check_session(bytes.fromhex(request.headers.get(SESSION_HEADER, "")))
        match request.method, door:
            case _, "session":
                return own.session(body)
            case _, "genesis":
                return own.genesis()
            case _, "head":
                return own.head()
            case _, "block":
                return own.block(height)
            case _, "transactions":
                return own.transactions(height)
            case _, "state":
                return own.state(body)
            case _, "log":
                return own.log(height, bytes.fromhex(query["log"]), int(query["start"]))
            case "GET", "parts":
                return own.summaries(height)
            case _, "parts":
                return own.parts(body)
            case _, "submit":
                return own.submit(body, lambda *_: None)
        raise NotFound(request.url.path)


class FollowedWorld:
    """A ledger of the org acme, whose owner `ann` submits, and the followers of it; its clock is set by the test."""

    def __init__(self, folder: Path, name: str = "sim") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.clock = folder, SimClock(START)
        self.ann = SimMember("acme", "ann")
        self.genesis: Genesis = sim_genesis(self.ann, name=name)
        self.ledger: LedgerEngine = create_ledger(folder, self.genesis, sim_validator(), self.clock)
        self.trust = trust_of(self.ledger, self.genesis, START)
        self.peers: dict[str, PeerTransport] = {}
        self.reached: dict[str, PeerAddress] = {}
        """Peers outside of this process, by their names."""
        self._answers: list[PeerAnswers] = []

    def close(self) -> None:
        for each in self._answers:
            each.close()
        self.ledger.close()

    def peer(self, name: str, edits: Edits | None = None, ledger: LedgerEngine | None = None) -> None:
        """A peer acme/NAME that answers from this ledger or another one, edited."""
        answers = PeerAnswers(ledger or self.ledger, "acme", name, self.clock.now)
        self._answers.append(answers)
        self.peers[name] = PeerTransport(answers, edits or {})

    @contextmanager
    def follow(self, *names: str, folder: str = "follower") -> Iterator[FollowedLedger]:
        """A follower that asks these peers in this order."""
        addresses = [self.reached.get(name, PeerAddress("acme", name, f"http://{name}")) for name in names]
        submitter = Submitter("acme", "ann", self.ann.key)
        with follow_ledger(
            self.folder / folder, self.trust, addresses, submitter, self.clock, self._connect
        ) as followed:
            yield followed

    def _connect(self, address: PeerAddress) -> HttpPeer:
        return HttpPeer(address, None if address.node in self.reached else self.peers[address.node])
