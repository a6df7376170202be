"""CometBFT deletes its old blocks, and the ledger's own proofs, records and replay go on without them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import sleep

import httpx
import pytest

from tests.comet_program import comet_program
from veriwatt.crypto.hashing import sha256
from veriwatt.errors import NotFound
from veriwatt.ledger.comet.ledger import CometLedger
from veriwatt.ledger.comet.reader import CometReader
from veriwatt.ledger.comet.retention import Retention
from veriwatt.ledger.open_ledger import audit_ledger, audit_node_files, ledger_file
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.frames.origin import File
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.ports.ledger import submit
from veriwatt.reading.evidence.build import refresh
from veriwatt.reading.evidence.led import led_evidence
from veriwatt.system.clock import SystemClock
from veriwatt.system.free_port import free_port
from veriwatt.testing.actors import SimTerminal
from veriwatt.testing.comet_network import CometNetwork, height_of, wait_until
from veriwatt.testing.worlds import SimWorld
from veriwatt.units import MINUTE, SECOND
from veriwatt.verify.outcome import verification_outcome
from veriwatt.verify.verdict import Verdict

pytestmark = [pytest.mark.engine, pytest.mark.slow]

KEPT, SNAPSHOTS, TOGETHER = 60, 8, 10


class PrunedNetwork(CometNetwork):
    def settings(self, at: int, sync_at: object = None) -> object:  # type: ignore[override]
        settings = super().settings(at, sync_at)  # type: ignore[arg-type]
        return replace(settings, retention=Retention(blocks=KEPT, age=SECOND, together=TOGETHER))


class Plant:
    """A plant on a network of four validators that keep few blocks, and a fifth node that is not started yet."""

    def __init__(self, folder: Path) -> None:
        source = File(sha256(b"january"), "january.csv", sha256(b"settings"))
        start = SystemClock().now() - 5 * MINUTE
        self._folder = folder
        self.world = SimWorld(folder / "world", certifier="", origin=source, start=start, network=self._start)

    def _start(self, genesis: Genesis) -> CometLedger:
        self.network = PrunedNetwork(
            self._folder, genesis, comet_program(), block_pause=50, snapshot_interval=SNAPSHOTS, more=1
        )
        with ThreadPoolExecutor() as pool:
            ledgers = list(pool.map(self.network.run, range(4)))
        wait_until(lambda: min(map(height_of, ledgers)) > 0)
        return ledgers[0]

    @property
    def ledger(self) -> CometLedger:
        return self.network.running[0]

    def lowest(self, at: int = 0) -> int:
        """The height of the oldest block that CometBFT of a node has."""
        url = f"http://127.0.0.1:{self.network.settings(at).rpc_port}/status"  # type: ignore[attr-defined]
        return int(httpx.get(url, timeout=20, trust_env=False).json()["result"]["sync_info"]["earliest_block_height"])

    def go_on(self, name: str) -> int:
        return submit(self.ledger, [self.world.owner.enrol(SimTerminal("acme", name))])[0].height


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    comet_program()
    plant = Plant(tmp_path_factory.mktemp("network"))
    with plant.network:
        yield plant


def test_blocks_are_deleted_and_nothing_else_is_lost(plant: Plant) -> None:
    world, ledger = plant.world, plant.ledger
    world.day(0)
    world.anchor()
    plant.go_on("next")
    made, first = world.evidence(0, 41), world.trust()
    anchored = made.light.header.height
    old = ledger.light_block(anchored)
    count = 0
    while plant.lowest() <= anchored:
        plant.go_on(f"more-{count}")
        count += 1
        assert count < 200
    other = plant.network.running[1]  # which was not asked for it before, and remembers nothing
    with pytest.raises(NotFound):
        other.light_block(anchored)

    head = ledger.head().height
    assert KEPT <= head - plant.lowest() < KEPT + 2 * TOGETHER
    for height in range(plant.lowest(), head):
        assert ledger.light_block(height).header.height == height
    now = SystemClock().now()
    assert verification_outcome(made.to_bytes(), first, now).verdict is Verdict.PROVEN
    later = world.trust()
    renewed = refresh(ledger, made)
    assert renewed.light.header.height > anchored
    for reader in (first, later):
        assert _verdict(led_evidence(ledger, renewed, reader).to_bytes(), reader) is Verdict.PROVEN
    assert _verdict(world.evidence(0, 17).to_bytes(), later) is Verdict.PROVEN
    assert ledger.block(anchored).hash == old.commit.block_id.hash, "the ledger's own rows have every block"
    assert len(list(ledger.executed())) > count


def test_a_newcomer_takes_a_snapshot_and_the_blocks_after_it(plant: Plant) -> None:
    ledger = plant.ledger
    trusted = ledger.light_block(ledger.head().height)
    fifth = plant.network.run(4, sync_at=trusted)
    at = 0
    while height_of(fifth) == 0:
        plant.go_on(f"meanwhile-{at}")
        sleep(0.5)  # the block that it trusts must not be deleted before it has begun
        at += 1
        assert at < 200
    last = plant.go_on("last")
    wait_until(lambda: height_of(fifth) > last)
    with fifth.snapshot() as one, ledger.snapshot() as other:
        assert dict(one.scan(b"terminal/")) == dict(other.scan(b"terminal/"))


def test_all_homes_are_clean_and_go_on_after_a_restart(plant: Plant) -> None:
    places = sorted(plant.network.running)
    for at in places:
        plant.network.stop(at)
    for at in places:
        folder = plant.network.folder(at)
        audited = audit_ledger(folder)
        assert audited.problems == (), at
        with CometReader(ledger_file(folder), free_port()) as reader:
            assert [each for each in audit_node_files(folder, reader) if each.problem] == []
    with ThreadPoolExecutor() as pool:
        list(pool.map(plant.network.run, places))
    wait_until(lambda: plant.ledger.node.application is not None)
    before = height_of(plant.ledger)
    submitted = plant.world.owner.enrol(SimTerminal("acme", "again"))
    assert submit(plant.ledger, [submitted])[0].height > before
    plant.world.ledger = plant.ledger  # for the tests that follow, in whichever order


def _verdict(raw: bytes, trust: Trust) -> Verdict:
    return verification_outcome(raw, trust, SystemClock().now()).verdict
