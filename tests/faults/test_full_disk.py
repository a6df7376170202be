"""A full or read-only disk is told with what to free, at every command, and a node goes on once there is room."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served_home import FRAMES, ServedHome, build_home
from veriwatt.errors import Unavailable
from veriwatt.testing.node_process import NodeProcess, until
from veriwatt.testing.small_disk import SmallDisk, small_disk


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ServedHome:
    return build_home(tmp_path_factory.mktemp("small"))


@pytest.fixture
def disk(built: ServedHome, tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of 64 MB with the home on it."""
    try:
        with small_disk(tmp_path / "disk", 64) as made:
            shutil.copytree(built.root, made.outside / "home")
            yield made
    except Unavailable as error:
        pytest.skip(str(error))


COMMANDS = [
    ["org", "add", "metro", "--title", "Metro"],
    ["query", "works.total", "--from", "2026-09-01", "--to", "2026-09-03"],
    ["points", "list"],
    ["fsck"],
    ["node", "run", "--listen", "127.0.0.1:0"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
def test_a_read_only_disk_is_told_or_not_needed_by_every_command(disk: SmallDisk, command: list[str]) -> None:
    disk.remount("ro")
    ended = disk.run(*command, "--home", disk.place / "home")
    assert "Traceback" not in ended.stderr
    assert ended.returncode in (0, 3), ended.stderr + ended.stdout
    if ended.returncode == 3:
        assert "[disk-read-only]" in ended.stderr
        assert str(disk.place) in ended.stderr


@pytest.mark.parametrize("command", COMMANDS[:-1], ids=lambda words: words[0])
def test_a_full_disk_is_told_with_what_to_free_or_not_needed_by_every_command(
    disk: SmallDisk, command: list[str]
) -> None:
    disk.fill()
    ended = disk.run(*command, "--home", disk.place / "home")
    assert "Traceback" not in ended.stderr
    assert ended.returncode in (0, 3), ended.stderr + ended.stdout
    if ended.returncode == 3:
        assert "bytes are free on its file system" in ended.stderr
    disk.free()
    assert disk.run(*command, "--home", disk.place / "home").returncode == 0


def test_a_node_whose_disk_is_full_says_so_and_accepts_once_there_is_room(
    disk: SmallDisk, built: ServedHome, tmp_path: Path
) -> None:
    node = NodeProcess.start(disk.place / "home", log=tmp_path / "log", within=disk.within)
    try:
        first = node.post(built.uploads[:4]).json()["frames"]
        disk.fill()
        posted, health = node.post(built.uploads[4:]), node.health()
        assert (posted.status, posted.code) == (503, "disk-full")
        assert posted.json()["values"]["needed"] > posted.json()["values"]["free"]
        assert health.seconds < 1
        assert health.json()["failing"]["accept"] == "disk-full"
        assert "veriwatt_failing" in node.ask("GET", "/metrics").body.decode()
        disk.free()
        until(lambda: node.post(built.uploads).status == 200, within=40)
        known = node.post(built.uploads).json()["frames"]
        assert [frame["position"] for frame in known[:4]] == [frame["position"] for frame in first]
        assert [frame["code"] for frame in known] == ["known"] * FRAMES
        until(lambda: node.health().json() == {"ok": True}, within=60)
        until(lambda: (chain := node.chain())["viewed"] == chain["frames"])
    finally:
        assert node.stop() == 0
    told = [event["event"] for event in node.events() if event.get("work") == "accept"]
    assert told == ["failing", "works-again"]
    assert disk.run("fsck", "--home", disk.place / "home").returncode == 0


def test_a_node_whose_disk_is_full_at_its_start_and_end_loses_nothing(
    disk: SmallDisk, built: ServedHome, tmp_path: Path
) -> None:
    node = NodeProcess.start(disk.place / "home", log=tmp_path / "log", within=disk.within)
    posted = node.post(built.uploads).json()["frames"]
    disk.fill()
    assert node.stop() == 0
    disk.free()
    again = NodeProcess.start(disk.place / "home", within=disk.within)
    try:
        known = again.post(built.uploads).json()["frames"]
        assert [frame["position"] for frame in known] == [frame["position"] for frame in posted]
    finally:
        again.stop()
