"""The engine of a home's ledger, as its settings say it."""

from __future__ import annotations

from pathlib import Path

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import BadInput
from veriwatt.home.ledger_engine import (
    CometEngine,
    EmbeddedEngine,
    FollowerEngine,
    NodePeer,
    engine_text,
    follower_text,
)
from veriwatt.home.settings import load_settings, settings_text
from veriwatt.model.members.peer_address import PeerAddress

ENGINE = CometEngine("127.0.0.1:26656", 26657, (NodePeer("ab" * 20, "127.0.0.2:26656"),), '/opt/a "b"/cometbft', 20)


def _settings(tmp_path: Path, more: str) -> Path:
    path = tmp_path / "node.toml"
    path.write_text(settings_text("works") + more)
    return path


def test_a_home_has_an_embedded_ledger_unless_its_settings_say_otherwise(tmp_path: Path) -> None:
    assert load_settings(_settings(tmp_path, "")).engine == EmbeddedEngine()
    assert load_settings(_settings(tmp_path, '[ledger]\nengine = "embedded"\n')).engine == EmbeddedEngine()


def test_what_is_written_of_an_engine_is_read_again(tmp_path: Path) -> None:
    assert load_settings(_settings(tmp_path, engine_text(ENGINE))).engine == ENGINE


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ('engine = "comet"', 'engine = "fabric"', "[ledger] engine"),
        ('listen = "127.0.0.1:26656"', 'listen = "127.0.0.1"', "[ledger] listen"),
        ("rpc_port = 26657", "rpc_port = 70000", "[ledger] rpc_port"),
        ("ab" * 20, "ab" * 19, "[ledger] peers"),
        ("127.0.0.2:26656", "127.0.0.2:26656,x", "[ledger] peers"),
        ("block_pause = 20", "block_pause = 20\nblock_paws = 30", "[ledger] block_paws"),
        ("keep_days = 30", "keep_days = 4000", "[ledger] keep_days"),
    ],
)
def test_a_mistake_is_named_with_its_key(tmp_path: Path, before: str, after: str, where: str) -> None:
    text = engine_text(ENGINE)
    assert before in text

    with pytest.raises(BadInput, match="node.toml") as raised:
        load_settings(_settings(tmp_path, text.replace(before, after)))

    assert where in str(raised.value)


def test_a_follower_states_its_peers_in_order(tmp_path: Path) -> None:
    peers = (
        PeerAddress("works", "main", "https://node.works.example:8443", sha256(b"a key")),
        PeerAddress("city", "spare", "http://127.0.0.1:8000"),
    )
    file = tmp_path / "node.toml"
    file.write_text(f'org = "acme"\n{follower_text(FollowerEngine(peers))}')
    assert load_settings(file).engine == FollowerEngine(peers)


@pytest.mark.parametrize(
    "peers",
    [
        "",
        '"works/main"',
        '"works https://a.example"',
        '"works/main https://a.example"',
        '"works/main http://a.example"',
    ],
)
def test_a_peer_that_cannot_be_followed_is_refused(tmp_path: Path, peers: str) -> None:
    file = tmp_path / "node.toml"
    file.write_text(f'org = "acme"\n[ledger]\nengine = "follower"\npeers = [{peers}]\n')
    with pytest.raises(BadInput):
        load_settings(file)
