"""What an anchor costs the embedded ledger, beside bare Ed25519 verification of the same transactions.

Anchors of ten frames each by 32 orgs, in blocks of 512: each alone, or 64 in a bundle. Executing is all of it: parse,
authenticate, the rules of the kind, the state's root, both headers signed, one synced commit of the file. The floor is
libsodium over the same signed bytes, taken in turn with the work.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from veriwatt.cli.bench import network
from veriwatt.cli.bench.anchor_load import FRAMES, admit_orgs, anchor_of, check_done, member_client
from veriwatt.cli.bench.figures import Figure, Measure, paired, seconds
from veriwatt.crypto.bare_libsodium import verify_all
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.ledger.open_ledger import audit_ledger, create_ledger, ledger_file
from veriwatt.machine.transaction_kinds import parse
from veriwatt.membership.member_client import MemberClient
from veriwatt.membership.new_ledger import OWNER, make_genesis
from veriwatt.model.ledger.bundle import BUNDLE_HORIZON, MOST_TRANSACTIONS, sign_bundle
from veriwatt.ports.ledger import Ledger, submit
from veriwatt.system.clock import SystemClock
from veriwatt.system.garbage_collector import gc_frozen

ORGS = 32
BLOCK = 512
ROUNDS = 8
SINGLE = 64
"""Anchors submitted one by one."""


def measure() -> list[Measure]:
    """Anchors a second in blocks and in bundles, one alone, its bytes on the wire and in the file, and the audit."""
    with TemporaryDirectory() as folder:
        with _rig(Path(folder)) as built:
            blocks, bundled = ([built.anchors(BLOCK) for _ in range(ROUNDS)] for _ in range(2))
            singles = built.anchors(SINGLE)
            with gc_frozen():
                in_blocks = _in_blocks("anchors", built, blocks, blocks)
                in_bundles = _in_blocks("in_bundles", built, bundled, [built.bundles(block) for block in bundled])
                one = median([seconds(partial(built.execute, [raw])) for raw in singles])
        count, stored = 2 * ROUNDS * BLOCK + SINGLE, ledger_file(Path(folder)).stat().st_size
        audited = seconds(lambda: audit_ledger(Path(folder)))
    return [
        in_blocks,
        in_bundles,
        Figure("anchor_alone", one * 1e3, "ms"),
        Figure("wire_bytes", median([len(raw) for raw in blocks[-1]]), "B/anchor"),
        Figure("stored_bytes", stored / count, "B/anchor"),
        Figure("audited", count / audited, "anchors/s"),
        *network.measure(),
    ]


@dataclass(slots=True)
class _Rig:
    """A ledger whose orgs all have a data chain, and the desk and key of each org's owner."""

    ledger: Ledger
    clients: list[MemberClient]
    signers: dict[str, Ed25519Signer]
    size: int = 0

    def anchors(self, count: int) -> list[bytes]:
        """The next signed anchors, org after org; `count` is a multiple of ORGS."""
        signed = []
        for _ in range(count // ORGS):
            old, self.size = self.size, self.size + FRAMES
            signed += [client.sign(anchor_of(old, self.size)) for client in self.clients]
        return signed

    def bundles(self, transactions: list[bytes]) -> list[bytes]:
        """The transactions in full bundles, the owner of an org as the relay of each."""
        expiry, full = self.ledger.head().height + BUNDLE_HORIZON, MOST_TRANSACTIONS
        return [
            sign_bundle(key, self.ledger.chain_id, org, OWNER, expiry, transactions[at : at + full])
            for at, (org, key) in zip(range(0, len(transactions), full), cycle(self.signers.items()))
        ]

    def execute(self, transactions: list[bytes]) -> None:
        check_done(submit(self.ledger, transactions))

    def signed(self, transactions: list[bytes]) -> list[tuple[bytes, bytes]]:
        parsed = map(parse, transactions)
        return [(tx.signature + tx.signed, self.signers[tx.org].public.raw) for tx in parsed]


def _in_blocks(name: str, built: _Rig, blocks: list[list[bytes]], sent: list[list[bytes]]) -> Figure:
    """The rate of the anchors of `blocks`, which go to the ledger as those of `sent`."""
    waiting, floors = iter(sent), iter([built.signed(block) for block in blocks])

    def work() -> float:
        return seconds(partial(built.execute, next(waiting)))

    def floor() -> float:
        return seconds(partial(verify_all, next(floors)))

    spent, least, ratio = paired(len(blocks), work, floor)
    return Figure(name, BLOCK / spent, "anchors/s", BLOCK / least, 1 / ratio)


@contextmanager
def _rig(folder: Path) -> Iterator[_Rig]:
    clock, consensus = SystemClock(), Ed25519Signer(os.urandom(32))
    seeds = {f"org{i}": os.urandom(32) for i in range(ORGS)}
    keys = {org: Ed25519Signer(seed) for org, seed in seeds.items()}
    founder = next(iter(keys))
    genesis = make_genesis("bench", founder, founder, consensus, keys[founder], clock.now())
    with create_ledger(folder, genesis, consensus, clock) as ledger:
        admit_orgs(ledger, founder, seeds)
        yield _Rig(ledger, [member_client(ledger, org, key) for org, key in keys.items()], keys)
