"""`join` names what is wrong with `--peer` and `--org`, with what to do about it, and makes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from veriwatt.errors import BadInput, Unavailable
from veriwatt.model.evidence.trust_file import render
from veriwatt.model.ledger.peer_answers import who_answer
from veriwatt.node.join_home import join_home
from veriwatt.testing.lying_peers import FollowedWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FollowedWorld]:
    world = FollowedWorld(tmp_path / "world")
    yield world
    world.close()


@contextmanager
def served(answers: dict[str, bytes]) -> Iterator[str]:
    """The address of a program that answers these doors, and 404 at every other."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = answers.get(self.path.rpartition("/")[2])
            self.send_response(404 if found is None else 200)
            self.end_headers()
            self.wfile.write(found or b"nothing here")

        def log_message(self, *_: object) -> None:
            """Nothing is told."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def join(world: FollowedWorld, peer: str, org: str = "bolt") -> None:
    home = world.folder.parent / org
    try:
        join_home(home, org, render(world.trust), world.trust, peer, unprotected=True)
    finally:
        assert not home.exists() or (home / "join-request").exists()


@pytest.mark.parametrize("peer", ["127.0.0.1:8100", "ftp://127.0.0.1:1", "https://", "http://192.0.2.1:8100", ""])
def test_an_address_that_is_none_is_named_with_its_remedy(world: FollowedWorld, peer: str) -> None:
    with pytest.raises(BadInput, match="https://HOST:PORT") as refused:
        join(world, peer)
    assert (refused.value.where, refused.value.value) == ("--peer", peer)


def test_a_program_that_is_no_node_is_named_with_its_remedy(world: FollowedWorld) -> None:
    with served({}) as url, pytest.raises(BadInput, match="no node of a ledger") as refused:
        join(world, url)
    assert refused.value.value == url
    with served({"node": b"<html>"}) as url, pytest.raises(BadInput, match="no node of a ledger"):
        join(world, url)


def test_a_node_that_does_not_answer_is_named_with_its_remedy(world: FollowedWorld) -> None:
    with pytest.raises(Unavailable, match=r"http://127\.0\.0\.1:1.*see that its node runs"):
        join(world, "http://127.0.0.1:1")


def test_the_name_of_a_founder_is_refused_and_another_one_is_not(world: FollowedWorld) -> None:
    with served({"node": who_answer("acme", "main"), "genesis": world.genesis.to_bytes()}) as url:
        with pytest.raises(BadInput, match="founded") as refused:
            join(world, url, "acme")
        assert (refused.value.where, refused.value.value) == ("--org", "acme")
        join(world, url, "bolt")
        assert (world.folder.parent / "bolt" / "join-request").exists()
