"""A private swarm of real nodes of IPFS on loopback.

with KuboSwarm(folder, program, 2) as swarm:
    one, other = KuboStore(swarm.address(0)), KuboStore(swarm.address(1))
"""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Self

import httpx

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Unavailable
from veriwatt.store.kubo.private_swarm import SwarmPeer, configure_node, daemon_command, init_node, node_environment
from veriwatt.system.free_port import free_port

PATIENCE = 60
"""Seconds for a node to answer on a busy machine."""

KEY = sha256(b"veriwatt simulated key: swarm")


class KuboSwarm:
    """Nodes that each name all others; they run until the end of the `with` block."""

    def __init__(self, folder: Path, program: Path, nodes: int, key: bytes = KEY) -> None:
        self._key, self._peers = key, list[SwarmPeer]()
        self._program, self._repos = program, [folder / f"ipfs{at}" for at in range(nodes)]
        self._ports = [(free_port(), free_port()) for _ in range(nodes)]
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        peers = self._peers
        for repo, (port, _) in zip(self._repos, self._ports, strict=True):
            repo.mkdir(parents=True)
            peers.append(SwarmPeer(init_node(self._program, repo, self._key), f"/ip4/127.0.0.1/tcp/{port}"))
        for at, own in enumerate(peers):
            configure_node(self._repos[at], own.address, self._ports[at][1], [each for each in peers if each != own])
        for at in range(len(peers)):
            self.start(at)
        return self

    def address(self, at: int) -> str:
        """Of the interface of a node."""
        return f"http://127.0.0.1:{self._ports[at][1]}"

    def peer_id(self, at: int) -> str:
        return self._peers[at].id

    def peer_address(self, at: int) -> str:
        """Where the other nodes reach a node."""
        return self._peers[at].address

    def repo(self, at: int) -> Path:
        return self._repos[at]

    def start(self, at: int) -> None:
        """Start a node; returns when it answers."""
        repo = self._repos[at]
        with (repo / "log").open("ab") as log:
            self._running[at] = subprocess.Popen(
                daemon_command(self._program), env=node_environment(repo), stdout=log, stderr=log
            )
        until = monotonic() + PATIENCE
        while not self._answers(at):
            if monotonic() > until or self._running[at].poll() is not None:
                self.stop(at)
                raise Unavailable(f"the node of IPFS does not run: {(repo / 'log').read_text()[-2000:]}")
            sleep(0.1)

    def _answers(self, at: int) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.post(f"{self.address(at)}/api/v0/id", timeout=2).status_code == httpx.codes.OK
        return False

    def stop(self, at: int) -> None:
        """End a node, as a crash does."""
        process = self._running.pop(at)
        process.kill()
        process.wait()

    def __exit__(self, *_: object) -> None:
        for at in list(self._running):
            self.stop(at)
