"""The kinds of flood: what strangers send without a login, each from a seed and for a time."""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

from veriwatt.api.resources.handshakes import RANDOM
from veriwatt.encoding import encode
from veriwatt.model.evidence.file_limits import MAX_EVIDENCE
from veriwatt.terminal.delivery.pinned_tls import AdmittedContext

HOST = "127.0.0.1"
FRAMES = "/api/v1/frames"
CONNECTIONS = 32
"""Connections of a flood that waits for its answers."""

SOCKETS = 1_000
"""Connections of a flood that only holds them."""

CHURNED = 4_000
"""Connections that a flood of new ones holds at most."""

BODIES = 40
BODY = 32 << 20
LARGEST_AT_ONCE = 8


class Flood:
    """One flood: where to, until when, and what it draws from."""

    def __init__(self, port: int, seed: int, seconds: float, newest: Callable[[], bytes]) -> None:
        """`newest` is the newest frame of the valid terminal, as anyone on its way could have seen it."""
        self.port, self.rng, self.newest = port, random.Random(seed), newest
        self.until = time.monotonic() + seconds
        self.sent = 0

    @property
    def over(self) -> bool:
        return time.monotonic() >= self.until

    async def post(self, path: str, body: bytes, content_type: str) -> None:
        """Post on a connection of its own, and wait for the answer."""
        head = _head("POST", path, f"content-type: {content_type}", f"content-length: {len(body)}")
        await self.request(head + body)

    async def request(self, raw: bytes) -> None:
        with suppress(OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.wait_for(asyncio.open_connection(HOST, self.port), 5)
            try:
                self.sent += 1
                writer.write(raw)
                await asyncio.wait_for(reader.read(64), 30)
            finally:
                writer.transport.abort()

    async def on_connections(self, count: int, each: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Repeat `each` on `count` connections at a time."""

        async def repeated() -> None:
            while not self.over:
                await each()
                await asyncio.sleep(0)

        await asyncio.gather(*(repeated() for _ in range(count)))

    async def hold(self, count: int, begin: bytes, trickle: bytes) -> None:
        """Hold `count` connections that have sent `begin`, with another byte each second; open again what is closed."""

        async def held() -> None:
            while not self.over:
                with suppress(OSError, asyncio.TimeoutError):
                    reader, writer = await asyncio.wait_for(asyncio.open_connection(HOST, self.port), 5)
                    try:
                        self.sent += 1
                        writer.write(begin)
                        await self._trickle(reader, writer, trickle)
                    finally:
                        writer.transport.abort()
                await asyncio.sleep(0.02)

        await asyncio.gather(*(held() for _ in range(count)))

    async def churn(self, begin: Callable[[], bytes]) -> None:
        """Open connections without end, send what `begin` gives, and hold each until it is closed, or as many are."""
        held = dict[asyncio.Transport, None]()

        class Held(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                assert isinstance(transport, asyncio.Transport)
                transport.write(begin())
                self.transport, held[transport] = transport, None

            def connection_lost(self, exc: Exception | None) -> None:
                held.pop(self.transport, None)

        async def one() -> None:
            if len(held) >= CHURNED:
                next(iter(held)).abort()
            with suppress(OSError, asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.get_running_loop().create_connection(Held, HOST, self.port), 5)
                self.sent += 1

        await self.on_connections(CONNECTIONS, one)
        for each in list(held):
            each.abort()

    async def _trickle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, trickle: bytes) -> None:
        while not self.over and not writer.transport.is_closing() and not reader.at_eof():
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(reader.read(64), 1)
            if trickle:
                writer.write(trickle)


async def rubbish_frames(flood: Flood) -> None:
    """Single bodies of random bytes that begin as a frame does."""

    async def one() -> None:
        await flood.post(FRAMES, b"\x82\x84" + flood.rng.randbytes(3_000), "application/cbor")

    await flood.on_connections(CONNECTIONS, one)


async def rubbish_batches(flood: Flood) -> None:
    """Batches of 4,096 uploads that are no frames."""
    body = encode([flood.rng.randbytes(16) for _ in range(4096)])
    await flood.on_connections(CONNECTIONS, lambda: flood.post(FRAMES, body, "application/cbor"))


async def forged_batches(flood: Flood) -> None:
    """Batches of frames that name the valid terminal, each of which costs the check of a signature."""

    def forged() -> bytes:
        raw = bytearray(flood.newest())
        at = bytes(raw).find(b"\x58\x88") + 2 + flood.rng.randrange(24, 56)
        raw[at] ^= 1 + flood.rng.randrange(255)
        return bytes(raw)

    body = encode([forged() for _ in range(1024)])
    await flood.on_connections(CONNECTIONS, lambda: flood.post(FRAMES, body, "application/cbor"))


async def forged_frames(flood: Flood) -> None:
    """As `forged_batches`, one frame a post."""
    raw = bytearray(flood.newest())
    raw[bytes(raw).find(b"\x58\x88") + 40] ^= 1
    body = encode([bytes(raw)])
    await flood.on_connections(CONNECTIONS, lambda: flood.post(FRAMES, body, "application/cbor"))


async def replayed_frames(flood: Flood) -> None:
    """The newest frame of the valid terminal, again and again."""
    await flood.on_connections(CONNECTIONS, lambda: flood.post(FRAMES, encode([flood.newest()]), "application/cbor"))


async def replayed_batches(flood: Flood) -> None:
    """As `replayed_frames`, a thousand times in each post."""
    await flood.on_connections(
        CONNECTIONS, lambda: flood.post(FRAMES, encode([flood.newest()] * 1024), "application/cbor")
    )


async def large_rubbish(flood: Flood) -> None:
    """Single bodies of the size of the largest frame, which are none."""
    body = b"\x82\x84\x5a" + (1_000_000).to_bytes(4, "big") + b"\x81" * 1_000_000
    await flood.on_connections(CONNECTIONS, lambda: flood.post(FRAMES, body, "application/cbor"))


async def costly_requests(flood: Flood) -> None:
    """Requests of a few bytes that ask for much: fields, cookies, parameters, chunks, requests ahead, small values."""
    chunked = _head("POST", FRAMES, "content-type: application/cbor", "transfer-encoding: chunked")
    many = (2 << 20) - 20
    values = b"\x82\xf6\x9a" + many.to_bytes(4, "big") + bytes(many)
    again = _head("POST", f"{FRAMES}/again?org=works", "content-type: application/cbor", f"content-length: {many + 7}")
    requests = [
        _head("GET", "/healthz", *["a: b"] * 10_000),
        _head("GET", "/api/v1/status", 'cookie: a="' + "\\" * 60_000 + '"'),
        _head("GET", "/api/v1/frames/newest?" + "x&" * 14_000),
        chunked + b"1\r\nx\r\n" * 50_000,
        _head("GET", "/healthz") * 1_500,
        _head("GET", "/api/openapi.json"),
        again + values,
    ]
    await flood.on_connections(CONNECTIONS, lambda: flood.request(flood.rng.choice(requests)))


async def idle_sockets(flood: Flood) -> None:
    """A thousand connections on which nothing is sent."""
    await flood.hold(SOCKETS, b"", b"")


async def silent_churn(flood: Flood) -> None:
    """New connections as fast as they are taken, on which nothing is sent; each is held until the node closes it."""
    await flood.churn(bytes)


async def begun_churn(flood: Flood) -> None:
    """As `silent_churn`, with the beginning of a head on each."""
    await flood.churn(lambda: b"GET /healthz HTTP/1.1\r\n")


async def client_hellos(flood: Flood) -> None:
    """As `silent_churn`, with the recorded beginning of a TLS handshake on each, which does not go on."""
    hello = client_hello()
    await flood.churn(lambda: hello)


async def made_up_hellos(flood: Flood) -> None:
    """As `client_hellos`, no two of which are alike."""
    hello = client_hello()
    await flood.churn(lambda: hello[: RANDOM.start] + flood.rng.randbytes(32) + hello[RANDOM.stop :])


async def answered_hellos(flood: Flood) -> None:
    """As `client_hellos`, each closed once it was answered."""
    hello = client_hello()
    await flood.on_connections(CONNECTIONS, lambda: flood.request(hello))


async def whole_handshakes(flood: Flood) -> None:
    """TLS handshakes that are gone through, for nothing."""
    context = trusting_all()

    async def one() -> None:
        with suppress(OSError, asyncio.TimeoutError):
            _, writer = await asyncio.wait_for(asyncio.open_connection(HOST, flood.port, ssl=context), 5)
            flood.sent += 1
            writer.transport.abort()

    await flood.on_connections(CONNECTIONS, one)


async def unfinished_heads(flood: Flood) -> None:
    """Heads of requests that never end."""
    await flood.hold(SOCKETS // 2, b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\nx-a: ", b"a")


async def unfinished_bodies(flood: Flood) -> None:
    """Bodies of 32 MiB whose last bytes come one by one."""
    begin = _head("POST", FRAMES, "content-type: application/cbor", f"content-length: {BODY}")
    await flood.hold(BODIES, begin + b"\x82\x84" + bytes(BODY - 1_000), b"\0")


async def verify_posts(flood: Flood) -> None:
    """Evidence to verify that is no evidence, and slow to find out."""
    numbers = b"\x9a" + (200_000).to_bytes(4, "big") + b"\x1a\x00\x01\x00\x00" * 200_000
    bodies = [numbers, b"\x81" * 400 + b"\0", flood.rng.randbytes(100_000)]

    async def one() -> None:
        edge = f"{flood.rng.randrange(1 << 60):x}"
        part = f'--{edge}\r\ncontent-disposition: form-data; name="evidence"; filename="e.vwe"\r\n\r\n'.encode()
        body = part + flood.rng.choice(bodies) + f"\r\n--{edge}--\r\n".encode()
        await flood.post("/api/v1/verify", body, f"multipart/form-data; boundary={edge}")

    await flood.on_connections(CONNECTIONS, one)


async def largest_verify_posts(flood: Flood) -> None:
    """As `verify_posts`, of the most bytes that a file of evidence may have."""
    raw = b"\x5a" + (MAX_EVIDENCE - 5).to_bytes(4, "big") + bytes(MAX_EVIDENCE - 5)
    part = b'--edge\r\ncontent-disposition: form-data; name="evidence"; filename="e.vwe"\r\n\r\n'
    body = part + raw + b"\r\n--edge--\r\n"
    await flood.on_connections(
        LARGEST_AT_ONCE, lambda: flood.post("/api/v1/verify", body, "multipart/form-data; boundary=edge")
    )


async def questions(flood: Flood) -> None:
    """The open questions of terminals, of which each is answered with a proof."""
    await flood.on_connections(CONNECTIONS, lambda: flood.request(_head("GET", "/api/v1/ledger/newest")))


async def short_connections(flood: Flood) -> None:
    """Posts whose answer is not waited for."""
    body = encode([flood.rng.randbytes(16) for _ in range(256)])
    head = _head("POST", FRAMES, "content-type: application/cbor", f"content-length: {len(body)}")

    async def one() -> None:
        with suppress(OSError, asyncio.TimeoutError):
            _, writer = await asyncio.wait_for(asyncio.open_connection(HOST, flood.port), 5)
            flood.sent += 1
            writer.write(head + body)
            writer.close()

    await flood.on_connections(CONNECTIONS, one)


def trusting_all() -> AdmittedContext:
    """A client's context that takes any certificate."""
    context = AdmittedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def client_hello() -> bytes:
    """The beginning of a handshake with bytes of its own."""
    sent = ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        trusting_all().wrap_bio(ssl.MemoryBIO(), sent).do_handshake()
    return sent.read()


def _head(method: str, path: str, *fields: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"host: {HOST}", *fields, "", ""]).encode()


Kind: TypeAlias = Callable[[Flood], Coroutine[Any, Any, None]]

KINDS: Mapping[str, Kind] = {
    each.__name__: each
    for each in (
        rubbish_frames,
        rubbish_batches,
        forged_frames,
        forged_batches,
        replayed_frames,
        replayed_batches,
        large_rubbish,
        costly_requests,
        idle_sockets,
        silent_churn,
        begun_churn,
        unfinished_heads,
        unfinished_bodies,
        verify_posts,
        largest_verify_posts,
        questions,
        short_connections,
        client_hellos,
        made_up_hellos,
        answered_hellos,
        whole_handshakes,
    )
}
"""Every flood by its name."""

FAR = (0.2, 0.4)
"""Seconds that a request comes after its connection, from a terminal to which the network is slow."""

FROM_FAR = frozenset({"silent_churn", "begun_churn", "client_hellos", "made_up_hellos"})
"""The floods in which the valid terminal is such a one."""

OVER_TLS = frozenset({"client_hellos", "made_up_hellos", "answered_hellos", "whole_handshakes"})
"""The floods against a node that serves TLS itself."""
