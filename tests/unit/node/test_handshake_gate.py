"""TLS on real sockets: a handshake is paid for before it is answered, and a recorded one is not answered again."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from veriwatt.api.resources import handshakes
from veriwatt.api.resources.bodies import Bodies
from veriwatt.api.resources.connections import Connections
from veriwatt.api.resources.handshakes import RANDOM, Handshakes
from veriwatt.api.resources.policy import HANDSHAKE_SECONDS, SILENT_SECONDS
from veriwatt.crypto.tls_certificate import make_certificate
from veriwatt.node.edge_connection import Edge
from veriwatt.node.http_server import HttpServer
from veriwatt.node.listener import listening
from veriwatt.testing.floods.kinds import client_hello, trusting_all

ADDRESS, TERMINAL = "127.0.0.1", "works/t1"
ASKED = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
FEW = 4
Scenario = Callable[[int, Handshakes], Coroutine[Any, Any, None]]


async def answering(scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


def serve(scenario: Scenario, folder: Path) -> None:
    certificate, key = make_certificate([ADDRESS], int(time.time() * 1000))
    (folder / "certificate.pem").write_bytes(certificate + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem")

    async def whole() -> None:
        ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        edge, app = Edge(Connections(64), Bodies(), Handshakes()), answering
        with listening(ADDRESS, 0) as sockets:
            server = HttpServer(app, sockets, edge, ready.set_result, context)  # type: ignore[arg-type]
            serving = asyncio.create_task(server.serve())
            try:
                await scenario(await ready, edge.handshakes)
            finally:
                server.should_exit = True
                await serving

    asyncio.run(whole())


async def begun(port: int, hello: bytes, pause: float = 0) -> bytes:
    """The first bytes of the answer to the beginning of a handshake; empty if the connection is closed."""
    reader, writer = await asyncio.open_connection(ADDRESS, port)
    try:
        await asyncio.sleep(pause)
        writer.write(hello)
        with suppress(OSError):
            return await asyncio.wait_for(reader.read(64), 10)
        return b""
    finally:
        writer.transport.abort()


async def status(port: int, admission: str = "") -> int:
    """The status that is answered on a new connection; 0 if it is closed."""
    context = trusting_all()
    context.admission = admission
    context.set_alpn_protocols(["http/1.1"])
    with suppress(OSError):
        reader, writer = await asyncio.wait_for(asyncio.open_connection(ADDRESS, port, ssl=context), 10)
        writer.write(ASKED)
        line = await asyncio.wait_for(reader.readline(), 10)
        writer.transport.abort()
        return int(line.split()[1])
    return 0


def made_up(number: int) -> bytes:
    hello = client_hello()
    return hello[: RANDOM.start] + number.to_bytes(32) + hello[RANDOM.stop :]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshakes, "ADDRESS_HANDSHAKES_RATE", 0.0)
    monkeypatch.setattr(handshakes, "ADDRESS_HANDSHAKES_BURST", (FEW - 0.5) * HANDSHAKE_SECONDS)


@pytest.mark.parametrize("pause", [0, 0.1], ids=["at once", "later"])
def test_handshakes_beyond_the_share_of_an_address_are_closed_without_an_answer(
    pause: float, few: None, tmp_path: Path
) -> None:
    async def scenario(port: int, _: Handshakes) -> None:
        before = time.monotonic()
        answers = await asyncio.gather(*(begun(port, made_up(number), pause) for number in range(10)))
        assert sum(map(bool, answers)) == FEW
        assert time.monotonic() - before < pause + 4 * SILENT_SECONDS

    serve(scenario, tmp_path)


def test_a_terminal_with_an_admission_is_served_when_its_address_has_nothing_left(few: None, tmp_path: Path) -> None:
    async def scenario(port: int, shared: Handshakes) -> None:
        for number in range(FEW):
            await begun(port, made_up(number))
        admission = shared.admission(TERMINAL, ADDRESS)
        assert [await status(port, each) for each in ("", "0" * 32, admission, admission)] == [0, 0, 204, 204]

    serve(scenario, tmp_path)


def test_a_recorded_handshake_is_answered_once(tmp_path: Path) -> None:
    async def scenario(port: int, _: Handshakes) -> None:
        hello = client_hello()
        assert [bool(await begun(port, hello, pause)) for pause in (0, 0, 0.1)] == [True, False, False]
        assert await status(port) == 204

    serve(scenario, tmp_path)
