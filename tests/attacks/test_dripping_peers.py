"""A peer whose answer goes on without end, a byte now and then: it costs one bound of time, and holds up nobody."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

from veriwatt.errors import Unavailable
from veriwatt.ids import Digest
from veriwatt.ledger.follower import http_peer
from veriwatt.ledger.follower import ledger as followed
from veriwatt.ledger.follower.http_peer import HttpPeer, PeerFails
from veriwatt.ledger.follower.peers import PeersBusy
from veriwatt.ledger.open_ledger import PeerAddress
from veriwatt.system import bounded_http
from veriwatt.testing.dripping import BODY, CHUNK_SIZE, CHUNKS, HANDSHAKE, HEADER, HINTS, Dripping, dripping
from veriwatt.testing.lying_peers import FollowedWorld

BOUND, SLACK = 1.0, 1.0


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_peer, "ANSWER_SECONDS", BOUND)
    monkeypatch.setattr(followed, "WAIT_SECONDS", BOUND)


def peer_at(server: Dripping, name: str = "dripper", *, tls: bool = False) -> PeerAddress:
    url = f"{'https' if tls else 'http'}://127.0.0.1:{server.port}"
    return PeerAddress("acme", name, url, Digest(bytes(32)) if tls else None)


def seconds(what: Callable[[], object]) -> float:
    began = time.monotonic()
    what()
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("drip", "tls"),
    [(HEADER, False), (HINTS, False), (BODY, False), (CHUNKS, False), (CHUNK_SIZE, False), (HANDSHAKE, True)],
    ids=["header", "early hints", "body", "chunks", "chunk size", "handshake"],
)
def test_a_question_ends_within_its_bound_however_the_answer_drips(drip: tuple[bytes, bytes], tls: bool) -> None:
    with dripping(*drip) as server:
        peer = HttpPeer(peer_at(server, tls=tls))

        def ask() -> None:
            with pytest.raises(PeerFails):
                peer.head()

        assert seconds(ask) < BOUND + SLACK
        assert server.asked == 1
        peer.close()


def test_a_question_ends_within_its_bound_though_the_peer_takes_it_a_few_bytes_at_a_time() -> None:
    with dripping(b"", b"", reads=False) as server:
        peer = HttpPeer(peer_at(server))
        peer.sign = lambda *_: bytes(20 << 20)

        def ask() -> None:
            with pytest.raises(PeerFails):
                peer.submit([b"x"])

        assert seconds(ask) < BOUND + SLACK
        peer.close()


def test_what_is_asked_ends_at_once_when_the_peer_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_peer, "ANSWER_SECONDS", 30.0)
    with dripping(*HEADER) as server:
        peer = HttpPeer(peer_at(server))

        def ask() -> None:
            with suppress(PeerFails, RuntimeError):
                peer.head()

        thread = Thread(target=ask)
        thread.start()
        while not server.asked:
            time.sleep(0.01)
        time.sleep(0.2)
        peer.close()
        assert seconds(thread.join) < SLACK


def test_a_name_that_is_not_resolved_in_time_ends_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object, **__: object) -> list[object]:
        time.sleep(3 * BOUND)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    peer = HttpPeer(PeerAddress("acme", "dripper", "http://peer.example:1"))

    def ask() -> None:
        with pytest.raises(PeerFails):
            peer.head()

    assert seconds(ask) < BOUND + SLACK


def test_limits_of_time_are_those_of_the_outer_and_of_the_inner_one() -> None:
    with bounded_http.time_limit(1.0), bounded_http.time_limit(50.0):
        assert bounded_http.time_left() <= 1.0
        with bounded_http.time_limit(0.5):
            assert bounded_http.time_left() <= 0.5


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FollowedWorld]:
    world = FollowedWorld(tmp_path)
    yield world
    world.close()


@pytest.mark.parametrize("at", [0, 2], ids=["first", "last"])
@pytest.mark.parametrize("drip", [HEADER, HINTS], ids=["header", "early hints"])
def test_one_honest_peer_is_enough_beside_one_that_drips(
    world: FollowedWorld, drip: tuple[bytes, bytes], at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed, "HEAD_FOR", 0)
    monkeypatch.setattr(followed, "HEARTBEAT", -1)  # every head is old, so all peers are asked
    with dripping(*drip) as server:
        world.peer("one")
        world.peer("two")
        world.reached["dripper"] = peer_at(server)
        names = ["one", "two"]
        names.insert(at, "dripper")
        with world.follow(*names) as follower:
            assert seconds(follower.head) < BOUND + SLACK
            assert follower.get(b"org/acme") is not None
            asked = server.asked
            assert seconds(follower.head) < SLACK  # it is not asked again for a while
            assert server.asked == asked == 1


def test_nobody_waits_behind_the_question_of_another_thread_for_longer_than_a_bound(world: FollowedWorld) -> None:
    with dripping(*HEADER) as first, dripping(*HEADER) as second, dripping(*HEADER) as third:
        for name, server in (("a", first), ("b", second), ("c", third)):
            world.reached[name] = peer_at(server, name)
        world.peer("honest")
        with world.follow("honest"):
            pass  # the genesis document is there
        with world.follow("a", "b", "c") as follower:

            def ask() -> None:
                with suppress(Unavailable):
                    follower.head()

            thread = Thread(target=ask)
            thread.start()
            while not first.asked:
                time.sleep(0.01)
            began = time.monotonic()
            with pytest.raises(PeersBusy):
                follower.head()
            assert time.monotonic() - began < BOUND + SLACK
            thread.join()
