"""A full or read-only disk is told with what to free, at every command, and a node goes on once there is room."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served_home import FRAMES, ORG, TERMINAL, ServedHome, build_home
from tests.terminal_toml import terminal_toml
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


READING = [
    ["org", "list"],
    ["member", "list"],
    ["terminal", "list"],
    ["points", "list"],
    ["points", "show", "works.total"],
    ["ledger", "status"],
    ["ledger", "block", "1", "--verify"],
    ["ledger", "validators"],
    ["ledger", "search", "works.total"],
    ["ledger", "search", "0123456789abcdef"],
    ["node", "tokens", "list"],
    ["node", "sessions", "list"],
    ["node", "recover"],
    ["key", "backup", "--needed", "2", "--total", "3", "-o", "{out}"],
    ["query", "works.total", "--from", "2026-09-01", "--to", "2026-09-03"],
    ["evidence", "reading", "works.total", "2026-09-02 10:00", "-o", "{out}"],
    ["correct", "works.total", "2026-09-02 10:00", "3", "--reason", "a test", "--dry-run"],
    ["fsck"],
]
"""Commands that need no more than to read."""


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_on_a_read_only_disk_commands_that_only_read_answer_as_before(
    disk: SmallDisk, command: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    there = [*(word.format(out=out) for word in command), "--home", str(disk.place / "home")]
    before = disk.run(*there)
    shutil.rmtree(out, ignore_errors=True)
    disk.remount("ro")
    ended = disk.run(*there)
    assert before.returncode == 0 or "[nothing-missing]" in before.stderr
    assert (ended.returncode, _timeless(ended.stdout)) == (before.returncode, _timeless(before.stdout)), ended.stderr


def _timeless(output: str) -> list[str]:
    """The lines without the ledger's rate, which is one up to now."""
    return [line for line in output.splitlines() if not line.startswith("rate ")]


WRITING = [
    ["org", "add", "metro", "--title", "Metro"],
    ["org", "grant-role", ORG, "metrology"],
    ["member", "add", "ann", "--role", "reader"],
    ["terminal", "revoke", "--terminal", TERMINAL, "--reason", "retired"],
    ["correct", "works.total", "2026-09-02 10:00", "3", "--reason", "a test"],
    ["ledger", "trust"],
    ["node", "invite", "ann", "--address", "https://node.example"],
]


@pytest.mark.parametrize("command", WRITING, ids=" ".join)
def test_on_a_read_only_disk_commands_that_write_say_so_in_one_line(disk: SmallDisk, command: list[str]) -> None:
    disk.remount("ro")
    ended = disk.run(*command, "--home", disk.place / "home")
    assert ended.returncode == 3, ended.stderr + ended.stdout
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"veriwatt: {disk.place}/home")
    assert line.endswith("[disk-read-only]")


def test_a_node_on_a_full_disk_names_its_home_and_not_another_disk(disk: SmallDisk) -> None:
    disk.fill()
    ended = disk.run("node", "run", "--listen", "127.0.0.1:0", "--home", disk.place / "home")
    assert ended.returncode == 3, ended.stderr
    last = ended.stderr.splitlines()[-1]
    assert last.startswith(f"veriwatt: {disk.place}/home")
    assert "the disk is full: 0 bytes are free" in last


def test_the_status_of_a_terminal_on_a_read_only_disk_is_shown(disk: SmallDisk, tmp_path: Path) -> None:
    config, home = tmp_path / "t1.toml", disk.place / "t1"
    config.write_text(terminal_toml(ORG))
    node = disk.place / "home"
    trusted = ["--config", str(config), "--trust", str(node / "trust.json"), "--unprotected-key"]
    assert disk.run("terminal", "init", "--home", home, *trusted).returncode == 0
    before = disk.run("terminal", "status", "--home", home)
    disk.remount("ro")
    ended = disk.run("terminal", "status", "--home", home)
    assert ended.returncode == 0, ended.stderr
    assert without_clock(ended.stdout) == without_clock(before.stdout)
    for command in (["run"], ["request", "-o", str(tmp_path / "request")]):
        refused = disk.run("terminal", *command, "--home", home)
        assert refused.returncode == 3
        assert refused.stderr.startswith(f"veriwatt: {home}")
        assert "[disk-read-only]" in refused.stderr


def without_clock(told: str) -> list[str]:
    return [line for line in told.splitlines() if not line.startswith("clock")]


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
