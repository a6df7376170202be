"""The edge on real sockets: late heads and bodies are closed, full tables let the next one in."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from veriwatt.api.resources.bodies import Bodies
from veriwatt.api.resources.connections import Connections
from veriwatt.api.resources.policy import SILENT_SECONDS
from veriwatt.node import edge_connection, http_server
from veriwatt.node.edge_connection import Edge
from veriwatt.node.http_server import HttpServer
from veriwatt.node.listener import AT_ONCE, listening

ASKED = b"GET /elsewhere HTTP/1.1\r\nhost: a\r\n\r\n"
Scenario = Callable[[int, Edge], Coroutine[Any, Any, None]]


class Waiting:
    """An application that reads the whole body and answers 204, at /large 64 MiB."""

    asked = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        Waiting.asked += 1
        while (await receive()).get("more_body"):
            pass
        if scope["path"] == "/large":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(64):
                await send({"type": "http.response.body", "body": bytes(1 << 20), "more_body": True})
            await send({"type": "http.response.body"})
            return
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


def serve(scenario: Scenario, edge: Edge) -> None:
    async def whole() -> None:
        ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        app: Any = Waiting()
        with listening("127.0.0.1", 0) as sockets:
            server = HttpServer(app, sockets, edge, ready.set_result)
            serving = asyncio.create_task(server.serve())
            try:
                await scenario(await ready, edge)
            finally:
                server.should_exit = True
                await serving

    asyncio.run(whole())


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "WATCH_EVERY", 0.05)
    for name in ("HEAD_SECONDS", "STALL_SECONDS"):
        monkeypatch.setattr(edge_connection, name, 0.4)


async def opened(port: int, sent: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    return reader, writer


async def status(reader: asyncio.StreamReader) -> int:
    """The status that is answered; 0 for none."""
    try:
        line = await asyncio.wait_for(reader.readline(), 10)
    except ConnectionResetError:
        return 0
    return int(line.split()[1]) if line else 0


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"", 0),
        (b"GET / HTTP/1.1\r\nhost: ", 408),
        (b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n", 408),
        (b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf", 408),
        (b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n", 408),
        (ASKED, 204),
    ],
)
def test_what_does_not_arrive_in_time_is_closed(sent: bytes, answered: int) -> None:
    async def scenario(port: int, _: Edge) -> None:
        reader, writer = await opened(port, sent)
        assert await status(reader) == answered
        writer.close()

    serve(scenario, Edge(Connections(8), Bodies()))


def test_a_head_that_comes_byte_by_byte_has_no_more_time_than_another(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(port: int, _: Edge) -> None:
        reader, writer = await opened(port, b"GET / HTTP/1.1\r\nx-a: ")
        loop = asyncio.get_running_loop()
        until, answer = loop.time() + 5, asyncio.ensure_future(status(reader))
        while not answer.done() and loop.time() < until:
            writer.write(b"a")
            await asyncio.sleep(0.05)
        assert await answer == 408
        writer.close()

    serve(scenario, Edge(Connections(8), Bodies()))


def test_a_request_is_served_beside_any_number_of_idle_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge_connection, "HEAD_SECONDS", 60.0)

    async def scenario(port: int, edge: Edge) -> None:
        idle = [await opened(port) for _ in range(60)]
        reader, writer = await opened(port, ASKED)
        assert await status(reader) == 204
        assert len(edge.connections) <= 8
        for _, each in (*idle, (reader, writer)):
            each.transport.abort()

    serve(scenario, Edge(Connections(16), Bodies()))


def test_bodies_that_do_not_end_are_refused_when_memory_is_full_and_a_small_post_is_served() -> None:
    async def scenario(port: int, edge: Edge) -> None:
        begin = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n" + bytes(40_000)
        many = [await opened(port, begin) for _ in range(10)]
        await asyncio.sleep(0.1)
        assert edge.bodies.total <= 100_000
        reader, writer = await opened(port, b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n" + bytes(1000))
        assert await status(reader) == 204
        assert 503 in [await status(each) for each, _ in many]
        for _, each in (*many, (reader, writer)):
            each.transport.abort()
        await asyncio.sleep(0.2)
        assert edge.bodies.total == 0

    serve(scenario, Edge(Connections(64), Bodies(100_000)))


@pytest.mark.parametrize("close", [b"", b"connection: close\r\n"])
def test_a_peer_that_does_not_read_its_answer_is_closed(close: bytes) -> None:
    async def scenario(port: int, edge: Edge) -> None:
        _, writer = await opened(port, b"GET /large HTTP/1.1\r\nhost: a\r\n" + close + b"\r\n")
        transport: Any = writer.transport
        transport.pause_reading()
        for _ in range(100):
            await asyncio.sleep(0.1)
            if not len(edge.connections):
                break
        assert len(edge.connections) == 0
        transport.abort()

    serve(scenario, Edge(Connections(8), Bodies()))


def test_hundreds_that_come_at_once_find_a_place_and_hold_no_more_descriptors_than_the_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who found none tried again after a second, and after three: a valid terminal's connection was one of them."""
    monkeypatch.setattr(edge_connection, "HEAD_SECONDS", 60.0)

    async def scenario(port: int, edge: Edge) -> None:
        at_once = [socket.create_connection(("127.0.0.1", port), 0.5) for _ in range(900)]
        before, most = open_files(), 0
        for _ in range(1_000):
            await asyncio.sleep(0.001)
            most = max(most, open_files() - before)
        assert len(edge.connections) == 4
        assert most <= 4 + 2 * AT_ONCE
        reader, writer = await opened(port, ASKED)
        assert await status(reader) == 204
        writer.transport.abort()
        for each in at_once:
            each.close()

    serve(scenario, Edge(Connections(8), Bodies()))


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_nothing_is_worked_for_a_peer_that_has_gone() -> None:
    async def scenario(port: int, edge: Edge) -> None:
        for _ in range(50):
            with socket.create_connection(("127.0.0.1", port), 5) as gone:
                gone.sendall(ASKED)
        reader, writer = await opened(port, ASKED)
        assert await status(reader) == 204
        writer.transport.abort()

    asked = Waiting.asked
    serve(scenario, Edge(Connections(256), Bodies()))
    assert Waiting.asked == asked + 1


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nhost: a\r\n" + b"a: b\r\n" * 1000 + b"\r\n",
        b"GET / HTTP/1.1\r\nhost: a\r\ncookie: " + b"a" * 60_000 + b"\r\n\r\n",
        b"GET /?" + b"x&" * 14_000 + b" HTTP/1.1\r\nhost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 100_000,
        b"POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" + b"a: b\r\n" * 1000,
        b"GET /?" + b"x" * 5_000,
    ],
    ids=["fields", "cookie", "query", "chunks", "trailers", "unfinished"],
)
def test_a_request_that_costs_more_than_its_bytes_is_refused(sent: bytes) -> None:
    async def scenario(port: int, _: Edge) -> None:
        reader, writer = await opened(port, sent)
        assert await status(reader) == 400
        writer.transport.abort()

    serve(scenario, Edge(Connections(8), Bodies()))


