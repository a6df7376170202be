"""Evidence made on a running network, over changes of its validators; and CometBFT's own light client beside ours."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.comet_program import comet_program
from tests.machine.replayed_ledger import SURROUNDINGS, replayed_under
from veriwatt.crypto.hashing import sha256
from veriwatt.ledger.comet.ledger import CometLedger
from veriwatt.machine.governance import queries
from veriwatt.model.evidence.trust_file import parse_trust, render
from veriwatt.model.frames.origin import File
from veriwatt.model.governance.rule_decisions import ChangeValidators, ValidatorPower
from veriwatt.model.ledger.block import header_hash
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.ports.ledger import submit
from veriwatt.reading.evidence.build import refresh
from veriwatt.reading.evidence.led import led_evidence
from veriwatt.system.clock import SystemClock
from veriwatt.system.free_port import free_port
from veriwatt.testing.actors import SimTerminal, sim_validator
from veriwatt.testing.comet_network import CometNetwork, height_of, wait_until
from veriwatt.testing.worlds import SimWorld
from veriwatt.units import DAY, MINUTE
from veriwatt.verify.block_refusals import WrongBlock
from veriwatt.verify.light_client import TrustedBlock, prove_along
from veriwatt.verify.outcome import verification_outcome
from veriwatt.verify.verdict import Verdict

pytestmark = [pytest.mark.engine, pytest.mark.slow]

PLACES = 5
LIMIT = 12_000
PATIENCE = 60


class Network:
    """Four validators and a fifth node, and a plant whose readings come from a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        source = File(sha256(b"january"), "january.csv", sha256(b"settings"))
        start = SystemClock().now() - 5 * MINUTE
        self.world = SimWorld(folder / "world", certifier="", origin=source, start=start, network=self._start)

    def _start(self, genesis: Genesis) -> CometLedger:
        self.nodes = CometNetwork(self._folder, genesis, comet_program(), block_pause=100, more=PLACES - 4)
        with ThreadPoolExecutor() as pool:
            ledgers = list(pool.map(self.nodes.run, range(PLACES)))
        wait_until(lambda: min(map(height_of, ledgers)) > 0)
        return ledgers[3]

    @property
    def ledger(self) -> CometLedger:
        return self.nodes.running[3]

    def change(self, at: int, power: int) -> None:
        """Validator `at` has this power, effective in the newest block; 0 removes it."""
        world, ledger = self.world, self.ledger
        decision = ChangeValidators((ValidatorPower(sim_validator(at).public, power),))
        assert submit(ledger, [world.owner.propose(decision)])[0].ok
        proposal = queries.proposal(ledger, queries.agenda(ledger).count)
        assert proposal is not None
        for voter in (world.metro, world.city):
            voted = submit(ledger, [voter.vote(proposal)])[0]
            assert voted.ok
        self.go_on(voted.height + 3)

    def go_on(self, height: int) -> None:
        count = 0
        while self.ledger.head().height < height:
            terminal = SimTerminal("acme", f"more-{self.ledger.head().height}-{count}")
            assert submit(self.ledger, [self.world.owner.enrol(terminal)])[0].ok
            count += 1


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    comet_program()
    network = Network(tmp_path_factory.mktemp("network"))
    with network.nodes:
        yield network


