"""`veriwatt node run` as its users meet it: a process that prints a link, takes frames, anchors, and stops cleanly."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.e2e.cli_home import Cli
from tests.served_home import ServedHome, build_home
from veriwatt.encoding import encode
from veriwatt.home.paths import HomePaths
from veriwatt.node.edge_connection import HEAD_BYTES
from veriwatt.system.exclusive_lock import exclusive_lock

COMMAND = [sys.executable, "-c", "from veriwatt.cli import main; main()", "node", "run", "--listen", "127.0.0.1:0"]
CBOR = {"content-type": "application/cbor"}

OPEN_HOME = """
import sys, time
from pathlib import Path
from veriwatt.node.home import Home
with Home(Path(sys.argv[1])):
    print("opened", flush=True)
    time.sleep(60)
"""


@dataclass(slots=True)
class Running:
    process: subprocess.Popen[str]
    link: str

    @property
    def address(self) -> str:
        parts = urlsplit(self.link)
        return f"{parts.scheme}://{parts.netloc}"

    def signed_in(self) -> httpx.Client:
        secret = self.link.partition("secret=")[2]
        session = httpx.post(f"{self.address}/api/v1/session", json={"secret": secret}).json()["session"]
        return httpx.Client(base_url=self.address, headers={"Authorization": f"Bearer {session}"})

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Exit status and log."""
        self.process.send_signal(number)
        _, log = self.process.communicate(timeout=30)
        return self.process.returncode, log


