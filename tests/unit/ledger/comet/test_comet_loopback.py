"""Nodes of one machine: each listens where no other does, and knows all others."""

from __future__ import annotations

from pathlib import Path

from veriwatt.ledger.comet.loopback import loopback_settings
from veriwatt.testing.comet_network import sim_node_keys


def test_each_node_has_ports_of_its_own_and_all_others_as_peers() -> None:
    keys = [sim_node_keys(at) for at in range(4)]
    found = loopback_settings(Path("cometbft"), keys, {3: "10.0.0.2"})
    ports = [int(each.listen.rpartition(":")[2]) for each in found] + [each.rpc_port for each in found]
    assert len(set(ports)) == 8
    for own, each in zip(keys, found, strict=True):
        assert {peer.node_id for peer in each.peers} == {other.node_id for other in keys if other != own}
    assert [each.listen.partition(":")[0] for each in found] == ["127.0.0.1"] * 3 + ["10.0.0.2"]
