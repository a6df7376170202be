"""A node of IPFS in a private swarm keeps the contract, on real nodes: Kubo."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contracts.blobs.blob_contract import BlobContract
from tests.kubo_program import kubo_program
from veriwatt.cli.bench.store_servers.kubo_swarm import KuboSwarm
from veriwatt.crypto.hashing import object_id
from veriwatt.errors import Corrupted, Malformed, NotFound
from veriwatt.ids import MAX_OBJECT, ObjectId
from veriwatt.ports.blobs import BlobStore
from veriwatt.store.kubo.blobs import KuboStore
from veriwatt.store.kubo.private_swarm import SwarmPeer, private_config
from veriwatt.store.store_errors import StoreFails
from veriwatt.testing.node_process import until

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def swarm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KuboSwarm]:
    with KuboSwarm(tmp_path_factory.mktemp("swarm"), kubo_program(), 2) as running:
        yield running


@pytest.fixture
def other(swarm: KuboSwarm) -> Iterator[KuboStore]:
    """The store on the second node."""
    store = KuboStore(swarm.address(1))
    yield store
    for name in list(store.ids()):
        store.delete(name)
    store.close()


def block_file(repo: Path, name: ObjectId) -> Path:
    """Where Kubo's flatfs has a block: a folder by the next to last two characters of the multihash in base32."""
    key = base64.b32encode(b"\x12\x20" + name).decode().rstrip("=")
    return repo / "blocks" / key[-3:-1] / f"{key}.data"


class TestKuboStore(BlobContract):
    """On the first node, emptied after each test."""

    @pytest.fixture
    def store(self, swarm: KuboSwarm) -> Iterator[BlobStore]:
        self.swarm = swarm
        store = KuboStore(swarm.address(0))
        yield store
        for name in list(store.ids()):
            store.delete(name)
        store.close()

    def damage(self, store: BlobStore, name: ObjectId, data: bytes) -> None:
        file = block_file(self.swarm.repo(0), name)
        assert file.is_file()
        file.write_bytes(data)

    def restart(self, store: BlobStore) -> BlobStore:
        self.swarm.stop(0)
        self.swarm.start(0)
        return store

    def test_an_object_is_pinned_under_its_own_cid(self, store: BlobStore) -> None:
        name = store.put(b"data")
        answer = httpx.post(f"{self.swarm.address(0)}/api/v0/pin/ls", params={"arg": str(name)}, timeout=10)
        assert answer.json() == {"Keys": {str(name): {"Type": "recursive", "Name": ""}}}
        httpx.post(f"{self.swarm.address(0)}/api/v0/repo/gc", timeout=30)
        assert store.get(name) == b"data"

    def test_a_listing_of_many_objects_is_whole(self, store: BlobStore) -> None:
        with ThreadPoolExecutor(8) as pool:
            names = list(pool.map(lambda at: store.put(b"%d" % at), range(300)))
        assert sorted(names) == sorted(store.ids())

    def test_another_node_of_the_swarm_fetches_it_and_has_it_then(self, store: BlobStore, other: KuboStore) -> None:
        for data in (b"for the other", bytes(MAX_OBJECT)):
            name = store.put(data)
            assert not other.has(name)
            with pytest.raises(NotFound):
                other.get(name)
            assert other.fetch(name) == data
            assert other.has(name)

    def test_what_no_node_has_is_not_found_in_time(self, store: BlobStore, other: KuboStore) -> None:
        with pytest.raises(NotFound):
            other.fetch(object_id(b"nobody has it"), seconds=1)

    def test_damaged_bytes_of_another_node_are_not_taken(self, store: BlobStore, other: KuboStore) -> None:
        name = store.put(b"will rot")
        self.damage(store, name, b"rot")
        with pytest.raises((Corrupted, NotFound)):
            other.fetch(name, seconds=2)
        assert not other.has(name)


@pytest.mark.usefixtures("swarm")
def test_a_node_talks_to_its_peers_alone(swarm: KuboSwarm) -> None:
    def asked(path: str) -> Any:
        return httpx.post(f"{swarm.address(0)}/api/v0/{path}", timeout=10).json()

    until(lambda: bool(asked("swarm/peers")["Peers"]), 60)  # they meet again some seconds after a restart
    assert [peer["Peer"] for peer in asked("swarm/peers")["Peers"]] == [swarm.peer_id(1)]
    assert not asked("bootstrap/list")["Peers"]
    assert asked("swarm/addrs/listen")["Strings"] == [swarm.peer_address(0)]


def test_a_node_of_another_swarm_is_not_let_in(swarm: KuboSwarm, tmp_path: Path) -> None:
    with KuboSwarm(tmp_path, kubo_program(), 1, key=bytes(32)) as stranger:
        answer = httpx.post(
            f"{stranger.address(0)}/api/v0/swarm/connect",
            params={"arg": f"{swarm.peer_address(0)}/p2p/{swarm.peer_id(0)}", "timeout": "3s"},
            timeout=10,
        )
        assert answer.status_code != httpx.codes.OK


def test_a_node_that_does_not_run_is_unavailable() -> None:
    store = KuboStore("http://127.0.0.1:1")
    with pytest.raises(StoreFails, match="is the node running"):
        store.has(object_id(b"data"))


@pytest.mark.parametrize(
    "address",
    ["http://ipfs.example:5001", "https://127.0.0.1:5001", "http://127.0.0.1:5001/", "http://192.0.2.1:5001", "", "x"],
)
def test_an_interface_that_others_reach_is_refused(address: str) -> None:
    with pytest.raises(Malformed):
        KuboStore(address)


def test_a_configuration_keeps_what_it_does_not_change() -> None:
    config = {"Identity": {"PeerID": "a"}, "Swarm": {"Transports": {"Network": {}}, "AddrFilters": ["x"]}, "DNS": None}
    before = json.dumps(config)
    made = private_config(config, "/ip4/127.0.0.1/tcp/1", 2, [SwarmPeer("b", "/ip4/127.0.0.1/tcp/3")])
    assert json.dumps(config) == before
    assert made["Identity"] == {"PeerID": "a"}
    assert made["Swarm"]["AddrFilters"] == ["x"]
    assert made["Swarm"]["Transports"]["Network"]["QUIC"] is False
    assert made["Peering"] == {"Peers": [{"ID": "b", "Addrs": ["/ip4/127.0.0.1/tcp/3"]}]}
    assert made["Addresses"] == {"Gateway": [], "Swarm": ["/ip4/127.0.0.1/tcp/1"], "API": "/ip4/127.0.0.1/tcp/2"}
