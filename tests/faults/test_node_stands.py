"""What fails beside the data chain ends no node and no acceptance: caches, views, logs, stopped commands."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.faults.fsck_home import make_home, write_source
from tests.served_home import FRAMES, ServedHome, build_home
from veriwatt.home.access_files import AccessFiles
from veriwatt.home.paths import HomePaths
from veriwatt.merkle.tiles import tile_path
from veriwatt.testing.node_process import CLI, NodeProcess, until

HOLD = """
import sys, time
from pathlib import Path
from urllib.parse import urlsplit
from veriwatt.node.home import Home
with Home(Path(sys.argv[1])):
    print("opened", flush=True)
    time.sleep(600)
"""

WAIT = """
import sys, time
from pathlib import Path
from urllib.parse import urlsplit
from veriwatt.system.file_lock import try_lock
with Path(sys.argv[1]).with_name("home.next.lock").open("ab") as queue:
    assert try_lock(queue, shared=True)
    print("waits", flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ServedHome:
    return build_home(tmp_path_factory.mktemp("stands"))


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a full tile."""
    folder = tmp_path_factory.mktemp("grown")
    return make_home(folder / "home", write_source(folder, 270), frames_per_anchor=64)


@pytest.fixture
def home(built: ServedHome, tmp_path: Path) -> Path:
    shutil.copytree(built.root, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def node(home: Path, tmp_path: Path) -> Iterator[NodeProcess]:
    running = NodeProcess.start(home, log=tmp_path / "log")
    yield running
    running.stop()


def accepted(node: NodeProcess, built: ServedHome) -> list[str]:
    posted = node.post(built.uploads)
    return [frame["code"] for frame in posted.json()["frames"]] if posted.status == 200 else [posted.code]


@pytest.mark.parametrize("setting", ["listen", "metrics_listen"])
def test_a_node_whose_port_is_taken_has_written_nothing_in_its_home(
    setting: str, home: Path, built: ServedHome, tmp_path: Path
) -> None:
    before = NodeProcess.start(home)
    assert before.post(built.uploads).status == 200
    before.stop(signal.SIGKILL)  # its frames wait for an anchor
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        settings = home / "node.toml"
        settings.write_text(f'{setting} = "{address}"\n' + settings.read_text().replace("\nlisten =", "\n# listen ="))
        found = contents(home)
        more = [] if setting == "listen" else ["--listen", "127.0.0.1:0"]
        command = [*CLI, "node", "run", "--tls", "--home", str(home), *more]
        tried = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert tried.returncode == 3
    assert f"cannot listen on {address}" in tried.stderr
    assert contents(home) == found


def contents(home: Path) -> dict[str, bytes]:
    """The files of a home but for lock files."""
    files = [path for path in home.rglob("*") if path.is_file() and path.suffix != ".lock"]
    return {path.relative_to(home).as_posix(): path.read_bytes() for path in files}


@contextmanager
def stopped(script: str, argument: Path) -> Iterator[int]:
    """The number of a stopped process of the script; it is continued, and killed, when the block ends."""
    with subprocess.Popen([sys.executable, "-c", script, str(argument)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() in ("opened", "waits")
        os.kill(process.pid, signal.SIGSTOP)
        try:
            yield process.pid
        finally:
            os.kill(process.pid, signal.SIGCONT)
            process.kill()


def test_a_stopped_command_that_has_the_home_is_named_and_nothing_waits_for_it(
    node: NodeProcess, built: ServedHome, home: Path
) -> None:
    with stopped(HOLD, home) as pid:
        posted, health = node.post(built.uploads), node.health()
        assert (posted.status, posted.code) == (503, "home-in-use")
        assert str(pid) in posted.json()["detail"]
        assert "stopped" in posted.json()["detail"]
        assert posted.seconds < 10
        assert (health.status, health.seconds < 1) == (200, True)
        other = subprocess.run(
            [*CLI, "points", "list", "--home", str(home)], capture_output=True, text=True, timeout=60, check=False
        )
        assert other.returncode == 3
        assert f"process {pid}" in other.stderr
        assert "is stopped" in other.stderr
        until(lambda: node.health().json().get("failing") == {"home": "home-in-use"}, within=30)
    until(lambda: node.health().json() == {"ok": True}, within=30)
    assert accepted(node, built) == ["accepted"] * FRAMES
    told = [e["event"] for e in node.events() if e.get("work") == "home"]
    assert told == ["failing", "works-again"]


def test_a_command_that_was_stopped_while_it_waited_for_the_home_does_not_keep_it_from_the_node(
    node: NodeProcess, built: ServedHome, home: Path
) -> None:
    with stopped(WAIT, HomePaths(home).lock):
        until(lambda: "steps-aside" in {event["event"] for event in node.events()})
        until(lambda: node.post(built.uploads).status == 200, within=30)
        assert node.health().seconds < 1


@pytest.mark.parametrize("damage", ["cut", "middle", "rubbish"])
@pytest.mark.parametrize("name", ["index.db", "readings.duckdb"])
def test_a_damaged_index_or_view_is_made_again_when_the_node_starts(
    built: ServedHome, home: Path, tmp_path: Path, name: str, damage: str
) -> None:
    path = home / name
    raw = path.read_bytes()
    half = len(raw) // 2
    path.write_bytes(
        {"cut": raw[:half], "middle": raw[:4096] + os.urandom(half) + raw[4096 + half :], "rubbish": os.urandom(9_000)}[
            damage
        ]
    )
    node = NodeProcess.start(home, log=tmp_path / "log")
    try:
        assert accepted(node, built) == ["accepted"] * FRAMES
        until(lambda: (chain := node.chain())["viewed"] == chain["frames"])
        asked = node.ask("GET", "/api/v1/points/works.total/totals?from=2026-09-01&to=2026-09-03")
        assert asked.status == 200, asked.body
        assert len(asked.json()["rows"]) == 2
    finally:
        assert node.stop() == 0
    found = subprocess.run(
        [*CLI, "fsck", "--home", str(home)], capture_output=True, text=True, timeout=120, check=False
    )
    assert found.returncode == 0, found.stdout


def test_a_view_that_is_damaged_under_a_running_node_is_filled_anew(
    node: NodeProcess, built: ServedHome, home: Path
) -> None:
    until(lambda: (chain := node.chain())["viewed"] == chain["frames"])
    path = HomePaths(home).readings
    raw = path.read_bytes()
    with path.open("r+b") as file:
        file.write(os.urandom(len(raw)))
    assert accepted(node, built) == ["accepted"] * FRAMES
    question = "/api/v1/points/yard.hall/totals?from=2026-09-01&to=2026-09-03"
    until(lambda: node.ask("GET", question).status == 200)
    until(lambda: node.health().json() == {"ok": True})
    assert accepted(node, built) == ["known"] * FRAMES


@pytest.mark.parametrize("when", ["before", "while"])
@pytest.mark.parametrize("how", ["flipped", "cut", "missing"])
def test_a_damaged_tile_is_written_again(grown: Path, tmp_path: Path, how: str, when: str) -> None:
    home = tmp_path / "home"
    shutil.copytree(grown, home)
    path = HomePaths(home).chain("Works") / tile_path(0, 0)
    good = path.read_bytes()

    def damage() -> None:
        match how:
            case "missing":
                path.unlink()
            case "cut":
                path.write_bytes(good[:100])
            case _:
                path.write_bytes(good[:500] + bytes([good[500] ^ 1]) + good[501:])

    if when == "before":
        damage()
    node = NodeProcess.start(home, log=tmp_path / "log")
    try:
        if when == "while":
            damage()
        until(lambda: node.ask("GET", "/api/v1/frames/consistency?org=Works&old=3&new=260").status == 200)
        assert node.health().json() == {"ok": True}
    finally:
        assert node.stop() == 0
    assert path.read_bytes() == good


@pytest.mark.parametrize("stderr", ["closed", "full", "unread"])
def test_a_log_that_cannot_be_written_delays_and_ends_nothing(built: ServedHome, home: Path, stderr: str) -> None:
    match stderr:
        case "closed":
            within = ["sh", "-c", 'exec "$@" 2>&-', "sh"]
            node = NodeProcess.start(home, within=within)
        case "full":
            with Path("/dev/full").open("w") as full:
                node = NodeProcess.start(home, log=full)
        case _:
            unread, write = os.pipe()
            with os.fdopen(write, "w") as pipe:
                node = NodeProcess.start(home, log=pipe)
    try:
        for _ in range(700):  # more lines than a pipe holds
            node.ask("GET", "/api/v1/blocks/99999")
        assert node.health().seconds < 1
        assert accepted(node, built) == ["accepted"] * FRAMES
    finally:
        assert node.stop() == 0
    if stderr == "unread":
        os.close(unread)


def test_a_node_that_can_store_no_sign_in_link_accepts_frames(home: Path, built: ServedHome, tmp_path: Path) -> None:
    access = HomePaths(home).access
    shutil.rmtree(access, ignore_errors=True)
    access.write_text("")  # no folder: nothing can be stored in it
    log = tmp_path / "log"
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [*CLI, "node", "run", "--home", str(home), "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    assert process.stdout is not None
    link = process.stdout.readline().strip()
    assert link.endswith("/sign-in")
    node = NodeProcess(process, urlsplit(link).port or 0, log_path=log)
    try:
        assert node.health().status == 200
        assert node.post(built.uploads).status == 200
        until(lambda: any(event["event"] == "no-sign-in-link" for event in node.events()))
        access.unlink()
        secret = AccessFiles(access).invite("Ann Lee")
        assert node.ask("POST", "/api/v1/session", {"secret": secret}).status == 200
    finally:
        assert node.stop() == 0
