"""What terminals show and send again, over the whole application."""

from __future__ import annotations

import asyncio
import time
import tracemalloc
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from httpx import Response

from tests.served_home import ORG
from tests.unit.api.conftest import Play, Served
from veriwatt.api.openapi import CBOR
from veriwatt.encoding import decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.chain.checkpoint import MAX_PATH, Receipt
from veriwatt.model.chain.sent_again import MAX_SENT, SentAgainRequest

FRAMES, AGAIN = "/api/v1/frames", "/api/v1/frames/again"
TYPES = {"content-type": CBOR, "accept": CBOR}


def outcome(answer: bytes) -> Any:
    """The one outcome in it."""
    outcomes: Any = decode(answer, "answer")
    assert len(outcomes) == 1
    return outcomes[0]


def test_a_log_host_with_fewer_frames_than_a_terminal_has_seen_accepts_nothing(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            (before,) = await served.worker.ask(lambda node: node.chains())
            for seen in (before.frames + 1, 1 << 50):
                asked: dict[str, str | int] = {"org": ORG, "seen": seen}
                answer = await client.post(FRAMES, content=served.uploads[0], params=asked, headers=TYPES)
                assert answer.status_code == 409
                assert answer.json()["type"] == "urn:veriwatt:error:beyond-chain"
            (after,) = await served.worker.ask(lambda node: node.chains())
            assert after.frames == before.frames
            asked = {"org": ORG, "seen": before.frames}
            for upload in served.uploads[:2]:
                answer = await client.post(FRAMES, content=upload, params=asked, headers=TYPES)
                code, _, _, _, (note, *_) = outcome(answer.content)
                assert code == "accepted"
                asked["seen"] = int(note.split("\n")[1])

    play(scenario)


def test_only_what_the_log_host_signed_has_an_effect(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            answer = await client.post(FRAMES, content=served.uploads[0], headers=TYPES)
            _, _, position, _, (note, _, path) = outcome(answer.content)
            size = int(note.split("\n")[1])
            larger = note.replace(f"\n{size}\n", f"\n{size + 9}\n", 1)
            receipt = encode([note, position, path])
            forged = encode([larger, position, path])

            async def again(shown: str | None, receipt: bytes) -> list[Any]:
                content = encode([shown, [[served.uploads[0], receipt]]])
                reply = await client.post(AGAIN, content=content, params={"org": ORG}, headers=TYPES)
                return [reply.status_code, decode(reply.content, "reply") if reply.status_code == 200 else None]

            status, answered = await again(note, receipt)
            assert status == 200
            assert (answered[0], answered[2][0][:3]) == (size, ["known", None, position])
            assert (await again(larger, receipt))[0] in (400, 422)
            status, answered = await again(None, forged)
            assert (status, answered[2][0][0]) == (200, "bad-signature")
            assert (await client.post(AGAIN, content=b"\x80", params={"org": ORG})).status_code == 400
            elsewhere = SentAgainRequest(None, ()).to_bytes()
            assert (await client.post(AGAIN, content=elsewhere, params={"org": "elsewhere"})).status_code == 404
            (chain,) = await served.worker.ask(lambda node: node.chains())
            assert chain.frames == size

    play(scenario)


def test_what_is_sent_again_is_charged_as_frames_are_and_takes_nothing_from_a_terminal(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            answer = await client.post(FRAMES, content=served.uploads[0], headers=TYPES)
            _, _, position, _, (note, _, path) = outcome(answer.content)
            receipts = [encode([f"{note} {i}", position, path]) for i in range(MAX_SENT)]
            content = encode([None, [[b"rubbish", receipt] for receipt in receipts[: MAX_SENT // 2]]])
            sending, rubbish = list[Awaitable[Response]](), encode([b"rubbish"])
            for _ in range(8):
                sending.append(client.post(AGAIN, content=content, params={"org": ORG}, headers=TYPES))
                sending.append(client.post(FRAMES, content=rubbish, headers=TYPES))
            answers = await asyncio.gather(*sending)
            assert 429 in {each.status_code for each in answers[::2]}
            assert 429 in {each.status_code for each in answers[1::2]}
            answer = await client.post(FRAMES, content=served.uploads[1], headers=TYPES)
            assert outcome(answer.content)[0] == "accepted"

    play(scenario)


def test_a_request_larger_than_any_terminal_sends_is_refused_and_holds_nobody(play: Play) -> None:
    """32 MiB of small values took 30 s, in which the node answered nothing else."""
    many = (32 << 20) - 20
    content = b"\x82\xf6\x9a" + many.to_bytes(4, "big") + bytes(many)

    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            began = time.monotonic()
            answer = await client.post(AGAIN, content=content, params={"org": ORG}, headers=TYPES)
            assert answer.status_code == 413
            assert time.monotonic() - began < 1

    play(scenario)


@pytest.mark.parametrize("small", [b"\x00", b"\x82\x40\x40", b"\x40"])
def test_a_request_of_many_small_values_is_refused_before_they_are_built(small: bytes) -> None:
    count = (2 << 20) // len(small) - 10
    raw = b"\x82\xf6\x9a" + count.to_bytes(4, "big") + small * count
    with refused_within(len(raw) // 4):
        SentAgainRequest.from_bytes(raw)


def test_a_receipt_of_many_small_values_is_refused_before_they_are_built() -> None:
    raw = encode(["note", 0, [0] * 8_000])
    with refused_within(16 << 10):
        Receipt.from_bytes(raw)
    longest = Receipt("note", 0, (Digest(bytes(32)),) * MAX_PATH)
    assert Receipt.from_bytes(longest.to_bytes()) == longest


@contextmanager
def refused_within(most: int) -> Iterator[None]:
    """The block raises Malformed, and takes no more bytes of memory."""
    tracemalloc.start()
    try:
        with pytest.raises(Malformed):
            yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()
