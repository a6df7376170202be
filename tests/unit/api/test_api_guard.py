"""Who may ask what: closed unless opened, one host name, one sign-in for each secret."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest
from starlette.routing import Route
from starlette.types import Message, Scope, Send
from structlog.testing import capture_logs

from tests.unit.api.conftest import Play, Served
from veriwatt.api.errors import STATUS, status_of
from veriwatt.api.guard import declared
from veriwatt.api.metrics_page import MetricsPage
from veriwatt.api.openapi import OPEN as DECLARED_OPEN
from veriwatt.api.openapi import OWN_BUDGET
from veriwatt.api.resources import request_budget
from veriwatt.errors import Malformed, VeriwattError
from veriwatt.model.terminals.group_question import parse_group_question

OPEN = {
    ("GET", "/healthz"),
    ("GET", "/api/v1/frames/newest"),
    ("GET", "/api/v1/frames/anchored"),
    ("GET", "/api/v1/frames/consistency"),
    ("GET", "/api/v1/frames/number"),
    ("GET", "/api/v1/ledger/newest"),
    ("GET", "/api/v1/ledger/successions"),
    ("POST", "/api/v1/ledger/group-version"),
    ("GET", "/api/v1/trust"),
    ("GET", "/api/v1/peer/node"),
    ("GET", "/api/v1/peer/genesis"),
    ("GET", "/api/v1/peer/head"),
    ("GET", "/api/v1/peer/block"),
    ("GET", "/api/v1/peer/transactions"),
    ("POST", "/api/v1/peer/state"),
    ("GET", "/api/v1/peer/log"),
    ("GET", "/api/v1/peer/parts"),
    ("POST", "/api/v1/peer/parts"),
    ("POST", "/api/v1/peer/session"),
    ("POST", "/api/v1/peer/submit"),
    ("GET", "/api/v1/session"),
    ("POST", "/api/v1/session"),
    ("POST", "/api/v1/frames"),
    ("POST", "/api/v1/frames/again"),
    ("POST", "/api/v1/verify"),
    ("POST", "/witness/add-checkpoint"),
}
"""What a stranger may ask, as docs/api.md lists it: a route that joins these is a decision, never a slip."""


def test_every_route_that_is_not_open_needs_a_session(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            described = (await client.get("/api/openapi.json")).json()["paths"]
            routes = [(m.upper(), p, op) for p, ops in described.items() for m, op in ops.items()]
            closed = [(method, path) for method, path, operation in routes if "security" not in operation]
            assert {(method, path) for method, path, _ in routes} - {*closed} == OPEN
            assert len(closed) >= 12
            for method, path in closed:
                named = {"point": "works.total", "terminal": "x", "org": "x", "digest": "0" * 64}
                answer = await client.request(method, path.format(height=1, position=1, **named))
                assert answer.status_code == 401, path
                assert answer.json()["type"] == "urn:veriwatt:error:sign-in-needed"

    play(scenario)


def test_another_host_name_is_refused_whoever_asks(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client() as client:
            for host in ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""):
                answer = await client.get("/api/v1/status", headers={"host": host})
                assert answer.status_code == 421, host
            assert (await client.get("/api/v1/status", headers={"host": "LOCALHOST:1"})).status_code == 200

    play(scenario)


def test_metrics_need_a_session_whatever_host_and_address_a_request_claims(play: Play) -> None:
    async def scenario(served: Served) -> None:
        forwarded = {"host": "localhost", "x-forwarded-for": "127.0.0.1"}
        async with served.client("192.0.2.7", signed_in=False) as far, served.client(signed_in=False) as near:
            for client in (far, near):
                assert (await client.get("/metrics", headers=forwarded)).status_code == 401
        async with served.client("192.0.2.7") as reader:
            page = (await reader.get("/metrics")).text
        assert 'veriwatt_slots{status="gap"}' in page
        assert 'veriwatt_chain_anchored_frames{org="works"} 75.0' in page

    play(scenario)


def test_the_listener_of_metrics_answers_them_and_nothing_else(play: Play) -> None:
    async def scenario(served: Served) -> None:
        page = MetricsPage(served.worker, served.metrics)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(page), base_url="http://any.example") as client:
            assert "veriwatt_ledger_height" in (await client.get("/metrics")).text
            for path in ("/", "/healthz", "/api/v1/status"):
                assert (await client.get(path)).status_code == 404

    play(scenario)


SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""Written out, so that a header misspelt in the product is missed here."""


