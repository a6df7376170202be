"""The server over its socket: what CometBFT's client relies on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.ledger.comet import abci_pb2 as abci
from veriwatt.ledger.comet.wire import framed
from veriwatt.testing.abci_client import AbciClient, AbciHost, SimConsensus
from veriwatt.testing.actors import SimMember, sim_genesis


@pytest.fixture
def host(tmp_path: Path) -> Iterator[AbciHost]:
    folder = tmp_path / ("a folder with a name longer than the path of a socket may be " * 2)
    folder.mkdir()
    with AbciHost(folder, sim_genesis(SimMember("acme", "ann"))) as host:
        yield host


@pytest.fixture
def client(host: AbciHost, monkeypatch: pytest.MonkeyPatch) -> Iterator[AbciClient]:
    monkeypatch.chdir(host.folder)
    with AbciClient(Path()) as client:
        yield client


def echo(text: str) -> abci.Request:
    return abci.Request(echo=abci.RequestEcho(message=text))


def test_requests_are_answered_in_their_order(client: AbciClient) -> None:
    texts = [str(at) for at in range(1000)]
    client.send(*map(echo, texts), abci.Request(flush=abci.RequestFlush()))
    answers = [client.receive() for _ in texts]
    assert [answer.echo.message for answer in answers if answer is not None] == texts
    assert client.receive() == abci.Response(flush=abci.ResponseFlush())


def test_four_connections_are_open_at_once_and_each_has_its_answers(client: AbciClient) -> None:
    others = [AbciClient(Path()) for _ in range(3)]
    for at, each in enumerate([client, *others]):
        each.send(echo(str(at)), abci.Request(flush=abci.RequestFlush()))
    for at, each in reversed(list(enumerate([client, *others]))):
        answer = each.receive()
        assert answer is not None
        assert answer.echo.message == str(at)
    for each in others:
        each.close()


def test_an_exception_is_told_and_ends_every_connection(host: AbciHost, client: AbciClient) -> None:
    with AbciClient(Path()) as other:
        other.call(echo("here"))
        answer = client.call(abci.Request(commit=abci.RequestCommit()))
        assert answer.exception.error == "RuntimeError: Commit before FinalizeBlock"
        assert client.receive() is None
        assert other.receive() is None
    assert isinstance(host.server.failure, RuntimeError)


@pytest.mark.parametrize("raw", [b"\xff" * 9, framed(b"\xff\xff\xff")])
def test_bytes_that_are_no_request_end_their_connection_alone(client: AbciClient, raw: bytes) -> None:
    with AbciClient(Path()) as hostile:
        hostile.send_raw(raw)
        assert hostile.receive() is None
    assert client.call(echo("still here")).echo.message == "still here"


def test_a_request_of_an_unknown_kind_stops_the_node(host: AbciHost, client: AbciClient) -> None:
    client.send_raw(framed(b"\x92\x01\x00"))  # field 18, ExtendVote: the genesis leaves vote extensions disabled
    answer = client.receive()
    assert answer is not None
    assert "unknown kind" in answer.exception.error
    assert host.server.failure is not None


def test_the_socket_is_its_owners_alone_and_replaces_one_that_was_left(host: AbciHost, tmp_path: Path) -> None:
    assert (host.folder / "app.sock").stat().st_mode & 0o777 == 0o600
    (tmp_path / "app.sock").touch()
    with AbciHost(tmp_path, sim_genesis(SimMember("acme", "ann"))), AbciClient(tmp_path) as client:
        assert client.info().last_block_height == 0


def test_a_genesis_file_of_another_ledger_stops_the_node(host: AbciHost, client: AbciClient) -> None:
    other = sim_genesis(SimMember("bolt", "bob"))
    answer = SimConsensus(client, other).init_chain()
    assert answer.exception.error.startswith("OtherGenesis: CometBFT's genesis file has chain")
