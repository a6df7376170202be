"""Frames over HTTP: accepted once they are durable, with receipts that prove it."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.served_home import ORG
from tests.unit.api.conftest import Play, Served
from veriwatt.api.resources import connection, frame_budget
from veriwatt.encoding import decode, encode
from veriwatt.machine.anchors.queries import log_key
from veriwatt.model.chain.checkpoint import Receipt
from veriwatt.model.chain.log_epochs import LogName
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
            checkpoint = receipt.verify(parse_frame(upload).leaf, LogName(chain, ORG).origin, key)
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
        one = encode([b"frame"])
        longer_head, cut, more = b"\x98\x01" + one[1:], one[:-1], one + b"\0"
        bodies = [b"", b"\x80", b"\xa0", b"\x9f\xff", b"\x58", encode([b""] * 5000), b"{}", longer_head, cut, more]
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


@pytest.fixture
def spent(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an address has spent does not come back within the test, and no answer is put off."""
    monkeypatch.setattr(frame_budget, "ADDRESS_RATE", 0.0)
    monkeypatch.setattr(connection, "REFUSED_PAUSE", 0.0)


@pytest.mark.usefixtures("spent")
def test_rubbish_from_one_address_is_limited_and_locks_no_terminal_of_it_out(play: Play) -> None:
    async def scenario(served: Served) -> None:
        address, *uploads = "10.0.0.1", *served.uploads
        async with served.client(address, signed_in=False) as client:
            first = await post(client, uploads[:1])
            assert first.json()["frames"][0]["code"] == "accepted"
            statuses = [(await post(client, [b"\x82"] * 4000)).status_code for _ in range(8)]
            assert statuses[-1] == 429
            under_its_name = [bytes([*upload[:-1], upload[-1] ^ 1]) for upload in uploads[1:3]]
            refused = await post(client, under_its_name)
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
            answers = [(await post(client, [upload])).json() for upload in uploads[1:4]]
            again = (await post(client, uploads[:4])).json()
        assert [answer["frames"][0]["code"] for answer in answers] == ["accepted"] * 3
        assert [frame["code"] for frame in again["frames"]] == ["known"] * 4

    play(scenario)


@pytest.mark.usefixtures("spent")
def test_an_old_frame_that_is_sent_again_takes_nothing_from_its_terminal(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client("10.0.0.1", signed_in=False) as client:
            await post(client, served.uploads[:4])
            for _ in range(8):
                await post(client, [b"\x82"] * 4000)
            for _ in range(3):
                assert (await post(client, served.uploads[:1])).status_code == 429
            assert (await post(client, served.uploads[4:5])).json()["frames"][0]["code"] == "accepted"

    play(scenario)


@pytest.mark.usefixtures("spent")
def test_rubbish_before_a_terminals_newest_frame_is_charged_to_the_address(play: Play) -> None:
    async def scenario(served: Served) -> None:
        async with served.client("10.0.0.1", signed_in=False) as client:
            await post(client, served.uploads[:4])
            for _ in range(8):
                await post(client, [b"\x82"] * 4000)
            for _ in range(3):
                answer = (await post(client, [b"\x82"] * 1000 + served.uploads[3:4])).json()["frames"]
                assert [answer[0]["code"], answer[-1]["code"]] == ["malformed", "known"]
            assert (await post(client, served.uploads[4:])).json()["frames"][0]["code"] == "accepted"

    play(scenario)


@pytest.mark.usefixtures("spent")
def test_whoever_replays_a_terminals_newest_frame_spends_nothing_of_its_next_one(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame_budget, "TERMINAL_RATE", 0.0)
    monkeypatch.setattr(frame_budget, "TERMINAL_BURST", 0.1)

    async def scenario(served: Served) -> None:
        async with served.client("10.0.0.1", signed_in=False) as client:
            await post(client, served.uploads[:4])
            for _ in range(8):
                await post(client, [b"\x82"] * 4000)
            replays = [(await post(client, served.uploads[3:4] * 500)).status_code for _ in range(3)]
            assert (replays[0], replays[-1]) == (200, 429)
            assert (await post(client, served.uploads[4:5])).json()["frames"][0]["code"] == "accepted"

    play(scenario)
