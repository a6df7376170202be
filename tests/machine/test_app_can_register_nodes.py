"""Owners register the nodes of their org, by which others find them."""

from __future__ import annotations

import pytest

from tests.machine.scene import Scene
from veriwatt.crypto.hashing import sha256
from veriwatt.machine.members import queries
from veriwatt.machine.members.handlers.node import MOST_NODES
from veriwatt.model.members.node_record import RegisterNode

KEY = sha256(b"a TLS key")
ADDRESS = "https://node.acme.example:8443"


def code(scene: Scene, raw: bytes) -> str:
    return scene.chain.one(raw).code


def test_a_node_is_registered_changed_and_withdrawn(scene: Scene) -> None:
    scene.chain.must(scene.ann.register_node("main", ADDRESS, tls_key=KEY, services=("follow", "relay")))
    found = queries.node(scene.chain.rows, "acme", "main")
    assert found is not None
    assert found.node == RegisterNode("main", (ADDRESS,), KEY, ("follow", "relay"))
    new = sha256(b"the next TLS key")
    scene.chain.must(scene.ann.register_node("main", ADDRESS, tls_key=new))
    changed = queries.node(scene.chain.rows, "acme", "main")
    assert changed is not None
    assert (changed.node.tls_key, changed.height > found.height) == (new, True)
    scene.chain.must(scene.ann.register_node("main"))
    assert [each.node.addresses for each in queries.nodes(scene.chain.rows, "acme")] == [()]


def test_the_same_again_is_refused(scene: Scene) -> None:
    scene.chain.must(scene.ann.register_node("main", ADDRESS, tls_key=KEY))
    assert code(scene, scene.ann.register_node("main", ADDRESS, tls_key=KEY)) == "record-exists"


def test_only_an_owner_registers_and_only_nodes_of_its_own_org(scene: Scene) -> None:
    for member in (scene.oli, scene.rae):
        assert code(scene, member.register_node("main", ADDRESS, tls_key=KEY)) == "not-allowed"
    scene.chain.must(scene.cora.register_node("main", ADDRESS, tls_key=KEY))
    assert queries.node(scene.chain.rows, "acme", "main") is None


def test_two_nodes_of_an_org_do_not_look_alike(scene: Scene) -> None:
    scene.chain.must(scene.ann.register_node("nodeO", ADDRESS, tls_key=KEY))
    assert code(scene, scene.ann.register_node("node0", ADDRESS, tls_key=KEY)) == "looks-alike"
    scene.chain.must(scene.cora.register_node("node0", ADDRESS, tls_key=KEY))


def test_the_number_of_nodes_is_bounded_and_a_withdrawn_one_can_come_back(scene: Scene) -> None:
    names = ["ant", "bear", "cat", "dog", "elk", "fox", "gnu", "hen", "ibis", "jay", "kite", "lynx", "mole", "newt"]
    names += ["owl", "pug"]
    assert len(names) == MOST_NODES
    scene.chain.must(*(scene.ann.register_node(name, ADDRESS, tls_key=KEY) for name in names))
    assert code(scene, scene.ann.register_node("rat", ADDRESS, tls_key=KEY)) == "too-many-nodes"
    scene.chain.must(scene.ann.register_node("ant"))
    assert code(scene, scene.ann.register_node("rat", ADDRESS, tls_key=KEY)) == "too-many-nodes"
    scene.chain.must(scene.ann.register_node("ant", ADDRESS, tls_key=KEY))


@pytest.mark.parametrize(
    "address",
    [
        "http://node.acme.example",
        "https://node.acme.example/path",
        "https://user@node.acme.example",
        "https://node.acme.example?x",
        "https://NODE.example",
        "https://ac\u043ce.example",
        "https://node.acme.example:99999",
        "https://node.acme.example:0443",
        "https://-node.example",
        "ftp://node.example",
        "https://",
        "https://" + "a." * 130 + "example",
    ],
)
def test_an_address_is_a_host_and_a_port(scene: Scene, address: str) -> None:
    assert code(scene, scene.ann.register_node("main", address, tls_key=KEY)) == "malformed"


def test_addresses_keys_and_services_are_bounded(scene: Scene) -> None:
    five = [f"https://n{at}.example" for at in range(5)]
    for raw in (
        scene.ann.register_node("main", *five, tls_key=KEY),
        scene.ann.register_node("main", ADDRESS, ADDRESS, tls_key=KEY),
        scene.ann.register_node("main", ADDRESS),
        scene.ann.register_node("main", "https://10.0.0.1"),
        scene.ann.register_node("main", ADDRESS, tls_key=KEY, services=("mine",)),
        scene.ann.register_node("main", ADDRESS, tls_key=KEY, services=("relay", "follow")),
        scene.ann.register_node("main", ADDRESS, tls_key=KEY, services=("follow", "follow")),
    ):
        assert code(scene, raw) == "malformed"
    scene.chain.must(scene.ann.register_node("main", *five[:4], tls_key=KEY))
    scene.chain.must(scene.ann.register_node("here", "http://127.0.0.1:8000", "http://[::1]:8000", "http://localhost"))
