"""Readings a second over HTTP: a node of its own process, one client that posts batches of frames."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep

import httpx

from veriwatt.cli.bench.figures import Figure
from veriwatt.cli.bench.rig import READINGS, Rig
from veriwatt.encoding import encode
from veriwatt.errors import Unavailable

EACH = 64
"""Frames of every terminal."""

POSTED = 128
"""Frames in one post."""

STARTS_WITHIN = 60


def http_readings(built: Rig) -> Figure:
    """Readings a second that a node accepts over HTTP, durably, receipts included."""
    uploads = built.frames(EACH)
    bodies = [encode(uploads[at : at + POSTED]) for at in range(0, len(uploads), POSTED)]
    root = built.home.paths.root
    built.home.close()
    with _node(root) as address, httpx.Client(base_url=address, timeout=60) as client:
        began = perf_counter()
        for body in bodies:
            answer = client.post("/api/v1/frames", content=body, headers={"content-type": "application/cbor"})
            answer.raise_for_status()
        spent = perf_counter() - began
    return Figure("http_readings", len(uploads) * READINGS / spent, "readings/s")


@contextmanager
def _node(root: Path) -> Iterator[str]:
    """A node on a free port; ended when the work is done."""
    command = [sys.executable, "-c", "from veriwatt.cli import main; main()"]
    command += ["node", "run", "--home", str(root), "--listen", "127.0.0.1:0"]
    log = root.parent / "node.log"
    with log.open("wb") as told:
        node = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=told, text=True)
    try:
        yield _address(node, log)
    finally:
        node.terminate()
        node.wait(timeout=STARTS_WITHIN)


def _address(node: subprocess.Popen[str], log: Path) -> str:
    until = perf_counter() + STARTS_WITHIN
    while perf_counter() < until and node.poll() is None and node.stdout is not None:
        for line in node.stdout:
            start = line.find("http://")
            if start >= 0:
                return line[start:].split("/sign-in")[0].split('"')[0].strip()
        sleep(0.05)
    raise Unavailable(f"the node did not start: {log.read_text()[-500:]}")
