"""Frames over HTTP: accepted once they are durable, with receipts that prove it."""

from __future__ import annotations

import asyncio

import httpx

from tests.served_home import ORG
from tests.unit.api.conftest import Play, Served
from veriwatt.encoding import decode, encode
from veriwatt.machine.anchors.queries import log_key
from veriwatt.model.chain.anchor import log_origin
from veriwatt.model.chain.checkpoint import Receipt
from veriwatt.model.frames.frame import parse_frame

CBOR = {"content-type": "application/cbor"}


async def post(client: httpx.AsyncClient, uploads: list[bytes], **headers: str) -> httpx.Response:
    return await client.post("/api/v1/frames", content=encode(uploads), headers={**CBOR, **headers})


def test_accepted_frames_have_receipts_that_verify(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            answer = (await post(client, served.uploads)).json()["frames"]
        assert [frame["code"] for frame in answer] == ["accepted"] * len(served.uploads)
        key = await served.worker.ask(lambda node: log_key(node.ledger, ORG))
        chain = await served.worker.ask(lambda node: node.ledger.chain_id)
        assert key is not None
        for frame, upload in zip(answer, served.uploads, strict=True):
            placed = frame["receipt"]
            receipt = Receipt.from_bytes(_receipt(placed))
            checkpoint = receipt.verify(parse_frame(upload).leaf, log_origin(chain, ORG), key)
            assert checkpoint.size == answer[0]["position"] + len(served.uploads)

    play(scenario)


def _receipt(placed: dict[str, object]) -> bytes:
    path = placed["path"]
    assert isinstance(path, list)
    return Receipt(str(placed["note"]), int(str(placed["position"])), tuple(map(bytes.fromhex, path))).to_bytes()  # type: ignore[arg-type]


def test_a_body_may_be_a_single_frame(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            answer = await client.post("/api/v1/frames", content=served.uploads[0], headers=CBOR)
        assert [frame["code"] for frame in answer.json()["frames"]] == ["accepted"]

    play(scenario)


def test_a_frame_sent_again_is_known_at_its_place(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            first = (await post(client, served.uploads)).json()["frames"]
            again = (await post(client, served.uploads[3:5])).json()["frames"]
        assert [(f["code"], f["position"]) for f in again] == [("known", f["position"]) for f in first[3:5]]

    play(scenario)


def test_a_refused_frame_leaves_the_others_alone(play: Play) -> None:
    async def scenario(served: Served) -> None:
        broken = bytearray(served.uploads[1])
        broken[-1] ^= 1
        async with served.client(signed_in=False) as client:
            answer = (await post(client, [served.uploads[0], bytes(broken), served.uploads[1]])).json()["frames"]
        assert [f["code"] for f in answer] == ["accepted", "malformed", "accepted"]
        assert answer[1]["why"]
        assert answer[1]["receipt"] is None

    play(scenario)


def test_concurrent_posts_share_a_commit_and_each_gets_its_own_answers(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            answers = await asyncio.gather(*(post(client, [upload]) for upload in served.uploads))
        frames = [answer.json()["frames"][0] for answer in answers]
        assert [f["code"] for f in frames] == ["accepted"] * len(served.uploads)
        assert len({f["receipt"]["note"] for f in frames}) < len(frames)

    play(scenario)


def test_cbor_answers_say_the_same_as_json(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            raw = (await post(client, served.uploads[:2], accept="application/cbor")).content
            shown = (await post(client, served.uploads[:2])).json()["frames"]
        outcomes = decode(raw)
        assert isinstance(outcomes, list)
        for outcome, frame in zip(outcomes, shown, strict=True):
            code, why, position, anchored, receipt = outcome
            assert (why, position, anchored) == (frame["why"], frame["position"], frame["anchored"])
            assert code == "accepted"
            assert [each.hex() for each in receipt[2]] == frame["receipt"]["path"]

    play(scenario)


def test_bodies_that_are_not_frames_are_answered_with_problem_json(play: Play) -> None:
    async def scenario(served: Served) -> None:
        bodies = [b"", b"\x80", b"\xa0", b"\x9f\xff", b"\x58", encode([b""] * 5000), b"{}"]
        async with served.client(signed_in=False) as client:
            for body in bodies:
                answer = await client.post("/api/v1/frames", content=body, headers=CBOR)
                assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json"), body
            answer = await client.post("/api/v1/frames", content=b"x", headers={"content-type": "text/plain"})
            assert answer.status_code == 400

    play(scenario)


def test_a_body_beyond_the_limit_is_cut_off(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client(signed_in=False) as client:
            answer = await client.post("/api/v1/frames", content=b"\x82" + bytes(33 << 20), headers=CBOR)
        assert answer.status_code == 413

    play(scenario)


def test_a_peer_that_sends_invalid_frames_is_rate_limited_and_no_other(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client("10.0.0.1", signed_in=False) as rude, served.client(signed_in=False) as good:
            for _ in range(2):
                last = await post(rude, [b"\x82"] * 4000)
            assert last.status_code == 429
            assert last.headers["retry-after"]
            assert (await post(good, served.uploads)).status_code == 200

    play(scenario)
