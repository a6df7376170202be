"""The outages of the drill, each once: nothing that was acknowledged is lost, and every answer comes in time."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from tests.served_home import ServedHome, build_home
from veriwatt.errors import Unavailable
from veriwatt.testing.node_process import NodeProcess, until
from veriwatt.testing.outages import clock_jumps, failed_syncs, failing_disk, full_disk, stopped_command
from veriwatt.testing.small_disk import small_disk

ANSWERED = 15
"""Seconds in which every post and question is answered during an outage, on a loaded machine."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ServedHome:
    return build_home(tmp_path_factory.mktemp("outages"))


@pytest.fixture
def home(built: ServedHome, tmp_path: Path) -> Path:
    shutil.copytree(built.root, tmp_path / "home")
    return tmp_path / "home"


def test_a_stopped_command_loses_nothing(built: ServedHome, home: Path) -> None:
    found = stopped_command(home, built.uploads, 1, 8)
    assert (found.acknowledged, found.lost) == (len(built.uploads), 0)
    assert found.answered < ANSWERED


@pytest.mark.parametrize("part", ["readings.duckdb", "index.db", "ledger.db", "journal", "/"])
def test_failing_syncs_lose_nothing(built: ServedHome, home: Path, part: str) -> None:
    try:
        found = failed_syncs(home, built.uploads, 1, 12, part)
    except Unavailable as error:
        pytest.skip(str(error))
    assert (found.acknowledged, found.lost) == (len(built.uploads), 0)
    assert found.answered < ANSWERED


@pytest.mark.parametrize("part", ["readings.duckdb", "index.db"])
def test_failing_syncs_of_a_cache_fail_no_acceptance_and_end_no_node(
    built: ServedHome, home: Path, tmp_path: Path, part: str
) -> None:
    settings = home / "node.toml"
    settings.write_text(settings.read_text().replace("anchor_seconds = 60", "anchor_seconds = 1"))
    node = NodeProcess.start(home, log=tmp_path / "log", within=failing_disk(tmp_path, 6, 1, part))
    try:
        for upload in built.uploads:
            assert node.post([upload]).json()["frames"][0]["code"] == "accepted"
            time.sleep(1.2)
        until(lambda: (chain := node.chain())["viewed"] == chain["anchored"] == chain["frames"])
        until(lambda: node.health().json() == {"ok": True})
    finally:
        assert node.stop() == 0


def test_a_clock_that_jumps_loses_nothing_and_is_told(built: ServedHome, home: Path) -> None:
    found = clock_jumps(home, built.uploads, 1, 2)
    assert (found.acknowledged, found.lost) == (len(built.uploads), 0)
    assert found.answered < ANSWERED


def test_a_full_disk_loses_nothing(built: ServedHome, tmp_path: Path) -> None:
    try:
        with small_disk(tmp_path / "disk", 64) as disk:
            shutil.copytree(built.root, disk.outside / "home")
            found = full_disk(disk, disk.place / "home", built.uploads, 1, 5)
            assert (found.acknowledged, found.lost) == (len(built.uploads), 0)
            assert found.answered < ANSWERED
    except Unavailable as error:
        pytest.skip(str(error))
