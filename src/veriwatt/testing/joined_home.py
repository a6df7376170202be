"""The home of an org that joins a ledger by its commands, and whose node follows it in a process of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

from veriwatt.cli.bench.anchor_load import member_client
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.home.paths import HomePaths
from veriwatt.membership.new_ledger import OWNER
from veriwatt.model.evidence.trust_file import Trust, render
from veriwatt.model.members.join_request import parse_join_request
from veriwatt.model.members.organisation import AddOrg, NewMember, Role
from veriwatt.ports.ledger import LedgerEngine
from veriwatt.testing.node_process import CLI


def join(home: Path, org: str, trust: Trust, peer: str) -> bytes:
    """Make the home of `org` by `veriwatt join`; returns its request to be admitted."""
    file = home.with_suffix(".trust.json")
    file.write_bytes(render(trust))
    words = ["join", home, "--org", org, "--trust", file, "--peer", peer, "--unprotected-key"]
    subprocess.run([*CLI, *map(str, words)], check=True, capture_output=True)
    return HomePaths(home).join_request.read_bytes()


def admit_joined(ledger: LedgerEngine, founder: str, seed: bytes, raw: bytes) -> None:
    """Let a founder whose one vote suffices admit the org of a request. Run in a validator's process."""
    asked = parse_join_request(raw)
    owner = NewMember(OWNER, Role.OWNER, asked.owner)
    member_client(ledger, founder, Ed25519Signer(seed)).submit(AddOrg(asked.org, asked.title, owner))
