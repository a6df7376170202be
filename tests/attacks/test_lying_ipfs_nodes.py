"""An IPFS node that gives other bytes, too many, none in time, or listings that are none: an error, in time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import repeat

import pytest

from veriwatt.crypto.hashing import object_id
from veriwatt.errors import Corrupted
from veriwatt.ids import MAX_OBJECT
from veriwatt.store import object_listing
from veriwatt.store.kubo.blobs import KuboStore
from veriwatt.store.object_bytes import ObjectDamaged
from veriwatt.store.store_errors import ObjectNotFound, StoreFails
from veriwatt.testing.dripping import BODY, CHUNK_SIZE, CHUNKS, HEADER, HINTS, dripping
from veriwatt.testing.lying_server import Answer, LyingServer, promising, whole

BOUND, SLACK = 1.0, 1.5
NAME = object_id(b"data")
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
CALLS: dict[str, Callable[[KuboStore], object]] = {
    "put": lambda store: store.put(b"data"),
    "get": lambda store: store.get(NAME),
    "fetch": lambda store: store.fetch(NAME),
    "has": lambda store: store.has(NAME),
    "ids": lambda store: list(store.ids()),
    "delete": lambda store: store.delete(NAME),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def in_time(url: str, call: Callable[[KuboStore], object], *errors: type[Exception]) -> None:
    with closing(KuboStore(url, seconds=BOUND)) as store:
        began = time.monotonic()
        with pytest.raises(errors):
            call(store)
        assert time.monotonic() - began < BOUND + SLACK


def answering(answer: bytes) -> Answer:
    return lambda *_: [answer]


def without_end(head: bytes, again: bytes) -> Iterator[bytes]:
    yield head
    yield from repeat(again)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@every_call
@pytest.mark.parametrize(
    "drip", [HEADER, HINTS, BODY, CHUNKS, CHUNK_SIZE], ids=["head", "hints", "body", "chunks", "size"]
)
def test_a_call_ends_within_its_bound_however_the_answer_drips(
    call: Callable[[KuboStore], object], drip: tuple[bytes, bytes]
) -> None:
    with dripping(*drip) as server:
        in_time(f"http://127.0.0.1:{server.port}", call, StoreFails)


@every_call
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        whole(b"{", "200 OK"),
        whole(b"[]", "200 OK"),
        whole(b'{"Message":"no"}', "500 No"),
        whole(b"[" * 60_000, "500 No"),
        whole(b"404 page not found", "404 Not Found"),
        whole(b"", "302 Found", "location: http://192.0.2.1/"),
        whole(b"x" * (1 << 20), "500 No"),
    ],
    ids=["closed", "nonsense", "cut", "list", "500", "deep", "404", "302", "long"],
)
def test_an_answer_that_is_none_is_an_error(call: Callable[[KuboStore], object], answer: bytes) -> None:
    with LyingServer(answering(answer)) as server:
        in_time(server.url, call, StoreFails, Corrupted)


@pytest.mark.parametrize("call", [CALLS["get"], CALLS["fetch"]])
@pytest.mark.parametrize("other", [b"", b"dat.", b"data and more"])
def test_other_bytes_are_never_returned(call: Callable[[KuboStore], object], other: bytes) -> None:
    with LyingServer(answering(whole(other))) as server:
        in_time(server.url, call, ObjectDamaged)


def test_an_answer_longer_than_any_object_is_not_read() -> None:
    for head, again in ((promising(1 << 40), bytes(1 << 16)), (CHUNKED, chunk(bytes(1 << 16)))):
        with LyingServer(lambda *_, head=head, again=again: without_end(head, again)) as server:
            in_time(server.url, CALLS["get"], ObjectDamaged)
            assert server.sent < MAX_OBJECT + (16 << 20)


def test_an_answer_that_ends_early_is_a_failure_that_may_pass() -> None:
    with LyingServer(lambda *_: [promising(4), b"dat"]) as server:
        in_time(server.url, CALLS["get"], StoreFails)


@pytest.mark.parametrize("key", [str(object_id(b"other")), "QmX", "", None, 5])
def test_a_put_under_another_name_is_a_failure(key: object) -> None:
    with LyingServer(answering(whole(json.dumps({"Key": key, "Size": 4}).encode()))) as server:
        in_time(server.url, CALLS["put"], StoreFails)


def test_a_node_says_that_a_block_is_absent_in_words_of_its_own_alone() -> None:
    said = {
        "Message": f"block was not found locally (offline): ipld: could not find {NAME}",
        "Code": 0,
        "Type": "error",
    }
    answer = answering(whole(json.dumps(said).encode(), "500 Internal Server Error"))
    with LyingServer(answer) as server, closing(KuboStore(server.url)) as store:
        assert not store.has(NAME)
        with pytest.raises(ObjectNotFound):
            store.get(NAME)


def test_a_removal_that_failed_is_a_failure() -> None:
    def answer(_: str, path: str) -> list[bytes]:
        return [whole(b'{"Hash":"x","Error":"disk is full"}' if "block/rm" in path else b'{"Pins":["x"]}')]

    with LyingServer(answer) as server:
        in_time(server.url, CALLS["delete"], StoreFails)


def line(text: str) -> bytes:
    return json.dumps({"Cid": text, "Type": "recursive"}).encode() + b"\n"


def test_a_listing_names_objects_alone_and_comes_in_any_pieces() -> None:
    names = [str(object_id(b"%d" % at)) for at in range(50)]
    text = b"".join(line(name) for name in ["QmX", *names, "", NAME.hex()])
    for size in (1, 7, 100, 10_000):
        pieces = [chunk(text[at : at + size]) for at in range(0, len(text), size)]
        with (
            LyingServer(lambda *_, pieces=pieces: [CHUNKED, *pieces, b"0\r\n\r\n"]) as server,
            closing(KuboStore(server.url)) as store,
        ):
            assert [str(name) for name in store.ids()] == names


@pytest.mark.parametrize("cut", [CHUNKED + chunk(line(str(NAME))), promising(1000) + line(str(NAME))])
def test_a_listing_that_is_cut_off_is_a_failure(cut: bytes) -> None:
    with LyingServer(answering(cut)) as server:
        in_time(server.url, CALLS["ids"], StoreFails)


@pytest.mark.parametrize(
    "again", [line("x"), b"x", b"\n", b"{}\n"], ids=["other names", "a line without end", "empty lines", "no names"]
)
def test_a_listing_without_end_is_given_up(again: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_listing, "MOST_FOREIGN", 5000)
    with LyingServer(lambda *_: without_end(CHUNKED, chunk(again * 100))) as server:
        in_time(server.url, CALLS["ids"], StoreFails)
        assert server.sent < 16 << 20


def test_a_listing_may_be_left_at_any_name() -> None:
    with (
        LyingServer(lambda *_: without_end(CHUNKED, chunk(line(str(NAME)) * 100))) as server,
        closing(KuboStore(server.url)) as store,
    ):
        ids = store.ids()
        assert [next(ids) for _ in range(500)] == [NAME] * 500
        del ids  # which ends the question
