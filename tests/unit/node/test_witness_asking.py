"""Whoever is at a witness's address: the node reads no more than a witness says, and waits no longer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from veriwatt.errors import Unavailable
from veriwatt.home.settings import AskedWitness
from veriwatt.model.ledger.cosignature import WitnessKey
from veriwatt.node import witness_asking
from veriwatt.node.witness_asking import WitnessRefused, post_checkpoint
from veriwatt.testing.actors import sim_key

KEY = WitnessKey("west.example/w1", sim_key("west").public)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def posted(answer: Answer) -> tuple[int, str]:
    """What comes of a post to a server that answers so."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"old 0\n")
            await answer(writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def run() -> tuple[int, str]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            return await post_checkpoint(AskedWitness(KEY, f"http://127.0.0.1:{port}"), b"old 0\n")

    return asyncio.run(run())


async def without_end(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def drop_by_drop(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD)
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def no_text(writer: asyncio.StreamWriter) -> None:
    writer.write(HEAD + b"\xff\xfe")
    await writer.drain()


async def nothing(writer: asyncio.StreamWriter) -> None:
    writer.write(b"")


def test_an_answer_without_end_is_cut() -> None:
    with pytest.raises(WitnessRefused, match="more than"):
        posted(without_end)


def test_an_answer_drop_by_drop_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness_asking, "PATIENCE", 0.5)
    with pytest.raises(Unavailable, match="does not answer"):
        posted(drop_by_drop)


@pytest.mark.parametrize(("answer", "error"), [(no_text, WitnessRefused), (nothing, Unavailable)])
def test_what_is_no_answer_is_a_trouble_and_no_bug(answer: Answer, error: type[Exception]) -> None:
    with pytest.raises(error):
        posted(answer)


def test_an_address_that_is_none_is_a_trouble() -> None:
    with pytest.raises(Unavailable):
        asyncio.run(post_checkpoint(AskedWitness(KEY, "http://west.example:port"), b""))
