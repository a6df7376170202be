"""Posts wait in lanes: nobody's rubbish is in front of a proven terminal's frame for long."""

from __future__ import annotations

import asyncio

import pytest

from veriwatt.api.api_node import ACCEPTED, FrameOutcome
from veriwatt.api.errors import RateLimited
from veriwatt.api.resources.lanes import Lanes, Post
from veriwatt.api.resources.payer import Payer
from veriwatt.api.resources.policy import AGAIN_PART, PART_FRAMES, STRANGERS_WAITING

STRANGER = Payer("10.0.0.1")


def post(payer: Payer, count: int) -> Post:
    loop = asyncio.new_event_loop()
    done: asyncio.Future[list[FrameOutcome]] = loop.create_future()
    loop.close()
    return Post([b"frame"] * count, payer, STRANGER, done)


def counts(lanes: Lanes, frames: int = 512) -> list[tuple[str, int]]:
    return [(part.post.payer.name, len(part.uploads)) for part in lanes.take(frames)]


def test_a_terminals_frame_is_in_the_next_batch_whatever_strangers_sent_before() -> None:
    lanes = Lanes()
    for _ in range(2):
        lanes.add(post(STRANGER, 4_000))
    lanes.add(post(Payer("works/t1", proven=True), 1))
    assert counts(lanes) == [(STRANGER.name, PART_FRAMES), ("works/t1", 1)]


def test_payers_have_turns() -> None:
    lanes = Lanes()
    for _ in range(3):
        lanes.add(post(Payer("works/t1", proven=True), 300))
    lanes.add(post(Payer("works/t2", proven=True), 5))
    assert counts(lanes)[:3] == [("works/t1", 128), ("works/t2", 5), ("works/t1", 128)]


def test_the_parts_of_a_post_are_in_order_and_answered_together() -> None:
    lanes = Lanes()
    long = post(STRANGER, 300)
    long.uploads = [bytes([n % 256, n // 256]) for n in range(300)]
    lanes.add(long)
    seen: list[bytes] = []
    while lanes:
        (part,) = lanes.take(512)
        seen += part.uploads
        assert not long.done.done()
        lanes.settle(part, [FrameOutcome(ACCEPTED)] * len(part.uploads))
    assert seen == long.uploads
    assert long.done.done()


def test_a_refusal_ends_the_preference_of_its_post() -> None:
    lanes = Lanes()
    mixed = post(Payer("works/t1", proven=True), 300)
    lanes.add(mixed)
    (part,) = lanes.take(PART_FRAMES)
    lanes.settle(part, [FrameOutcome("malformed")] * len(part.uploads))
    lanes.add(post(Payer("works/t2", proven=True), 1))
    assert counts(lanes, 1) == [(STRANGER.name, 1)]
    assert mixed.payer == STRANGER


def test_too_much_of_strangers_is_refused_and_a_terminal_still_admitted() -> None:
    lanes = Lanes()
    lanes.add(post(STRANGER, STRANGERS_WAITING))
    with pytest.raises(RateLimited):
        lanes.add(post(STRANGER, 1))
    lanes.add(post(Payer("works/t1", proven=True), 1))


def test_an_error_answers_the_whole_post() -> None:
    lanes = Lanes()
    failing = post(STRANGER, 300)
    lanes.add(failing)
    (part,) = lanes.take(100)
    lanes.fail(part, RuntimeError("disk"))
    assert not lanes
    assert isinstance(failing.done.exception(), RuntimeError)


def test_a_terminals_next_frame_is_in_the_next_batch_however_often_its_newest_was_replayed() -> None:
    lanes = Lanes()
    lanes.add(post(Payer("works/t1", proven=True, again=True), 4_000))
    lanes.add(post(Payer("works/t1", proven=True), 1))
    assert counts(lanes) == [("works/t1", AGAIN_PART), ("works/t1", 1)]
