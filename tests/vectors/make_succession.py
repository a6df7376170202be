"""Writes succession.json: a ledger that ends, its last rows, the plan and the genesis of its successor, and its state.

After docs/spec/genesis.md. Keys are Ed25519 seeds SHA-256("vector key NAME").
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.crypto.signing import Protection
from veriwatt.machine.genesis import genesis_leaf, genesis_rows
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.chain.anchor import OpenLog
from veriwatt.model.governance.parameters import CONSORTIUM
from veriwatt.model.governance.proposal import Propose
from veriwatt.model.governance.rule_decisions import CloseLedger
from veriwatt.model.ledger.genesis import Founder, Genesis, GenesisValidator
from veriwatt.model.ledger.predecessor import Predecessor
from veriwatt.model.ledger.transaction import Body, sign_transaction
from veriwatt.model.members.organisation import NewMember, Role
from veriwatt.testing.mock_consensus import MockConsensus

TIME = 1_767_225_600_000


def key(name: str) -> Ed25519Signer:
    return Ed25519Signer(sha256(b"vector key " + name.encode()).digest(), Protection.FILE)


GENESIS = Genesis(
    "works",
    TIME,
    3,
    (GenesisValidator(key("operator").public, 1),),
    (Founder("acme", "Acme", (NewMember("owner", Role.OWNER, key("acme").public),)),),
)
PLAN = Genesis(
    "network",
    0,
    3,
    tuple(GenesisValidator(key(f"validator {at}").public, 10) for at in range(4)),
    (),
    parameters=CONSORTIUM,
    predecessor=Predecessor(GENESIS.chain_id, GENESIS.genesis_hash, None),
)


def vectors() -> dict[str, object]:
    chain = MockConsensus(GENESIS)

    def send(body: Body) -> None:
        client = (chain.height + 1).to_bytes(16, "big")
        chain.must(sign_transaction(key("acme"), GENESIS.chain_id, "acme", "owner", client, 1000, body))

    send(OpenLog(key("log").public))
    send(Propose(CloseLedger(PLAN.genesis_hash), "four of us run it from now on"))
    last, genesis = dict(chain.rows.scan(b"")), PLAN.ended_at(chain.end())
    leaf, rows = genesis_leaf(genesis), genesis_rows(genesis, last)
    if leaf is None:
        raise AssertionError(genesis)
    return {
        "predecessor": GENESIS.to_bytes().hex(),
        "plan": PLAN.to_bytes().hex(),
        "plan_hash": PLAN.genesis_hash.hex(),
        "last": [[name.hex(), value.hex()] for name, value in sorted(last.items())],
        "genesis": genesis.to_bytes().hex(),
        "chain_id": genesis.chain_id,
        "first_height": genesis.first_height,
        "leaf": leaf.leaf.hex(),
        "state": [[name.hex(), value.hex()] for name, value in rows.items()],
        "app_hash": StateTree.from_items(rows.items()).root.hex(),
    }


if __name__ == "__main__":
    Path(__file__).with_name("succession.json").write_text(json.dumps(vectors(), indent=1) + "\n")
