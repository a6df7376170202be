"""A log host that lies, is busy, or is none: the terminal accepts nothing but receipts that verify."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import numpy as np
import pytest

from veriwatt.encoding import decode, encode
from veriwatt.errors import BadSignature, Malformed, NotProven, Unavailable
from veriwatt.ids import Digest, FrameId
from veriwatt.merkle.tree import path_of, tree_root
from veriwatt.model.chain.checkpoint import Checkpoint, Receipt
from veriwatt.model.chain.log_epochs import LogName
from veriwatt.model.frames.build import FrameContent, FrameContext, GroupSlots
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.model.frames.origin import ClockState, Meter
from veriwatt.terminal.delivery.http_log_host import HttpLogHostClient, LogHostRefuses, WrongLogHost
from veriwatt.terminal.delivery.log_host_client import Delivered
from veriwatt.terminal.framing.framer import Framer
from veriwatt.terminal.spool.spool import Spool
from veriwatt.testing.actors import sim_key
from veriwatt.units import MINUTE, Interval, UtcMillis

CHAIN, ORG, LOG = "park-0123456789abcdef", "works", sim_key("log")
Answer = Callable[[list[bytes]], tuple[int, bytes]]


class Host:
    """A log host in a thread: it answers a POST with `answer` of the uploads, and a GET with `bodies` of its path."""

    def __init__(self) -> None:
        self.answer: Answer = honest
        self.bodies: dict[str, bytes] = {}
        self.requests = 0
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                host.requests += 1
                body = self.rfile.read(int(self.headers["content-length"]))
                self.reply(*host.answer(decode(body, "body")))  # type: ignore[arg-type]

            def do_GET(self) -> None:
                self.reply(200, host.bodies[self.path])

            def reply(self, status: int, raw: bytes) -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def receipts(uploads: list[bytes], key: object = LOG, origin: str = LogName(CHAIN, ORG).origin) -> list[list[object]]:
    leaves = [parse_frame(upload).leaf for upload in uploads]
    note = Checkpoint(origin, len(leaves), tree_root(leaves), 10**13).sign(key)  # type: ignore[arg-type]
    return [[note, at, list(path_of(leaves, at))] for at in range(len(leaves))]


def honest(uploads: list[bytes]) -> tuple[int, bytes]:
    made = receipts(uploads)
    return 200, encode([["accepted", None, at, 1, made[at]] for at in range(len(uploads))])  # type: ignore[list-item]


@pytest.fixture
def host() -> Iterator[Host]:
    served = Host()
    yield served
    served.close()


@pytest.fixture
def log_host(host: Host) -> Iterator[HttpLogHostClient]:
    with HttpLogHostClient(host.url, CHAIN, ORG, LOG.public) as made:
        yield made


@pytest.fixture(scope="module")
def uploads(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    with Spool(Path(tmp_path_factory.mktemp("spool")) / "spool.db") as spool:
        framer = Framer(CHAIN, ORG, "t1", 1, sim_key("terminal"), spool, bytes)
        for n in range(3):
            start = 10**12 + n * 15 * MINUTE
            end = start + 15 * MINUTE
            column = Column("a", np.array([start]), np.array([end]), np.array([n]), np.ones(1, np.uint8))
            group = GroupSlots("g", 1, Digest(bytes(32)), [column], bytes(32))
            content = FrameContent(Interval(start, end), (group,))
            framer.prepare([content], FrameContext(start, Meter(), 0, Digest(bytes(32)), ClockState("system", 0, 0)))
        framer.sign()
        return [framer.upload(frame) for frame in spool.pending()]


def test_accepted_frames_have_positions_and_their_verified_receipts(
    log_host: HttpLogHostClient, uploads: list[bytes]
) -> None:
    delivered = log_host.send(uploads)
    assert [each.position for each in delivered] == [0, 1, 2]
    leaves = [parse_frame(upload).leaf for upload in uploads]
    for each, leaf in zip(delivered, leaves, strict=True):
        assert each.receipt is not None
        assert each.receipt.head == (3, tree_root(leaves))
        Receipt.from_bytes(each.receipt.raw).verify(leaf, LogName(CHAIN, ORG).origin, LOG.public)


def test_a_refusal_carries_its_code(host: Host, log_host: HttpLogHostClient, uploads: list[bytes]) -> None:
    host.answer = lambda _: (200, encode([["not-certified", "too early", None, 0, None]]))
    assert log_host.send(uploads[:1]) == [Delivered(None, "not-certified", "too early")]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_busy_host_is_unavailable(host: Host, log_host: HttpLogHostClient, uploads: list[bytes], status: int) -> None:
    host.answer = lambda _: (status, b"")
    with pytest.raises(Unavailable, match=str(status)):
        log_host.send(uploads)


def test_an_address_without_a_listener_is_unavailable(uploads: list[bytes]) -> None:
    with (
        HttpLogHostClient("http://127.0.0.1:9", CHAIN, ORG, LOG.public) as nowhere,
        pytest.raises(Unavailable, match="answer"),
    ):
        nowhere.send(uploads)


@pytest.mark.parametrize("status", [302, 400, 401, 404, 415])
def test_an_address_that_takes_no_frames_is_a_wrong_log_host(
    host: Host, log_host: HttpLogHostClient, uploads: list[bytes], status: int
) -> None:
    host.answer = lambda _: (status, b"")
    with pytest.raises(WrongLogHost):
        log_host.send(uploads)


def test_the_reason_of_a_refusal_is_repeated(host: Host, log_host: HttpLogHostClient, uploads: list[bytes]) -> None:
    problem = {"type": "urn:veriwatt:error:wrong-host", "title": "wrong host", "status": 421, "detail": "no such name"}
    host.answer = lambda _: (421, json.dumps(problem).encode())
    with pytest.raises(LogHostRefuses, match=r"no such name \[wrong-host\]"):
        log_host.send(uploads)


@pytest.mark.parametrize("body", ["[]", '{"type": 7}', '{"type": "about:blank", "detail": "gone"}', "<p>"])
def test_a_refusal_of_another_form_is_no_log_hosts(
    host: Host, log_host: HttpLogHostClient, uploads: list[bytes], body: str
) -> None:
    host.answer = lambda _: (421, body.encode())
    with pytest.raises(WrongLogHost):
        log_host.send(uploads)


def test_a_receipt_of_another_log_is_refused(host: Host, log_host: HttpLogHostClient, uploads: list[bytes]) -> None:
    forged = receipts(uploads[:1], sim_key("forger"))[0]
    host.answer = lambda _: (200, encode([["accepted", None, 0, 1, forged]]))  # type: ignore[list-item]
    with pytest.raises((BadSignature, Malformed)):
        log_host.send(uploads[:1])


def test_a_receipt_of_another_frame_is_refused(host: Host, log_host: HttpLogHostClient, uploads: list[bytes]) -> None:
    others = receipts(uploads[1:2])[0]
    host.answer = lambda _: (200, encode([["accepted", None, 0, 1, others]]))  # type: ignore[list-item]
    with pytest.raises(NotProven):
        log_host.send(uploads[:1])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        encode([]),
        encode([["accepted", None, 0, 1, None]]),
        encode([["accepted", None, 0, 1]]),
        encode(7),
        encode([["accepted", None, True, 1, None]]),
        encode([["accepted", None, -1, 1, None]]),
    ],
)
def test_a_malformed_delivery_answer_is_refused(
    host: Host, log_host: HttpLogHostClient, uploads: list[bytes], raw: bytes
) -> None:
    host.answer = lambda _: (200, raw)
    with pytest.raises(Malformed):
        log_host.send(uploads[:1])


NEWEST = "/api/v1/frames/newest?org=works&terminal=t1"


def test_the_host_answers_with_its_newest_frame_and_its_root_log_head(host: Host, log_host: HttpLogHostClient) -> None:
    host.bodies = {NEWEST: encode([0, 7, bytes(32)]), "/api/v1/ledger/newest": b"head"}
    assert log_host.newest_frame("t1") == FrameRef("t1", FrameNumber(0, 7), FrameId(bytes(32)))
    assert log_host.root_log() == b"head"
    host.bodies[NEWEST] = encode(None)
    assert log_host.newest_frame("t1") is None


@pytest.mark.parametrize(
    ("date", "clock"),
    [("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777_000), ("yesterday", 0), ("Sun, 06 Nov 99999 08:49:37 GMT", 0)],
)
def test_the_clock_of_a_host_is_that_of_its_newest_answer(date: str, clock: UtcMillis) -> None:
    head = httpx.ByteStream(b"head")
    answers = httpx.MockTransport(lambda _: httpx.Response(200, stream=head, headers={"date": date}))
    with HttpLogHostClient("http://node", CHAIN, ORG, LOG.public, answers) as log_host:
        assert log_host.clock() == 0
        log_host.root_log()
        assert log_host.clock() == clock


@pytest.mark.parametrize("raw", [b"", encode([0, 7]), encode([0, -1, bytes(32)]), encode([0, 7, bytes(31)]), encode(7)])
def test_a_malformed_newest_frame_is_refused(host: Host, log_host: HttpLogHostClient, raw: bytes) -> None:
    host.bodies = {NEWEST: raw}
    with pytest.raises(Malformed):
        log_host.newest_frame("t1")


def test_the_host_is_asked_for_what_is_anchored_and_for_consistency(host: Host, log_host: HttpLogHostClient) -> None:
    host.bodies = {
        "/api/v1/frames/anchored?org=works&position=4&size=9": b"proof",
        "/api/v1/frames/consistency?org=works&old=4&new=9": encode(bytes(64)),
    }
    assert log_host.anchored(4, 9) == b"proof"
    assert log_host.consistency(4, 9) == (Digest(bytes(32)), Digest(bytes(32)))


@pytest.mark.parametrize("raw", [b"", encode(bytes(33)), encode([bytes(32)]), encode(bytes(65 * 32))])
def test_a_malformed_consistency_path_is_refused(host: Host, log_host: HttpLogHostClient, raw: bytes) -> None:
    host.bodies = {"/api/v1/frames/consistency?org=works&old=4&new=9": raw}
    with pytest.raises(Malformed):
        log_host.consistency(4, 9)


def test_uploads_beyond_the_body_limit_go_in_several_requests(
    host: Host, log_host: HttpLogHostClient, uploads: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("veriwatt.terminal.delivery.http_log_host.BODY", len(uploads[0]) + len(uploads[1]))
    assert len(log_host.send(uploads)) == 3
    assert host.requests == 2
