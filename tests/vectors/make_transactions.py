"""Writes transactions.json: a genesis, one transaction of each kind, and the records they leave in the state.

After docs/spec/{genesis,transaction,passport,anchor,ledger}.md. Keys are Ed25519 seeds SHA-256("vector key NAME").
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.crypto.signing import Protection
from veriwatt.ids import Digest, FrameId, ObjectId
from veriwatt.machine.app import execute_block
from veriwatt.machine.genesis import genesis_rows
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.state import BlockContext
from veriwatt.machine.transaction_kinds import parse
from veriwatt.merkle.compact_range import subtrees_between
from veriwatt.merkle.state_tree import StateTree
from veriwatt.merkle.tree import Leaves, leaf_hash
from veriwatt.metering.calendars import zone_calendar
from veriwatt.model.chain.anchor import Anchor, OpenLog
from veriwatt.model.chain.checkpoint import Checkpoint
from veriwatt.model.chain.log_epochs import LogName, Recover
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.model.frames.signing import sign_header
from veriwatt.model.governance.proposal import CastVote, Proposal, Propose
from veriwatt.model.governance.rule_decisions import RegisterFactors
from veriwatt.model.ledger.genesis import Founder, Genesis, GenesisValidator
from veriwatt.model.ledger.transaction import Body, sign_transaction
from veriwatt.model.members.node_record import RegisterNode
from veriwatt.model.members.org_role import GrantRole
from veriwatt.model.members.organisation import AddMember, AddOrg, NewMember, RekeyMember, RemoveMember, Role
from veriwatt.model.points.group import DefinePoints
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import ConfirmStep, ReadStep, RecordExchange
from veriwatt.model.points.status import Kind
from veriwatt.model.terminals.contradiction import ReportEquivocation, SignedHeader, VoidNumber
from veriwatt.model.terminals.enrolment import Certify, enrol, enrolment_bytes
from veriwatt.model.terminals.revocation import AnswerReport, Reason, Revoke
from veriwatt.testing.frames import bare_header

TIME = 1_767_225_600_000
LEAVES = [leaf_hash(bytes([at])) for at in range(5)]


def key(name: str) -> Ed25519Signer:
    return Ed25519Signer(sha256(b"vector key " + name.encode()).digest(), Protection.FILE)


def member(name: str, role: Role = Role.OWNER) -> NewMember:
    return NewMember(name, role, key(name).public)


GENESIS = Genesis(
    "vectors",
    TIME,
    2,
    (GenesisValidator(key("validator").public, 10),),
    (
        Founder("acme", "Acme", (member("ann"),)),
        Founder("city", "City", (member("cora"), member("mia", Role.METROLOGY))),
    ),
)
CHAIN = GENESIS.chain_id
ENROL = enrol(key("terminal"), CHAIN, "acme", "t1", "M1", "1.0")
POINTS = tuple(
    PointDefinition(name, "electricity", "kWh", Kind.REGISTER, -2, 1, "15m", "+08:00") for name in ("a/1", "b")
)
LOST = Checkpoint(LogName(CHAIN, "acme").origin, 9, Digest(bytes([4]) * 32), TIME + 3_600_000).sign(key("log"))
HEADERS = [
    SignedHeader.of(
        sign_header(bare_header(CHAIN, "acme", "t1", FrameNumber(0, 8), TIME + at).to_bytes(), key("terminal"))
    )
    for at in range(2)
]
FACTORS = Propose(RegisterFactors(Digest(bytes([5]) * 32), "GB/T 2589-2020"), "as the standard has them")
STEPS: tuple[tuple[str, str, Body], ...] = (
    ("acme", "ann", AddOrg("bolt", "Bolt", member("bob"))),
    ("acme", "ann", AddMember(member("oli", Role.OPERATOR))),
    ("acme", "ann", GrantRole("city", Role.METROLOGY)),
    ("acme", "ann", OpenLog(key("log").public)),
    ("acme", "oli", ENROL),
    ("city", "mia", Certify("acme", "t1", TIME, TIME + 1000)),
    ("acme", "oli", DefinePoints("plant", KeyWindow.DAY, TIME, zone_calendar("+08:00", 0, 2026, 2036), POINTS)),
    ("acme", "oli", RecordExchange("b", TIME, 543_000, 0, "seal broken")),
    ("city", "mia", ConfirmStep("acme", "b", ReadStep(TIME - 3_600_000, 100, TIME, 500))),
    (
        "acme",
        "oli",
        Anchor(0, 5, subtrees_between(Leaves(LEAVES), 0, 5), ObjectId(bytes([1]) * 32), Digest(bytes([2]) * 32)),
    ),
    ("acme", "ann", Recover(2, 5, LOST, "the disk of the log host failed")),
    (
        "acme",
        "ann",
        Revoke("acme", "t1", Reason.RETIRED, last=FrameRef("t1", FrameNumber(0, 7), FrameId(bytes([3]) * 32))),
    ),
    ("city", "mia", Revoke("acme", "t1", Reason.COMPROMISED, since=TIME - 1)),
    ("city", "cora", ReportEquivocation("acme", "t1", *HEADERS)),
    ("acme", "oli", VoidNumber("t1", HEADERS[0], "refused by the log host")),
    ("acme", "ann", AnswerReport("t1", "the key never left its device")),
    ("acme", "oli", RekeyMember("oli", key("oli again").public)),
    ("acme", "ann", RemoveMember("oli")),
    ("acme", "ann", FACTORS),
    ("city", "cora", CastVote(1, Proposal(1, "acme", "ann", FACTORS.decision, FACTORS.text, 0, 0, 0).digest, True)),
    (
        "acme",
        "ann",
        RegisterNode(
            "main",
            ("https://node.acme.example:8443",),
            Digest(sha256(b"TLS key").digest()),
            ("follow", "relay"),
            f"{'ab' * 20}@node.acme.example:26656",
        ),
    ),
)


def vectors() -> dict[str, object]:
    rows = MemoryRows(genesis_rows(GENESIS))
    blocks, leaves = [], []
    for at, (org, name, body) in enumerate(STEPS):
        height, app_hash = at + 1, StateTree.from_items(rows.scan(b"")).root
        raw = sign_transaction(key(name), CHAIN, org, name, height.to_bytes(16, "big"), 100, body)
        done = execute_block(rows, BlockContext(height, TIME + height, app_hash), [raw])
        rows.take(done.changes)
        digest = parse(raw).digest
        leaves += [[log.decode(), leaf.hex()] for log, _, leaf in done.appends]
        blocks.append(
            {
                "kind": body.kind,
                "transaction": raw.hex(),
                "digest": digest.hex(),
                "code": done.outcomes[0].code,
                "app_hash": StateTree.from_items(rows.scan(b"")).root.hex(),
            }
        )
    return {
        "genesis": GENESIS.to_bytes().hex(),
        "genesis_hash": GENESIS.genesis_hash.hex(),
        "chain_id": CHAIN,
        "enrolment_signed": enrolment_bytes(CHAIN, "acme", "t1", key("terminal").public).hex(),
        "blocks": blocks,
        "log_leaves": leaves,
        "state": [[name.hex(), value.hex()] for name, value in rows.scan(b"")],
    }


if __name__ == "__main__":
    Path(__file__).with_name("transactions.json").write_text(json.dumps(vectors(), indent=1) + "\n")