def start(home: Path, *options: str) -> Running:
    """A node as the first process of a group, like that of a terminal."""
    process = subprocess.Popen(
        [*COMMAND, "--home", str(home), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    assert process.stdout is not None
    link = process.stdout.readline().strip()
    assert link, process.communicate(timeout=30)[1]
    return Running(process, link)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ServedHome:
    return build_home(tmp_path_factory.mktemp("node-http"))


@pytest.fixture
def home(built: ServedHome, tmp_path: Path) -> Path:
    shutil.copytree(built.root, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def running(home: Path) -> Iterator[Running]:
    node = start(home)
    yield node
    if node.process.poll() is None:
        node.stop()


def test_stopping_anchors_what_was_accepted_and_a_restart_has_it(
    running: Running, built: ServedHome, home: Path
) -> None:
    with running.signed_in() as client:
        posted = client.post("/api/v1/frames", content=encode(built.uploads), headers=CBOR).json()["frames"]
        assert {frame["code"] for frame in posted} == {"accepted"}
        (chain,) = client.get("/api/v1/status").json()["orgs"]
        assert chain["anchored"] < chain["frames"]
    status, log = running.stop()
    assert status == 0, log
    assert "Traceback" not in log
    again = start(home)
    try:
        with again.signed_in() as client:
            (chain,) = client.get("/api/v1/status").json()["orgs"]
            assert chain["anchored"] == chain["frames"] == posted[-1]["position"] + 1
            known = client.post("/api/v1/frames", content=encode(built.uploads), headers=CBOR).json()["frames"]
            assert [f["position"] for f in known] == [f["position"] for f in posted]
    finally:
        assert again.stop(signal.SIGINT)[0] == 0


def test_killed_right_after_its_answer_the_node_has_every_frame(
    running: Running, built: ServedHome, home: Path
) -> None:
    posted = httpx.post(f"{running.address}/api/v1/frames", content=encode(built.uploads), headers=CBOR).json()
    running.process.kill()
    running.process.communicate()
    again = start(home)
    try:
        known = httpx.post(f"{again.address}/api/v1/frames", content=encode(built.uploads), headers=CBOR).json()
        places = [(frame["code"], frame["position"]) for frame in known["frames"]]
        assert places == [("known", frame["position"]) for frame in posted["frames"]]
    finally:
        again.stop()


def test_frames_are_anchored_in_the_background(built: ServedHome, home: Path) -> None:
    settings = home / "node.toml"
    settings.write_text(settings.read_text().replace("anchor_seconds = 60", "anchor_seconds = 1"))
    node = start(home)
    try:
        with node.signed_in() as client:
            client.post("/api/v1/frames", content=encode(built.uploads), headers=CBOR)
            deadline = time.monotonic() + 20
            while True:
                (chain,) = client.get("/api/v1/status").json()["orgs"]
                if chain["anchored"] == chain["frames"] == chain["viewed"]:
                    break
                assert time.monotonic() < deadline, chain
                time.sleep(0.1)
            got = client.get("/api/v1/evidence", params={"point": "yard.hall", "slot": "2026-09-02T10:15"})
            trust = client.get("/api/v1/trust").content
            files = {"evidence": ("a.vwe", got.content), "trust": ("trust.json", trust)}
            verified = client.post("/api/v1/verify", files=files).json()
            assert (verified["verdict"], verified["facts"]["value"]) == ("proven", "5.41")
    finally:
        node.stop()


def test_the_link_signs_in_once_and_neither_it_nor_a_reading_is_logged(running: Running) -> None:
    secret = running.link.partition("secret=")[2]
    with running.signed_in() as client:
        token = client.headers["Authorization"].removeprefix("Bearer ")
        assert client.post("/api/v1/session", json={"secret": secret}).status_code == 403
        client.get("/api/v1/points/works.total/totals", params={"from": "2026-09-01", "to": "2026-09-02"})
        client.get("/api/v1/blocks/99999")
    _, log = running.stop()
    events = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert {event["event"] for event in events} >= {"listening", "request-refused", "stopped"}
    assert secret not in log
    assert token not in log


def test_commands_run_while_the_node_serves_and_no_post_is_lost(
    running: Running, built: ServedHome, home: Path, tmp_path: Path
) -> None:
    cli, place = Cli(tmp_path), ("--home", home)
    with running.signed_in() as client, ThreadPoolExecutor(1) as poster:

        def post_all() -> list[str]:
            answers = [client.post("/api/v1/frames", content=each, headers=CBOR, timeout=60) for each in built.uploads]
            return [answer.json()["frames"][0]["code"] for answer in answers]

        posted = poster.submit(post_all)
        cli.run("org", "add", "metro", *place)
        rows = cli.ask("query", "works.total", "--from", "2026-09-01", "--to", "2026-09-03", *place)["rows"]
        cli.run("member", "add", "ida", "--role", "metrology", "--org", "metro", *place)
        cli.run("org", "grant-role", "metro", "metrology", *place)
        cli.run("terminal", "certify", "--terminal", "software", "--by", "metro", *place)

        assert posted.result(60) == ["accepted"] * len(built.uploads)
        assert len(rows) == 2
        metro, works = client.get("/api/v1/orgs").json()["orgs"]
        assert (metro["org"], metro["admitted_by"], works["org"], works["admitted_by"]) == (
            "metro",
            "works",
            "works",
            None,
        )
        assert [(role["role"], role["votes"], role["basis"]) for role in metro["roles"]] == [
            ("metrology", ["works"], "single-founder")
        ]
    status, log = running.stop()
    assert (status, "Traceback" in log) == (0, False), log
    assert cli.ask("fsck", *place)["ok"]


def test_a_node_gets_its_home_back_from_a_command_that_was_killed(running: Running, home: Path, tmp_path: Path) -> None:
    opening = [sys.executable, "-c", OPEN_HOME, str(home)]
    with subprocess.Popen(opening, stdout=subprocess.PIPE, text=True) as command:
        assert command.stdout is not None
        assert command.stdout.readline() == "opened\n"
        command.kill()
    assert httpx.get(f"{running.address}/healthz", timeout=30).json() == {"ok": True}


def test_a_stopping_node_does_not_wait_for_the_command_that_has_its_home(
    running: Running, built: ServedHome, home: Path
) -> None:
    def post() -> httpx.Response:
        url = f"{running.address}/api/v1/frames"
        return httpx.post(url, content=encode(built.uploads), headers=CBOR, timeout=60)

    posted, opening = post().json(), [sys.executable, "-c", OPEN_HOME, str(home)]
    with ThreadPoolExecutor(1) as poster, subprocess.Popen(opening, stdout=subprocess.PIPE, text=True) as command:
        assert command.stdout is not None
        assert command.stdout.readline() == "opened\n"
        waiting = poster.submit(post)
        time.sleep(0.5)  # it has been sent
        status, log = running.stop()
        command.kill()
        assert waiting.result(60).status_code == 503
    assert (status, "Traceback" in log, "background-failed" in log) == (0, False, False), log
    again = start(home)
    try:
        known = httpx.post(f"{again.address}/api/v1/frames", content=encode(built.uploads), headers=CBOR).json()
        places = [(frame["code"], frame["position"]) for frame in known["frames"]]
        assert places == [("known", frame["position"]) for frame in posted["frames"]]
    finally:
        again.stop()


def test_a_node_reopens_a_home_once_its_settings_are_mended(running: Running, home: Path, tmp_path: Path) -> None:
    settings = home / "node.toml"
    good = settings.read_text()
    with exclusive_lock(HomePaths(home).lock):  # as a command that has the home
        settings.write_text(good + "anchor_second = 3\n")
    Cli(tmp_path).run("points", "list", "--home", home, expect=2)
    assert httpx.get(f"{running.address}/healthz", timeout=30).status_code == 503
    settings.write_text(good)
    deadline = time.monotonic() + 60
    while httpx.get(f"{running.address}/healthz", timeout=30).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    status, log = running.stop()
    assert (status, "anchor_second: is not a key of this table" in log) == (0, True), log


def test_ctrl_c_ends_node_and_checker_processes_without_a_traceback(home: Path) -> None:
    settings = home / "node.toml"
    settings.write_text(settings.read_text().replace("verify_processes = 0", "verify_processes = 2"))
    node = start(home)  # its helpers are still on their way
    os.killpg(node.process.pid, signal.SIGINT)
    _, log = node.process.communicate(timeout=30)
    assert (node.process.returncode, "Traceback" in log) == (0, False), log


@pytest.mark.parametrize(
    "sent",
    [b"rubbish\r\n\r\n", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * HEAD_BYTES],
    ids=["no request", "a head without end"],
)
def test_bytes_that_are_not_http_are_answered_400_and_disconnected(running: Running, sent: bytes) -> None:
    there = urlsplit(running.address)
    peer = socket.create_connection((there.hostname or "", there.port or 0), timeout=10)
    with peer, peer.makefile("rb") as got:
        peer.sendall(sent)
        head, _, body = got.read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json" in head
    assert json.loads(body)["type"] == "urn:veriwatt:error:malformed"
    assert httpx.get(f"{running.address}/healthz", timeout=30).json() == {"ok": True}


def test_a_second_node_on_the_same_home_exits_with_the_reason(running: Running, home: Path) -> None:
    tried = subprocess.run([*COMMAND, "--home", str(home)], capture_output=True, text=True, timeout=60, check=False)
    assert tried.returncode == 3
    assert "a node serves the home" in tried.stderr
    assert "Traceback" not in tried.stderr


def test_a_taken_port_is_reported_in_one_line(running: Running, built: ServedHome, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(built.root, other)
    command = [*COMMAND[:-1], urlsplit(running.link).netloc, "--home", str(other)]
    tried = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert tried.returncode == 3
    assert "cannot listen on" in tried.stderr
    assert "Traceback" not in tried.stderr
