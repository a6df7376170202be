"""One peer over HTTP: each question has a bound of bytes and of time; nothing that it says is believed here."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import httpx

from veriwatt.errors import NotFound, Unavailable
from veriwatt.ledger.follower.pinned_key import peer_context
from veriwatt.merkle.state_parts import Row
from veriwatt.model.evidence.paths import StatePart
from veriwatt.model.ledger.block import LightBlock
from veriwatt.model.ledger.peer_answers import (
    SESSION,
    SESSION_HEADER,
    SUBMIT,
    BlockTransactions,
    LogAnswer,
    PartsQuestion,
    PeerHead,
    StateQuestion,
    parse_parts,
    parse_session,
    parse_state_answer,
    parse_summaries,
    parse_who,
    submission,
)
from veriwatt.model.members.peer_address import PeerAddress
from veriwatt.system.bounded_http import BoundedTransport, time_limit

API = "/api/v1/peer"
CBOR = "application/cbor"

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 20.0
"""For a connection, and for a whole question and answer, connecting included, however the bytes come."""

SMALL, LARGE = 2 << 20, 24 << 20
"""Bytes of an answer: of proofs and blocks, and of the transactions of a block or one part of the map."""

TOLD = 300
"""Characters that are repeated of what a peer says."""


class PeerFails(Unavailable):
    """A peer that gives no answer to a question, or a larger or slower one than the question has."""

    code = "peer-fails"

    def __init__(self, peer: str, why: str) -> None:
        super().__init__(f"peer {peer}: {why}")
        self.peer, self.why = peer, why


class PeerAsksForSession(PeerFails):
    """A peer that answers this node's member in a session alone; it is opened by itself."""

    code = "peer-asks-for-session"

    def __init__(self, peer: str) -> None:
        super().__init__(peer, "it answers members in a session alone")


class HttpPeer:
    """The doors of one peer. Callable from many threads.

    Every call raises PeerFails when no answer comes within the bounds, NotFound when the peer has not what is asked
    for, Malformed when the answer is none, and WrongPeerKey when another TLS key answers.
    """

    def __init__(self, address: PeerAddress, transport: httpx.BaseTransport | None = None) -> None:
        self.address = address
        self.sign: Callable[[str, bytes], bytes] | None = None
        """Makes the signed request for a door with a body; whoever follows sets it."""
        context = peer_context(address.name, address.tls_key) if address.url.startswith("https:") else None
        self._http = httpx.Client(
            headers={"content-type": CBOR, "accept": CBOR, "accept-encoding": "identity"},
            transport=transport or BoundedTransport(context, CONNECT_SECONDS),
            trust_env=False,
            follow_redirects=False,
        )
        self._url = address.url.rstrip("/") + API

    def close(self) -> None:
        self._http.close()

    def genesis(self) -> bytes:
        return self._ask("GET", "/genesis", SMALL)

    def who(self) -> tuple[str, str]:
        """The org and the name by which the node is addressed, as it says."""
        return parse_who(self._ask("GET", "/node", SMALL))

    def introduced(self) -> tuple[str, str, bytes]:
        """As `who`, and its genesis document: both within the time of one question."""
        with time_limit(ANSWER_SECONDS):
            return (*self.who(), self.genesis())

    def head(self) -> PeerHead:
        return PeerHead.from_bytes(self._ask("GET", "/head", SMALL))

    def block(self, height: int) -> LightBlock:
        return LightBlock.from_bytes(self._ask("GET", f"/block?height={height}", SMALL))

    def transactions(self, height: int) -> BlockTransactions:
        return BlockTransactions.from_bytes(self._read("GET", f"/transactions?height={height}", LARGE))

    def state(self, question: StateQuestion) -> StatePart:
        return parse_state_answer(self._read("POST", "/state", SMALL, question.to_bytes()))

    def log(self, height: int, log: bytes, start: int) -> LogAnswer:
        return LogAnswer.from_bytes(self._read("GET", f"/log?height={height}&log={log.hex()}&start={start}", SMALL))

    def summaries(self, height: int) -> tuple[bytes, ...]:
        return parse_summaries(self._read("GET", f"/parts?height={height}", SMALL))

    def parts(self, question: PartsQuestion) -> tuple[tuple[int, tuple[Row, ...]], ...]:
        return parse_parts(self._read("POST", "/parts", LARGE, question.to_bytes()))

    def submit(self, transactions: Sequence[bytes]) -> None:
        """What it answers is not read: results are proven."""
        self._ask("POST", f"/{SUBMIT}", SMALL, self._signed(SUBMIT, submission(transactions)))

    def _read(self, method: str, path: str, limit: int, content: bytes | None = None) -> bytes:
        """As `_ask`, in a session of this node's member; one that ended is opened again."""
        try:
            return self._ask(method, path, limit, content)
        except PeerAsksForSession:
            token = parse_session(self._ask("POST", f"/{SESSION}", SMALL, self._signed(SESSION, b"")))
            self._http.headers[SESSION_HEADER] = token.hex()
            return self._ask(method, path, limit, content)

    def _signed(self, door: str, body: bytes) -> bytes:
        if self.sign is None:
            raise PeerFails(self.address.name, "is for members, and this node signs for none")
        return self.sign(door, body)

    def _ask(self, method: str, path: str, limit: int, content: bytes | None = None) -> bytes:
        name, answer = self.address.name, bytearray()
        try:
            with time_limit(ANSWER_SECONDS), self._http.stream(method, self._url + path, content=content) as response:
                for piece in response.iter_raw():
                    answer += piece
                    if len(answer) > limit:
                        raise PeerFails(name, f"its answer has more than {limit:,} bytes")
                status = response.status_code
        except httpx.TimeoutException as error:
            raise PeerFails(name, f"gives no whole answer in time ({type(error).__name__})") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise PeerFails(name, f"gives no answer ({type(error).__name__})") from error
        if status == 200:
            return bytes(answer)
        said = _said(bytes(answer))
        if status == 401:
            raise PeerAsksForSession(name)
        if status == 404:
            raise NotFound(f"peer {name}: {said}")
        raise PeerFails(name, f"answers {status}: {said}")


def _said(problem: bytes) -> str:
    """The reason in a problem+json, as far as it is printable."""
    try:
        detail = json.loads(problem)["detail"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "without a reason"
    text = detail if isinstance(detail, str) else "without a reason"
    return "".join(char if char.isprintable() else "?" for char in text[:TOLD])
