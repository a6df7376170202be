"""Which blocks CometBFT is told to delete: old ones, many newer ones on top, and nothing that a snapshot needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from veriwatt.home.ledger_engine import CometEngine
from veriwatt.ledger.comet.retention import RETAINED_BLOCKS, RETAINED_FOR, Retention
from veriwatt.ledger.comet.settings import CometSettings
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.testing.abci_client import AbciClient, AbciHost, SimConsensus
from veriwatt.testing.actors import SimMember, sim_genesis
from veriwatt.units import DAY, HOUR


@pytest.fixture
def genesis() -> Genesis:
    return sim_genesis(SimMember("acme", "ann"))


@contextmanager
def chain_of(
    folder: Path, genesis: Genesis, retention: Retention, snapshot_interval: int = 0
) -> Iterator[SimConsensus]:
    host = AbciHost(folder, genesis, retention=retention, snapshot_interval=snapshot_interval)
    with host:
        client = AbciClient(folder)
        yield SimConsensus(client, genesis)
        client.close()


def hourly(chain: SimConsensus, count: int) -> list[int]:
    """What each of so many blocks, an hour apart, tells CometBFT to keep from."""
    told = []
    for _ in range(count):
        chain.block(time=chain.time + HOUR)
        told.append(chain.retain_height)
    return told


def test_a_block_is_kept_for_its_time_and_while_it_is_among_the_newest(tmp_path: Path, genesis: Genesis) -> None:
    with chain_of(tmp_path, genesis, Retention(blocks=3, age=10 * HOUR, together=1)) as chain:
        told = hourly(chain, 24)
        assert told == [0] * 11 + [height - 10 for height in range(12, 25)], "its time decides"
    (tmp_path / "fast").mkdir()
    with chain_of(tmp_path / "fast", genesis, Retention(blocks=12, age=10 * HOUR, together=1)) as chain:
        hourly(chain, 24)
        assert chain.retain_height == chain.height - 12, "their number decides"


def test_blocks_are_deleted_many_at_once(tmp_path: Path, genesis: Genesis) -> None:
    with chain_of(tmp_path, genesis, Retention(blocks=3, age=HOUR, together=10)) as chain:
        assert [height for height, each in enumerate(hourly(chain, 40), 1) if each] == [10, 20, 30, 40]


def test_all_blocks_are_kept_where_the_settings_say_so(tmp_path: Path, genesis: Genesis) -> None:
    with chain_of(tmp_path, genesis, Retention(blocks=1, age=0, together=1)) as chain:
        assert set(hourly(chain, 24)) == {0}


def test_what_a_node_needs_after_a_snapshot_is_kept(tmp_path: Path, genesis: Genesis) -> None:
    (tmp_path / "none").mkdir()
    with chain_of(tmp_path / "none", genesis, Retention(blocks=1, age=HOUR, together=1), 100) as chain:
        assert set(hourly(chain, 24)) == {0}, "there is no snapshot yet: who joins needs every block"
    with chain_of(tmp_path, genesis, Retention(blocks=1, age=HOUR, together=1), 8) as chain:
        for _ in range(40):
            told = hourly(chain, 1)[0]
            whole = sorted(int(each.name) for each in (tmp_path / "snapshots").glob("[0-9]*"))
            assert told <= min(whole, default=0)
        assert told > 0


def test_the_settings_of_a_home_are_safe_by_default() -> None:
    engine = CometEngine("127.0.0.1:26656", 26657, ())
    retention = CometSettings.of(engine, "works").retention
    assert (retention.blocks, retention.age) == (RETAINED_BLOCKS, RETAINED_FOR) == (100_000, 30 * DAY)
