"""A node that serves TLS itself, with real terminals, real sockets and real certificate files."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.cli_home import Cli
from tests.e2e.live_site import POINTS, Site, at_work, until
from veriwatt.crypto.tls_certificate import certificate_fingerprint, fingerprint_text, make_certificate
from veriwatt.model.points.status import Status
from veriwatt.system.free_port import free_port
from veriwatt.units import HOUR

NODE = [sys.executable, "-c", "from veriwatt.cli import main; main()", "node", "run"]
FEW = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256)); "
OTHER = "sha256:" + "ab" * 32


def test_a_terminal_delivers_over_tls_to_the_node_whose_certificate_it_pins_and_to_no_other(site: Site) -> None:
    site.scheme = "https"
    settings = site.folder / "t1" / "terminal.toml"

    def pin(fingerprint: str) -> None:
        lines = [line for line in settings.read_text().splitlines() if not line.startswith("fingerprint")]
        settings.write_text("\n".join([lines[0], f'fingerprint = "{fingerprint}"', *lines[1:]]) + "\n")

    async def refused(words: list[str]) -> None:
        said: list[str] = []
        with site.again() as terminal:
            loop = terminal.loop({}, terminal.log_host(), lambda code, text: said.append(f"{code}: {text}"))
            running = asyncio.create_task(loop.run())
            await until(lambda: any(line.startswith("wrong-certificate: ") for line in said))
            loop.stop()
            await running
        (line, *_) = [line for line in said if line.startswith("wrong-certificate: ")]
        assert [word for word in words if word not in line] == []

    async def go() -> None:
        async with site.park.serve() as endpoints:
            site.equip(endpoints).close()
            site.up()
            shown = Cli(site.folder).ask("node", "certificate", "--home", site.node)["fingerprint"]
            await refused(["self-signed", "veriwatt node certificate"])
            pin(OTHER)
            await refused([OTHER, shown])
            pin(shown)
            with site.again() as terminal:
                async with at_work(site, terminal, until_reported="ready") as work:
                    await work.drive(site.start + HOUR)
                    await work.until_final(8)

    asyncio.run(go())
    site.down()
    assert site.anchored()[Status.MEASURED] == POINTS * 4


class Node:
    """`veriwatt node run` with these options; `said` is what its console showed before the link."""

    def __init__(self, home: Path, port: int, *options: str, listen: str = "127.0.0.1") -> None:
        self.port, self.log = port, home.parent / "node.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*NODE, "--home", str(home), "--listen", f"{listen}:{port}", *options],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self.process.stdout is not None
        self.link = self.process.stdout.readline().strip()

    def logged(self, event: str) -> dict[str, str]:
        """The newest event of this name, once there is one."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
            if found := [line for line in lines if line["event"] == event]:
                return dict(found[-1])
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=30)


