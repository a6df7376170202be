"""Nodes of a network find and admit each other by their records on the ledger: real CometBFTs on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.comet_program import comet_program
from veriwatt.ledger.comet.settings import CometSettings
from veriwatt.model.ledger.block import LightBlock
from veriwatt.model.ledger.genesis import Genesis, GenesisValidator
from veriwatt.ports.ledger import submit
from veriwatt.testing.actors import SimMember, SimTerminal, sim_genesis
from veriwatt.testing.comet_network import CometNetwork, height_of, sim_node_keys, wait_until

pytestmark = [pytest.mark.engine, pytest.mark.slow]

PATIENCE = 180
"""Seconds: CometBFT does not dial again those that turned it away, and the node starts it anew after a minute."""

NEW = 4
"""The node that comes later: the settings of none of the others name it, and its own name the first alone."""


class GrowingNetwork(CometNetwork):
    def settings(self, at: int, sync_at: LightBlock | None = None) -> CometSettings:
        settings = super().settings(at, sync_at)
        first = sim_node_keys(0).node_id
        known = [each for each in settings.peers if (each.node_id == first if at == NEW else each.node_id != NEW_ID)]
        return replace(settings, peers=tuple(known))

    def place(self, at: int) -> str:
        return f"{sim_node_keys(at).node_id}@{self.settings(at).listen}"

    def connected(self, at: int) -> set[str]:
        """The ids of the nodes that a node is connected to."""
        url = f"http://127.0.0.1:{self.settings(at).rpc_port}/net_info"
        found = httpx.get(url, timeout=20, trust_env=False).json()["result"]["peers"]
        return {each["node_info"]["id"] for each in found}


NEW_ID = sim_node_keys(NEW).node_id


@pytest.fixture
def ann() -> SimMember:
    return SimMember("acme", "ann")


@pytest.fixture
def network(tmp_path: Path, ann: SimMember) -> Iterator[GrowingNetwork]:
    named = sim_genesis(ann, validators=4)
    validators = tuple(GenesisValidator(each.key, each.power, "acme") for each in named.validators)
    genesis: Genesis = replace(named, validators=validators)
    ann.chain = genesis.chain_id
    with GrowingNetwork(tmp_path, genesis, comet_program(), block_pause=100, more=1) as network:
        with ThreadPoolExecutor() as pool:
            ledgers = list(pool.map(network.run, range(4)))
        wait_until(lambda: min(map(height_of, ledgers)) > 0)
        yield network


def caught_up(network: GrowingNetwork, at: int) -> bool:
    return height_of(network.running[at]) >= height_of(network.running[0])


def test_a_node_is_let_in_once_its_org_has_registered_it(network: GrowingNetwork, ann: SimMember) -> None:
    first = network.running[0]
    late = network.run(NEW)
    for at in range(8):
        assert submit(first, [ann.enrol(SimTerminal("acme", f"t{at}"))])[0].ok
    assert (height_of(late), network.connected(NEW)) == (0, set()), "a stranger gets no block"

    known = [ann.register_node(f"node-{at}", services=(), p2p=network.place(at)) for at in range(5)]
    assert all(each.ok for each in submit(first, known))
    wait_until(lambda: caught_up(network, NEW), PATIENCE)
    assert network.connected(NEW) == {sim_node_keys(0).node_id}, "the one that its settings name"

    network.stop(NEW)
    network.run(NEW)
    wait_until(lambda: network.connected(NEW) == {sim_node_keys(at).node_id for at in range(4)})
