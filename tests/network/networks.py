"""Networks of homes on loopback, made and run by the commands as people run them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from veriwatt.encoding import encode
from veriwatt.system.free_port import free_port
from veriwatt.testing.node_process import CLI

ORGS = ("food", "grid", "office", "works")

READINGS = "time,kwh\n2026-03-01 00:15,12.5\n2026-03-01 00:30,11.75\n"

MAPPING = """\
[file]
timestamp = "time"
format = "%Y-%m-%d %H:%M"
stamp = "end"
clock = "Asia/Shanghai"

[[point]]
id = "{stem}.active"
column = "kwh"
energy = "electricity"
kind = "interval"
unit = "kWh"
slot = "15m"
timezone = "Asia/Shanghai"
resolution = "0.01"
"""


@dataclass(frozen=True, slots=True)
class Done:
    """A command that ended: its exit status, what it printed, and the object of --json."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run(*words: object, patience: int = 240) -> Done:
    """Run a command of `veriwatt`."""
    done = subprocess.run(
        [*CLI, *map(str, words)], capture_output=True, text=True, timeout=patience, check=False, env=dict(os.environ)
    )
    return Done(done.returncode, done.stdout, done.stderr)


def write_plan(folder: Path, program: Path) -> Path:
    """The plan of a network of `ORGS`, each with a validator at ports that are free now."""
    path = folder / "plan.toml"
    orgs = "".join(
        f'[[org]]\nid = "{org}"\ntitle = "{org.title()} Ltd"\np2p = "127.0.0.{at}:{free_port()}"\n'
        f'listen = "127.0.0.1:{free_port()}"\nrpc_port = {free_port()}\nprogram = "{program}"\n'
        for at, org in enumerate(ORGS, 1)
    )
    path.write_text(f'name = "park"\n{orgs}')
    return path


def write_readings(folder: Path) -> tuple[Path, Path]:
    """A file of two readings, and its mapping."""
    (folder / "readings.csv").write_text(READINGS)
    (folder / "mapping.toml").write_text(MAPPING)
    return folder / "readings.csv", folder / "mapping.toml"


@dataclass(frozen=True, slots=True)
class Node:
    """The running node of a home in a network, as its clients see it."""

    address: str
    session: str

    @classmethod
    def signed_in(cls, link: str) -> Node:
        """With a session by the link that its start printed."""
        address, _, secret = link.partition("/sign-in?secret=")
        answer = httpx.post(f"{address}/api/v1/session", json={"secret": secret}, trust_env=False)
        return cls(address, answer.json()["session"])

    def get(self, path: str) -> httpx.Response:
        held = {"Authorization": f"Bearer {self.session}"}
        return httpx.get(f"{self.address}{path}", headers=held, timeout=60, trust_env=False)

    def failing(self) -> dict[str, str]:
        """The works that fail now, with the codes of their errors."""
        return dict(self.get("/healthz").json().get("failing", {}))

    def post(self, uploads: Sequence[bytes]) -> list[dict[str, Any]]:
        """What became of frames that are sent, in order."""
        sent = {"content": encode(list(uploads)), "headers": {"Content-Type": "application/cbor"}}
        answer = httpx.post(f"{self.address}/api/v1/frames", timeout=60, trust_env=False, **sent)  # type: ignore[arg-type]
        return list(answer.json()["frames"])

    def chain(self) -> dict[str, Any]:
        """How far the org's data chain has come."""
        return dict(self.get("/api/v1/status").json()["orgs"][0])