def test_every_answer_has_the_security_headers(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client() as client:
            for path in ("/healthz", "/api/v1/status", "/nowhere"):
                headers = (await client.get(path)).headers
                assert {name: headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS, path

    play(scenario)


def test_a_bug_shows_no_traceback(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async def broken(_: object) -> None:
            raise RuntimeError("private words")

        served.api.router.routes.append(Route("/broken", broken))
        async with served.client() as client:
            answer = await client.get("/broken")
        assert answer.status_code == 500
        assert "private words" not in answer.text

    play(scenario)


FLOOD = 1_200
"""Requests of one stranger: more than an address may send at once."""


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/api/v1/status", "/static/style.css"])
def test_a_flood_of_requests_is_charged_to_its_address_and_to_nobody_who_proves_itself(
    play: Play, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(request_budget, "REQUESTS_RATE", 0.0)  # however slow this machine is

    async def scenario(served: Served) -> None:
        async with served.client("192.0.2.7", signed_in=False) as stranger, served.client("192.0.2.7") as reader:
            answers = await asyncio.gather(*(stranger.get(path) for _ in range(FLOOD)))
            statuses = {each.status_code for each in answers}
            assert 429 in statuses
            assert len(statuses) == 2, statuses
            assert (await reader.get("/api/v1/status")).status_code == 200
            assert (await stranger.get("/healthz")).status_code == 200
            assert (await stranger.get("/api/v1/ledger/newest")).status_code == 200
        headers = {"Content-Type": "application/cbor"}
        async with served.client("192.0.2.7", signed_in=False) as terminal:
            sent = await terminal.post("/api/v1/frames", content=served.uploads[0], headers=headers)
            assert sent.status_code == 200
        async with served.client("192.0.2.8", signed_in=False) as other:
            assert (await other.get(path)).status_code != 429

    play(scenario)


def test_a_route_is_charged_as_a_page_unless_it_declares_a_budget_of_its_own(play: Play) -> None:
    async def scenario(served: Served) -> None:
        own = declared(served.api.routes, OWN_BUDGET)
        as_pages = {("GET", "/api/v1/trust"), ("GET", "/api/v1/session"), ("POST", "/api/v1/session")}
        assert OPEN - own == as_pages
        assert own < declared(served.api.routes, DECLARED_OPEN)

    play(scenario)


def test_every_error_has_a_status() -> None:
    def leaves(base: type[VeriwattError]) -> list[type[VeriwattError]]:
        return [leaf for each in base.__subclasses__() for leaf in (each, *leaves(each))]

    assert all(400 <= status_of(leaf) < 600 for leaf in leaves(VeriwattError))
    assert all(issubclass(leaf, VeriwattError) for leaf in STATUS)


def test_a_request_cut_off_by_the_nodes_stop_is_answered_503(play: Play) -> None:
    async def scenario(served: Served) -> None:
        hung = asyncio.Event()

        async def never() -> Message:
            hung.set()
            return await asyncio.Event().wait()  # type: ignore[return-value]

        sent: list[Message] = []
        request = asyncio.create_task(served.app(_post_of_frames(), never, _into(sent)))
        await hung.wait()
        request.cancel()
        await request
        assert sent[0]["status"] == 503
        assert (b"content-type", b"application/problem+json") in sent[0]["headers"]

    play(scenario)


def test_a_peer_that_hangs_up_within_its_body_is_not_logged_as_a_bug(play: Play) -> None:
    async def scenario(served: Served) -> None:
        begun: Message = {"type": "http.request", "body": b"ab", "more_body": True}
        messages = iter([begun, {"type": "http.disconnect"}])

        async def hangs_up() -> Message:
            return next(messages)

        sent: list[Message] = []
        with capture_logs() as logged:
            await served.app(_post_of_frames(), hangs_up, _into(sent))
        assert sent[0]["status"] == 400
        assert [each["event"] for each in logged] == ["request-refused"]

    play(scenario)


def _post_of_frames() -> Scope:
    headers = [(b"host", b"localhost"), (b"content-type", b"application/cbor")]
    about = {"type": "http", "method": "POST", "path": "/api/v1/frames", "query_string": b"", "root_path": ""}
    return {**about, "headers": headers, "client": ("127.0.0.1", 40_000)}


def _into(sent: list[Message]) -> Send:
    async def send(message: Message) -> None:
        sent.append(dict(message))

    return send


def test_a_cookie_is_looked_through_once_whatever_is_in_it(play: Play) -> None:
    """The standard parser took seconds for 60 kB, in which the node answered nobody else."""
    hostile = 'a="' + "\\" * 60_000 + '"'

    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            name = served.access.cookie({"scheme": "http"})
            began = time.monotonic()
            for path in ("/api/v1/status", "/sign-in"):
                await client.get(path, headers={"cookie": hostile})
            assert time.monotonic() - began < 0.5
            sent = {"cookie": f"other=1; {name}={served.session()}; last=2"}
            assert (await client.get("/api/v1/status", headers=sent)).status_code == 200

    play(scenario)


def test_a_question_of_a_terminal_that_is_longer_than_any_is_not_parsed(play: Play) -> None:
    raw = b"\x99\xff\xf0" + bytes(0xFFF0)
    with pytest.raises(Malformed, match="at most 1024"):
        parse_group_question(raw)

    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            assert (await client.post("/api/v1/ledger/group-version", content=raw)).status_code == 413

    play(scenario)
