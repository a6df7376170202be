"""A server of S3 that gives other bytes, too many, none in time, or listings that are none: an error, in time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count, repeat

import pytest

from veriwatt.crypto.hashing import object_id
from veriwatt.errors import Corrupted
from veriwatt.ids import MAX_OBJECT
from veriwatt.store import object_listing
from veriwatt.store.object_bytes import ObjectDamaged
from veriwatt.store.s3.blobs import BucketStore
from veriwatt.store.s3.bucket import Bucket, Credentials
from veriwatt.store.store_errors import ObjectNotFound, StoreFails
from veriwatt.testing.dripping import BODY, CHUNK_SIZE, CHUNKS, HEADER, HINTS, dripping
from veriwatt.testing.lying_server import Answer, LyingServer, promising, whole

BOUND, SLACK = 1.0, 1.5
NAME = object_id(b"data")
OF_S3 = ('etag: "0"', "last-modified: Mon, 30 Nov 2026 00:00:00 GMT")
CALLS: dict[str, Callable[[BucketStore], object]] = {
    "put": lambda store: store.put(b"data"),
    "get": lambda store: store.get(NAME),
    "has": lambda store: store.has(NAME),
    "ids": lambda store: list(store.ids()),
    "delete": lambda store: store.delete(NAME),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


def store_at(url: str) -> BucketStore:
    return BucketStore(Bucket("objects", url, "a/"), Credentials("key", "secret"), seconds=BOUND)


def lying(answer: Answer) -> LyingServer:
    return LyingServer(answer)


def in_time(call: Callable[[], object], *errors: type[Exception]) -> None:
    began = time.monotonic()
    with pytest.raises(errors):
        call()
    assert time.monotonic() - began < BOUND + SLACK


@every_call
@pytest.mark.parametrize(
    "drip", [HEADER, HINTS, BODY, CHUNKS, CHUNK_SIZE], ids=["head", "hints", "body", "chunks", "size"]
)
def test_a_call_ends_within_its_bound_however_the_answer_drips(
    call: Callable[[BucketStore], object], drip: tuple[bytes, bytes]
) -> None:
    with dripping(drip[0].replace(b"\r\n\r\n", b"\r\n" + "\r\n".join(OF_S3).encode() + b"\r\n\r\n"), drip[1]) as server:
        began = time.monotonic()
        try:
            call(store_at(f"http://127.0.0.1:{server.port}"))
        except StoreFails:
            pass
        else:
            assert drip is not HEADER  # put and has need no body: the head alone is their answer
        assert time.monotonic() - began < BOUND + SLACK


@every_call
def test_a_call_ends_within_its_bound_though_no_answer_comes(call: Callable[[BucketStore], object]) -> None:
    with dripping(b"", b"", reads=False) as server:
        in_time(lambda: call(store_at(f"http://127.0.0.1:{server.port}")), StoreFails)


@every_call
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        whole(b"", "500 No"),
        whole(b"", "503 Slow Down"),
        whole(b"", "301 Away", "location: /x"),
    ],
    ids=["closed", "nonsense", "500", "503", "301"],
)
def test_an_answer_that_is_none_is_a_failure_that_may_pass(
    call: Callable[[BucketStore], object], answer: bytes
) -> None:
    with lying(lambda *_: [answer]) as server:
        in_time(lambda: call(store_at(server.url)), StoreFails)


@pytest.mark.parametrize("other", [b"", b"dat.", b"data and more"])
def test_other_bytes_are_never_returned(other: bytes) -> None:
    with lying(lambda *_: [whole(other, "200 OK", *OF_S3)]) as server, pytest.raises(Corrupted):
        store_at(server.url).get(NAME)


@pytest.mark.parametrize("length", [MAX_OBJECT + 1, 1 << 40])
def test_an_answer_longer_than_any_object_is_refused_before_it_is_read(length: int) -> None:
    pieces = repeat(bytes(1 << 16), 1000)
    with lying(lambda *_: iter([promising(length, *OF_S3), *pieces])) as server:
        in_time(lambda: store_at(server.url).get(NAME), ObjectDamaged)
        assert server.sent < 16 << 20  # what lies in the buffers of the connection


def test_an_answer_without_a_length_or_an_end_is_given_up() -> None:
    head = "\r\n".join(["HTTP/1.1 200 OK", "transfer-encoding: chunked", *OF_S3, "", ""]).encode()
    chunk = b"10000\r\n" + bytes(1 << 16) + b"\r\n"
    with lying(lambda *_: _forever(head, chunk)) as server:
        in_time(lambda: store_at(server.url).get(NAME), ObjectDamaged, StoreFails)
        assert server.sent < 64 << 20


def test_an_answer_that_ends_early_is_a_failure_that_may_pass() -> None:
    with lying(lambda *_: [promising(4, *OF_S3), b"dat"]) as server:
        in_time(lambda: store_at(server.url).get(NAME), StoreFails)


def test_a_put_returns_the_id_of_its_bytes_whatever_the_server_says() -> None:
    with lying(lambda *_: [whole(b"<other/>", "200 OK", 'etag: "another"')]) as server:
        assert store_at(server.url).put(b"data") == NAME


@pytest.mark.parametrize(("there", "asked"), [(b"data", ["PUT", "GET"]), (b"rot", ["PUT", "GET", "PUT"])])
def test_what_is_said_to_be_there_is_read_and_written_again_only_if_it_is_not(there: bytes, asked: list[str]) -> None:
    def answer(method: str, path: str) -> list[bytes]:
        if len(server.asked) == 1:
            return [whole(b"", "412 Precondition Failed")]
        return [whole(there, "200 OK", *OF_S3)]

    with lying(answer) as server:
        assert store_at(server.url).put(b"data") == NAME
    assert [each.split()[0] for each in server.asked] == asked


def test_a_server_that_knows_no_conditions_is_given_the_object_without() -> None:
    def answer(method: str, path: str) -> list[bytes]:
        if method == "PUT" and len(server.asked) == 1:
            return [whole(b"<Error><Code>NotImplemented</Code></Error>", "501 Not Implemented")]
        if method == "GET":
            return [whole(b"<Error><Code>NoSuchKey</Code></Error>", "404 Not Found")]
        return [whole(b"", "200 OK", *OF_S3)]

    with lying(answer) as server:
        assert store_at(server.url).put(b"data") == NAME
        assert [each.split()[0] for each in server.asked] == ["PUT", "GET", "PUT"]
        with pytest.raises(ObjectNotFound):
            store_at(server.url).get(NAME)


def listing(*names: str, more: bool = False) -> bytes:
    contents = "".join(
        f"<Contents><Key>a/{name}</Key><LastModified>2026-11-30T00:00:00.000Z</LastModified><ETag>0</ETag>"
        f"<Size>1</Size></Contents>"
        for name in names
    )
    token = "<NextContinuationToken>again</NextContinuationToken>" if more else ""
    body = f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{contents}{token}</ListBucketResult>"
    return whole(body.encode())


def test_a_listing_of_empty_pages_without_end_is_given_up() -> None:
    with lying(lambda *_: [listing(more=True)]) as server:
        in_time(lambda: list(store_at(server.url).ids()), StoreFails)
        asked = len(server.asked)
        time.sleep(0.3)
        assert len(server.asked) <= asked + 1  # nothing asks on


@pytest.mark.parametrize(
    "names", [[str(NAME)], [str(object_id(b"b")), str(object_id(b"a"))]], ids=["same", "descending"]
)
def test_a_listing_that_begins_again_is_given_up(names: list[str]) -> None:
    with lying(lambda *_: [listing(*sorted(names, reverse=True), more=True)]) as server:
        in_time(lambda: list(store_at(server.url).ids()), StoreFails)


def test_a_listing_of_other_names_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_listing, "MOST_FOREIGN", 5000)
    numbers = count()
    with lying(lambda *_: [listing(*(f"x{next(numbers):09}" for _ in range(1000)), more=True)]) as server:
        in_time(lambda: list(store_at(server.url).ids()), StoreFails)


def test_a_listing_names_objects_alone() -> None:
    names = ["", "note", str(NAME).upper(), f"b/{NAME}", f"{NAME}.new", str(NAME)]
    with lying(lambda *_: [listing(*names)]) as server:
        assert list(store_at(server.url).ids()) == [NAME]


def test_a_name_that_is_no_path_fails_the_listing_and_does_not_shorten_it() -> None:
    with lying(lambda *_: [listing("../../x", str(NAME))]) as server:
        in_time(lambda: list(store_at(server.url).ids()), StoreFails)


@pytest.mark.parametrize("body", [b"", b"<", b"<ListBucketResult/>", b"{}", b"\xff" * 100])
def test_a_listing_that_is_none_is_an_error_or_empty(body: bytes) -> None:
    with lying(lambda *_: [whole(body)]) as server, suppress(StoreFails):
        assert list(store_at(server.url).ids()) == []


def test_a_listing_that_is_cut_off_is_a_failure() -> None:
    cut = listing(*sorted(str(object_id(b"%d" % at)) for at in range(100)))[:-200]
    with lying(lambda *_: [cut]) as server:
        in_time(lambda: list(store_at(server.url).ids()), StoreFails)


def test_a_listing_may_be_left_at_any_name() -> None:
    names = sorted(str(object_id(b"%d" % at)) for at in range(9000))
    pages = count(0, 1000)

    def ascending(*_: str) -> list[bytes]:
        start = next(pages)
        return [listing(*names[start : start + 1000], more=True)]

    with lying(ascending) as server:
        ids = store_at(server.url).ids()
        assert len([next(ids) for _ in range(2500)]) == 2500
    assert len(server.asked) <= 4


def _forever(head: bytes, again: bytes) -> Iterator[bytes]:
    yield head
    while True:
        yield again