def shown_to(port: int, lowest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> tuple[str, str]:
    """Fingerprint that a client sees, and the protocol it ends up with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = lowest
    with socket.create_connection(("127.0.0.1", port), 10) as raw, context.wrap_socket(raw) as wrapped:
        der = wrapped.getpeercert(binary_form=True) or b""
        pem = ssl.DER_cert_to_PEM_cert(der).encode()
        return fingerprint_text(certificate_fingerprint(pem)), wrapped.version() or ""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    Cli(tmp_path).run("init", tmp_path / "home", "--org", "works")
    monkeypatch.setenv("VERIWATT_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    return tmp_path / "home"


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def everywhere(home: Path, port: int) -> Iterator[Node]:
    node = Node(home, port, listen="0.0.0.0")
    yield node
    node.stop()


def test_off_loopback_a_node_serves_tls_1_3_alone_and_says_its_fingerprint(
    everywhere: Node, home: Path, port: int
) -> None:
    fingerprint, version = shown_to(port)
    assert version == "TLSv1.3"
    assert fingerprint in everywhere.log.read_text()
    assert stat.S_IMODE((home / "tls" / "key.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE((home / "tls").stat().st_mode) == 0o700
    with pytest.raises(ssl.SSLError):
        shown_to(port, ssl.TLSVersion.TLSv1_2)
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"http://127.0.0.1:{port}/healthz")
    answer = httpx.get(f"https://127.0.0.1:{port}/healthz", verify=trusting(home / "tls" / "certificate.pem"))
    assert "max-age" in answer.headers["strict-transport-security"]
    everywhere.stop()
    again = Node(home, port, listen="0.0.0.0")
    try:
        assert shown_to(port)[0] == fingerprint
    finally:
        again.stop()


def test_plain_http_off_loopback_is_asked_for_in_so_many_words(home: Path, port: int) -> None:
    node = Node(home, port, "--plain-http", listen="0.0.0.0")
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/healthz")
        assert answer.json()["ok"]
        assert "strict-transport-security" not in answer.headers
        assert node.logged("plain-http")["level"] == "warning"
    finally:
        node.stop()


def test_new_certificate_files_are_taken_up_without_a_stop_and_bad_ones_are_not(home: Path, port: int) -> None:
    folder, now = home.parent, time.time_ns() // 1_000_000
    first, second = (make_certificate(["localhost"], now) for _ in range(2))
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(first[0])
    key.write_bytes(first[1])
    with (home / "node.toml").open("a") as settings:
        settings.write(f'certificate = "{certificate}"\ncertificate_key = "{key}"\n')
    node = Node(home, port)
    try:
        assert node.link.startswith("https://")
        certificate.write_bytes(second[0])  # its key is not there yet
        node.process.send_signal(signal.SIGHUP)
        assert str(key) in node.logged("certificate-not-usable")["why"]
        assert shown_to(port)[0] == fingerprint_text(certificate_fingerprint(first[0]))
        key.write_bytes(second[1])
        node.process.send_signal(signal.SIGHUP)
        second_shown = fingerprint_text(certificate_fingerprint(second[0]))
        assert node.logged("certificate-taken-up")["fingerprint"] == second_shown
        assert shown_to(port)[0] == second_shown
    finally:
        node.stop()


def test_a_certificate_that_ends_within_a_month_is_told_in_log_and_health(home: Path, port: int) -> None:
    shutil.rmtree(home / "tls", ignore_errors=True)
    (home / "tls").mkdir()
    begun = time.time_ns() // 1_000_000 - 3640 * 24 * 3600 * 1000
    for name, pem in zip(
        ("certificate.pem", "key.pem"), make_certificate(["localhost", "127.0.0.1"], begun), strict=True
    ):
        (home / "tls" / name).write_bytes(pem)
    node = Node(home, port, "--tls")
    try:
        told = node.logged("certificate-ends")
        health = httpx.get(
            f"https://127.0.0.1:{port}/healthz", verify=trusting(home / "tls" / "certificate.pem")
        ).json()
        assert health["certificate_until"] == told["until"]
    finally:
        node.stop()


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


@pytest.mark.parametrize("option", ["--tls", "certificate"])
def test_plain_http_contradicts_what_asks_for_tls(home: Path, option: str) -> None:
    if option == "certificate":
        with (home / "node.toml").open("a") as settings:
            settings.write('certificate = "a.pem"\ncertificate_key = "b.pem"\n')
    said = (
        Cli(home.parent)
        .run("node", "run", "--plain-http", *([option] if option == "--tls" else []), "--home", home, expect=2)
        .stderr
    )
    assert "contradicts TLS" in said


def test_handshakes_that_do_not_go_on_hold_no_place_against_whoever_comes(home: Path, port: int) -> None:
    with_few = [sys.executable, "-c", FEW + "from veriwatt.cli import main; main()", *NODE[3:]]
    command = [*with_few, "--home", str(home), "--listen", f"127.0.0.1:{port}", "--tls"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        trusted = trusting(home / "tls" / "certificate.pem")
        silent = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(300)]
        try:
            for _ in range(5):
                began = time.monotonic()
                assert httpx.get(f"https://127.0.0.1:{port}/healthz", verify=trusted, timeout=20).json()["ok"]
                assert time.monotonic() - began < 2
        finally:
            for each in silent:
                each.close()
            process.terminate()
        assert process.wait(30) == 0
