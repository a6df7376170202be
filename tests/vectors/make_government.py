"""Writes government.json: a ledger of four founders, every decision proposed and voted on, and the records it leaves.

After docs/spec/government.md. Keys are Ed25519 seeds SHA-256("vector key NAME"), of the owner of each org its name.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.crypto.signing import Protection
from veriwatt.encoding import encode
from veriwatt.ids import Digest
from veriwatt.machine.app import execute_block
from veriwatt.machine.genesis import genesis_rows
from veriwatt.machine.governance import queries
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.state import BlockContext
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.governance.decision import Decision
from veriwatt.model.governance.org_decisions import Admit, GrantOrgRole, Reinstate, RevokeOrgRole, Suspend
from veriwatt.model.governance.parameters import CONSORTIUM, Parameter, Parameters
from veriwatt.model.governance.proposal import CastVote, Propose
from veriwatt.model.governance.rule_decisions import (
    ChangeParameters,
    ChangeValidators,
    CloseLedger,
    RegisterFactors,
    ScheduleUpgrade,
    ValidatorPower,
)
from veriwatt.model.ledger.genesis import Founder, Genesis, GenesisValidator
from veriwatt.model.ledger.misbehaviour import Misbehaviour, MisbehaviourKind
from veriwatt.model.ledger.transaction import Body, sign_transaction
from veriwatt.model.ledger.validators import address_of
from veriwatt.model.members.organisation import NewMember, Role

TIME = 1_767_225_600_000
TABLE = Digest(bytes([5]) * 32)


def key(name: str) -> Ed25519Signer:
    return Ed25519Signer(sha256(b"vector key " + name.encode()).digest(), Protection.FILE)


def owner(org: str) -> NewMember:
    return NewMember("owner", Role.OWNER, key(org).public)


GENESIS = Genesis(
    "council",
    TIME,
    2,
    tuple(GenesisValidator(key(f"validator {at}").public, 10) for at in range(4)),
    tuple(Founder(org, org.upper(), (owner(org),)) for org in ("ann", "ben", "cyd", "dan")),
    parameters=CONSORTIUM,
)
POWERS = [ValidatorPower(key("validator 4").public, 10), ValidatorPower(key("validator 0").public, 0)]
VALIDATORS = ChangeValidators(tuple(sorted(POWERS, key=lambda each: each.key.raw)))

DECISIONS: tuple[tuple[str, Decision, str, str], ...] = (
    ("ann", Admit("metro", "Metro", owner("metro")), "ben cyd", ""),
    ("ben", Admit("erin", "Erin", owner("erin"), with_vote=True), "ann dan", ""),
    ("cyd", GrantOrgRole("metro", Role.METROLOGY), "dan erin", ""),
    ("erin", RegisterFactors(TABLE, "GB/T 2589-2020"), "cyd dan", "ben"),
    ("ann", VALIDATORS, "ben cyd dan", ""),
    ("ann", ChangeParameters(Parameters.of({Parameter.VOTING_DAYS: 30})), "ben dan erin", "cyd"),
    ("dan", Suspend("metro"), "ann ben cyd", ""),
    ("dan", RevokeOrgRole("metro", Role.METROLOGY), "ann ben", ""),
    ("dan", Reinstate("metro"), "ann ben cyd", ""),
    ("dan", RegisterFactors(TABLE, "GB/T 2589-2020", in_force=False), "ann", "ben"),
    ("ben", Suspend("dan"), "ann cyd erin", ""),
    ("ann", ScheduleUpgrade(5_000, 4), "ben cyd", "erin"),
    ("cyd", ScheduleUpgrade(6_000, 4), "", "ann ben"),
    ("ann", CloseLedger(Digest(bytes([7]) * 32)), "ben cyd", ""),
)
"""Who proposes what, whose owners vote yes on it, and whose vote no."""

PROVEN_IN = 20
"""The block in which CometBFT proves misbehaviour: of the first validator twice, by two kinds, and once more."""


def misbehaviour() -> tuple[Misbehaviour, ...]:
    address = address_of(GENESIS.validators[0].key.raw)
    voted = Misbehaviour(MisbehaviourKind.DUPLICATE_VOTE, address, 10, 40, 5, TIME + 5 * 60_000)
    attacked = Misbehaviour(MisbehaviourKind.LIGHT_CLIENT_ATTACK, address, 10, 40, 6, TIME + 6 * 60_000)
    return voted, attacked, voted


def vectors() -> dict[str, object]:
    rows, blocks = MemoryRows(genesis_rows(GENESIS)), list[dict[str, object]]()

    def block(org: str, body: Body) -> None:
        height, app_hash = len(blocks) + 1, StateTree.from_items(rows.scan(b"")).root
        raw = sign_transaction(key(org), GENESIS.chain_id, org, "owner", height.to_bytes(16, "big"), 1000, body)
        told = misbehaviour() if height == PROVEN_IN else ()
        done = execute_block(rows, BlockContext(height, TIME + height * 60_000, app_hash), [raw], misbehaviour=told)
        rows.take(done.changes)
        blocks.append(
            {
                "kind": body.kind,
                "transaction": raw.hex(),
                "misbehaviour": [encode(each.fields()).hex() for each in told],
                "code": done.outcomes[0].code,
                "validators": [[each.key.raw.hex(), each.power] for each in done.validators],
                "app_hash": StateTree.from_items(rows.scan(b"")).root.hex(),
            }
        )

    for org, decision, yes, no in DECISIONS:
        block(org, Propose(decision, f"{decision.kind}, as agreed"))
        made = queries.proposal(rows, queries.agenda(rows).count)
        if made is None:
            raise AssertionError(blocks[-1])
        for voter in (*no.split(), *yes.split()):
            block(voter, CastVote(made.number, made.digest, voter in yes.split()))
    return {
        "genesis": GENESIS.to_bytes().hex(),
        "chain_id": GENESIS.chain_id,
        "digests": [each.digest.hex() for each in queries.proposals(rows)],
        "blocks": blocks,
        "state": [[name.hex(), value.hex()] for name, value in rows.scan(b"")],
    }


if __name__ == "__main__":
    Path(__file__).with_name("government.json").write_text(json.dumps(vectors(), indent=1) + "\n")