def test_requests_that_come_before_the_answers_to_others_are_few() -> None:
    async def scenario(port: int, _: Edge) -> None:
        for count, refused in ((8, False), (2_000, True)):
            reader, writer = await opened(port, ASKED * count)
            answers = await asyncio.wait_for(reader.read(1 << 20) if refused else reader.readuntil(b"\r\n\r\n"), 10)
            assert (b" 400 " in answers or not answers) is refused
            writer.transport.abort()

    serve(scenario, Edge(Connections(8), Bodies()))


@pytest.mark.parametrize("before", [100, 128], ids=["filling", "full"])
@pytest.mark.parametrize("begin", [b"", b"GET / HTTP/1.1\r\n"], ids=["silent", "begun"])
def test_a_request_that_comes_a_round_trip_after_its_connection_is_served_beside_connections_without_end(
    begin: bytes, before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge_connection, "HEAD_SECONDS", 60.0)

    async def scenario(port: int, edge: Edge) -> None:
        new, ended = list[asyncio.StreamWriter](), False

        async def churn() -> None:
            while not ended:
                new.extend([(await opened(port, begin))[1] for _ in range(4)])
                await asyncio.sleep(0.001)

        async def round_trip() -> None:
            enough, end = len(new) + 256, time.monotonic() + SILENT_SECONDS / 3
            await until(lambda: len(new) >= enough or time.monotonic() >= end)

        for _ in range(before):
            new.append((await opened(port, begin))[1])
        await until(lambda: len(edge.connections) == before)
        churning = asyncio.create_task(churn())
        answers = list[int]()
        try:
            while len(answers) < 3:
                began = time.monotonic()
                reader, writer = await opened(port)
                await round_trip()
                writer.write(ASKED)
                in_time = time.monotonic() < began + SILENT_SECONDS  # else this machine was busy, not the peer slow
                answer = await status(reader)
                answers += [answer] * in_time
                writer.transport.abort()
        finally:
            ended = True
            await churning
            for each in new:
                each.transport.abort()
        assert answers == [204] * 3

    serve(scenario, Edge(Connections(256), Bodies()))


async def until(true: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if true():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError
