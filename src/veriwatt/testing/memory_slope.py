"""How the memory of a process grows with the blocks of its ledger."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from veriwatt.cli.bench.anchor_load import FRAMES, anchor_of
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.ledger.open_ledger import create_ledger
from veriwatt.machine.anchors.queries import data_chain
from veriwatt.membership.new_ledger import OWNER, make_genesis
from veriwatt.model.chain.anchor import OpenLog
from veriwatt.model.ledger.transaction import Body, sign_transaction
from veriwatt.ports.ledger import Ledger, LedgerEngine, submit
from veriwatt.system.clock import SystemClock
from veriwatt.system.garbage_collector import gc_frozen

EXPIRES_IN = 50
"""Blocks, as of a member who does not wait long: what expired is forgotten, and the state keeps its size."""

SAMPLES = 40

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Sample(NamedTuple):
    """The resident bytes of a process at a height."""

    height: int
    resident: int


def resident(pid: int) -> int:
    """The bytes of a process that are in memory, those of mapped files left out."""
    _, total, shared, *_ = map(int, Path(f"/proc/{pid}/statm").read_text().split())
    return (total - shared) * _PAGE


def slope(samples: Sequence[Sample]) -> float:
    """Bytes a block by least squares, of the second half: the first fills caches and the allocator's pools."""
    late = samples[len(samples) // 2 :]
    mean_height = sum(each.height for each in late) / len(late)
    mean_bytes = sum(each.resident for each in late) / len(late)
    spread = sum((each.height - mean_height) ** 2 for each in late)
    return sum((each.height - mean_height) * (each.resident - mean_bytes) for each in late) / spread


def anchor_until(ledger: LedgerEngine, org: str, seed: bytes, height: int) -> int:
    """Let the org anchor, one anchor after the other, until that height; returns the height that is reached."""
    key = Ed25519Signer(seed)
    while (reached := ledger.head().height) < height:
        old = data_chain(ledger, org).size
        submit(ledger, [_signed(ledger, org, key, reached, anchor_of(old, old + FRAMES))])
    return reached


def embedded_samples(folder: Path, blocks: int) -> list[Sample]:
    """Of an embedded ledger in a process of its own that makes so many blocks of one anchor each."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(_embedded, folder, blocks).result()


def _embedded(folder: Path, blocks: int) -> list[Sample]:
    consensus, owner, clock = Ed25519Signer(os.urandom(32)), os.urandom(32), SystemClock()
    genesis = make_genesis("memory", "org", "org", consensus, Ed25519Signer(owner), clock.now())
    with create_ledger(folder, genesis, consensus, clock) as ledger, gc_frozen():
        submit(ledger, [_signed(ledger, "org", Ed25519Signer(owner), 0, OpenLog(Ed25519Signer(os.urandom(32)).public))])
        found = []
        for at in range(1, SAMPLES + 1):
            height = anchor_until(ledger, "org", owner, at * blocks // SAMPLES)
            found.append(Sample(height, resident(os.getpid())))
    return found


def _signed(ledger: Ledger, org: str, key: Ed25519Signer, height: int, body: Body) -> bytes:
    return sign_transaction(key, ledger.chain_id, org, OWNER, os.urandom(16), height + EXPIRES_IN, body)
