"""What an anchor costs the embedded ledger, beside bare Ed25519 verification of the same transactions.

Anchors of ten frames each by 32 orgs, in blocks of 512. Executing is all of it: parse, authenticate, the rules
of the kind, the state's root, both headers signed, one synced commit of the file. The floor is libsodium over
the same signed bytes, taken in turn with the work.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from veriwatt.cli.bench.figures import Figure, paired, seconds
from veriwatt.crypto.bare_libsodium import verify_all
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.errors import Refused
from veriwatt.ids import Digest, ObjectId
from veriwatt.ledger.open_ledger import audit_ledger, create_ledger, ledger_file
from veriwatt.machine.transaction_kinds import parse
from veriwatt.membership.member_client import MemberClient
from veriwatt.membership.new_ledger import OWNER, make_genesis
from veriwatt.merkle.tree import cover
from veriwatt.model.chain.anchor import Anchor, OpenLog
from veriwatt.model.ledger.transaction import Body
from veriwatt.model.members.organisation import AddOrg, NewMember, Role
from veriwatt.ports.ledger import Ledger, submit
from veriwatt.system.clock import SystemClock
from veriwatt.system.garbage_collector import gc_frozen

ORGS = 32
BLOCK = 512
FRAMES = 10
"""Frames in an anchor."""

ROUNDS = 8
SINGLE = 64
"""Anchors submitted one by one."""


def measure() -> list[Figure]:
    """Anchors a second in blocks, one alone, its bytes on the wire and in the file, and the audit of them all."""
    with TemporaryDirectory() as folder:
        with _rig(Path(folder)) as built:
            blocks, singles = [built.anchors(BLOCK) for _ in range(ROUNDS)], built.anchors(SINGLE)
            with gc_frozen():
                in_blocks = _in_blocks(built, blocks)
                one = median([seconds(partial(built.execute, [raw])) for raw in singles])
        count, stored = ROUNDS * BLOCK + SINGLE, ledger_file(Path(folder)).stat().st_size
        audited = seconds(lambda: audit_ledger(Path(folder)))
    return [
        in_blocks,
        Figure("anchor_alone", one * 1e3, "ms"),
        Figure("wire_bytes", median([len(raw) for raw in blocks[-1]]), "B/anchor"),
        Figure("stored_bytes", stored / count, "B/anchor"),
        Figure("audited", count / audited, "anchors/s"),
    ]


@dataclass(slots=True)
class _Rig:
    """A ledger whose orgs all have a data chain, and the desk and key of each org's owner."""

    ledger: Ledger
    clients: list[MemberClient]
    keys: dict[str, bytes]
    size: int = 0

    def anchors(self, count: int) -> list[bytes]:
        """The next signed anchors, org after org; `count` is a multiple of ORGS."""
        signed = []
        for _ in range(count // ORGS):
            old, self.size = self.size, self.size + FRAMES
            signed += [client.sign(_anchor(old, self.size)) for client in self.clients]
        return signed

    def execute(self, transactions: list[bytes]) -> None:
        for result in submit(self.ledger, transactions):
            if not result.ok:
                raise Refused(result.text)

    def signed(self, transactions: list[bytes]) -> list[tuple[bytes, bytes]]:
        parsed = map(parse, transactions)
        return [(tx.signature + tx.signed, self.keys[tx.org]) for tx in parsed]


def _in_blocks(built: _Rig, blocks: list[list[bytes]]) -> Figure:
    waiting, floors = iter(blocks), iter([built.signed(block) for block in blocks])

    def work() -> float:
        return seconds(partial(built.execute, next(waiting)))

    def floor() -> float:
        return seconds(partial(verify_all, next(floors)))

    spent, least, ratio = paired(len(blocks), work, floor)
    return Figure("anchors", BLOCK / spent, "anchors/s", BLOCK / least, 1 / ratio)


@contextmanager
def _rig(folder: Path) -> Iterator[_Rig]:
    clock, consensus = SystemClock(), Ed25519Signer(os.urandom(32))
    keys = {f"org{i}": Ed25519Signer(os.urandom(32)) for i in range(ORGS)}
    founder, *others = keys
    genesis = make_genesis("bench", founder, founder, consensus, keys[founder], clock.now())
    with create_ledger(folder, genesis, consensus, clock) as ledger:
        clients = [_member_client(ledger, org, key) for org, key in keys.items()]
        clients[0].submit(*(AddOrg(org, org, NewMember(OWNER, Role.OWNER, keys[org].public)) for org in others))
        for client in clients:
            client.submit(OpenLog(Ed25519Signer(os.urandom(32)).public))
        yield _Rig(ledger, clients, {org: key.public.raw for org, key in keys.items()})


def _member_client(ledger: Ledger, org: str, key: Ed25519Signer) -> MemberClient:
    return MemberClient(ledger, org, OWNER, key, os.urandom)


def _anchor(old: int, new: int) -> Body:
    """An anchor of frames that nobody has: the machine extends the chain by whatever hashes it is given."""
    subtrees = tuple(Digest(os.urandom(32)) for _ in cover(old, new))
    return Anchor(old, new, subtrees, ObjectId(os.urandom(32)), Digest(os.urandom(32)))