def test_evidence_of_a_network_is_proven_over_changes_of_its_validators(network: Network) -> None:
    world, ledger = network.world, network.ledger
    world.day(0)
    world.anchor()
    network.go_on(ledger.head().height + 2)
    made, first = world.evidence(0, 41), world.trust()
    now = SystemClock().now
    found = verification_outcome(made.to_bytes(), first, now())
    assert found.verdict is Verdict.PROVEN, found.failed
    assert "bft" in {each.code for each in found.caveats}

    network.change(4, 1)
    for gone in (0, 1, 2):
        network.change(gone, 0)
    keys = {each.public_key for each in ledger.light_block(ledger.head().height).validators.validators}
    assert keys == {sim_validator(at).public.raw for at in (3, 4)}

    later = parse_trust(render(world.trust()))
    assert {later.org_of(key) for key in keys} == {"", "acme"}, "of the org that proposed the fifth"
    assert verification_outcome(made.to_bytes(), later, now()).verdict is Verdict.CONSISTENT
    renewed = refresh(ledger, made)
    bare = verification_outcome(renewed.to_bytes(), first, now())
    assert bare.failed is not None
    assert bare.failed.code == "not-enough-trust"

    led = led_evidence(ledger, renewed, first)
    assert led.path
    for reader in (first, later):
        found = verification_outcome(led.to_bytes(), reader, now())
        assert found.verdict is Verdict.PROVEN, found.failed
        assert {"bft", "power-unnamed"} <= {each.code for each in found.caveats}
    assert len(led.to_bytes()) <= LIMIT


def test_a_nodes_blocks_give_the_same_app_hashes_under_any_hash_seed_zone_and_locale(network: Network) -> None:
    network.go_on(network.ledger.head().height + 2)
    height = network.ledger.head().height
    for at in (3, 4):
        folder = str(network.nodes.folder(at))
        played = [replayed_under("tests.machine.replayed_ledger", each, folder) for each in SURROUNDINGS.values()]
        assert len(played[0]) >= height - 2
        assert {tuple(each[: height - 2]) for each in played} == {tuple(played[0][: height - 2])}


def test_cometbfts_light_client_and_ours_see_the_same_blocks(network: Network, tmp_path: Path) -> None:
    """From one trusted block, over the same peers."""
    ledger = network.ledger
    top = ledger.head().height
    trusted = ledger.light_block(3)
    ours = TrustedBlock(trusted.header, trusted.validators, 7 * DAY)
    with comet_light(network, 3, tmp_path) as theirs:
        for height in (top, 4, (3 + top) // 2, top - 1):
            way = [ledger.light_block(each) for each in range(4, height + 1)]
            proven = prove_along(ours, way, SystemClock().now())
            assert header_hash(proven.head.header) == theirs(height), height


def test_both_refuse_what_follows_from_a_block_that_never_was(network: Network, tmp_path: Path) -> None:
    with comet_light(network, 3, tmp_path, bytes(32)) as theirs, pytest.raises(AssertionError, match="hash"):
        theirs(4)
    light = network.ledger.light_block(3)
    never = TrustedBlock(replace(light.header, app_hash=bytes(32)), light.validators, DAY)
    with pytest.raises(WrongBlock, match="block before"):
        prove_along(never, [network.ledger.light_block(4)], SystemClock().now())


@contextmanager
def comet_light(network: Network, height: int, folder: Path, trusted: bytes = b"") -> Iterator[Callable[[int], bytes]]:
    """`cometbft light` over two nodes, from the block at `height`: gives the hash of each header that it proved."""
    port = free_port()
    rpc = [f"http://127.0.0.1:{network.nodes.settings(at).rpc_port}" for at in (3, 4)]
    light_hash = trusted or header_hash(network.ledger.light_block(height).header)
    arguments = [
        *(str(comet_program()), "light", network.ledger.chain_id, "--primary", rpc[0], "--witnesses", rpc[1]),
        *("--height", str(height), "--hash", light_hash.hex(), "--laddr", f"tcp://127.0.0.1:{port}"),
        *("--home-dir", str(folder / "light")),
    ]
    with (folder / "log").open("wb") as log, subprocess.Popen(arguments, stdout=log, stderr=log) as process:

        def asked(at: int) -> bytes:
            url = f"http://127.0.0.1:{port}/commit"
            wait_until(lambda: process.poll() is not None or _answers(url), PATIENCE)
            assert process.poll() is None, (folder / "log").read_text()
            answer = httpx.get(url, params={"height": at}, timeout=PATIENCE).json()
            assert "result" in answer, answer
            return bytes.fromhex(answer["result"]["signed_header"]["commit"]["block_id"]["hash"])

        try:
            yield asked
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        httpx.get(url, timeout=1)
    except httpx.HTTPError:
        return False
    return True
