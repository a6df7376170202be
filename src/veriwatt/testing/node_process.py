"""A real node in a process of its own, and what its clients do: post frames, ask, sign in."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any, Self
from urllib.parse import urlsplit

from veriwatt.encoding import encode
from veriwatt.errors import Unavailable
from veriwatt.home.access_files import AccessFiles
from veriwatt.home.paths import HomePaths

CLI = [sys.executable, "-c", "from veriwatt.cli import main; main()"]
TRIES = 8
"""To sign in: fewer than a peer may make at once."""

STARTS_WITHIN = 60
"""Seconds in which a node prints its link, also on a loaded machine."""


@dataclass(slots=True)
class Answered:
    """The answer to one request, and the seconds that it took; status 0 without an answer."""

    status: int
    body: bytes
    seconds: float

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The error's code of a problem+json; empty for any other answer."""
        kind = self.json().get("type", "") if self.body[:1] == b"{" else ""
        return kind.rpartition(":")[2] if isinstance(kind, str) else ""


@dataclass(slots=True)
class NodeProcess:
    """A running node; `within` is put before its command, such as `nsenter` into another mount namespace."""

    process: subprocess.Popen[str]
    port: int
    session: str = ""
    log_path: Path | None = None

    @classmethod
    def start(
        cls,
        root: Path,
        *,
        log: Path | IO[Any] | None = None,
        within: Sequence[str] = (),
        cli: Sequence[str] = CLI,
        env: Mapping[str, str] | None = None,
    ) -> Self:
        """Start a node on the home at `root`, and sign in.

        Args:
            root: the home.
            log: the file of its log; by default nothing takes it.
            within: a command that runs the node's command.
            cli: the command line program.
            env: its environment; by default this process's.

        Raises:
            Unavailable: it did not start, or did not sign in; then it is ended.
        """
        command = [*within, *cli, "node", "run", "--home", str(root), "--listen", "127.0.0.1:0"]
        stderr: Any = log.open("w") if isinstance(log, Path) else log or subprocess.DEVNULL
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=env)
        if isinstance(log, Path):
            stderr.close()
        assert process.stdout is not None
        link = process.stdout.readline().strip()
        if not link:
            process.communicate(timeout=STARTS_WITHIN)
            raise Unavailable(f"the node on {root} did not start: status {process.returncode}")
        node = cls(process, urlsplit(link).port or 0, log_path=log if isinstance(log, Path) else None)
        try:
            node._sign_in(link.partition("secret=")[2] or AccessFiles(HomePaths(root).access).invite("script"))
        except Unavailable:
            process.kill()
            process.communicate()
            raise
        return node

    def _sign_in(self, secret: str) -> None:
        """Sign in by a link, which is unused as long as a failing disk does not take the session."""
        for _ in range(TRIES):
            answer = self.ask("POST", "/api/v1/session", {"secret": secret})
            if answer.status == 200:
                self.session = answer.json()["session"]
                return
        raise Unavailable(f"signing in answers {answer.status}")

    def ask(self, method: str, path: str, body: Any = None, *, patience: float = 30) -> Answered:
        """One request over a connection of its own; a body is sent as JSON, bytes as CBOR."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=patience)
        headers = {"Authorization": f"Bearer {self.session}"} if self.session else {}
        raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        if raw is not None:
            headers["Content-Type"] = "application/cbor" if isinstance(body, bytes) else "application/json"
        began = monotonic()
        try:
            connection.request(method, path, raw, headers)
            answer = connection.getresponse()
            return Answered(answer.status, answer.read(), monotonic() - began)
        except (OSError, HTTPException):
            return Answered(0, b"", monotonic() - began)
        finally:
            connection.close()

    def post(self, uploads: Sequence[bytes], *, patience: float = 60) -> Answered:
        """Post frames, as a terminal does."""
        return self.ask("POST", "/api/v1/frames", encode(list(uploads)), patience=patience)

    def chain(self) -> dict[str, Any]:
        """The progress of the first org's chain."""
        found: dict[str, Any] = self.ask("GET", "/api/v1/status").json()["orgs"][0]
        return found

    def health(self) -> Answered:
        return self.ask("GET", "/healthz")

    def events(self) -> list[dict[str, Any]]:
        """The events of its log so far."""
        assert self.log_path is not None
        return [json.loads(line) for line in self.log_path.read_text().splitlines() if line.startswith("{")]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.communicate(timeout=STARTS_WITHIN)
        return self.process.returncode


def until(holds: Any, within: float = 60) -> float:
    """The seconds until `holds()` is true; raises Unavailable after `within`."""
    began = monotonic()
    while not holds():
        if monotonic() - began > within:
            raise Unavailable(f"not within {within} s")
        sleep(0.1)
    return monotonic() - began
