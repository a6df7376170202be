"""Genesis, transactions and state records are byte for byte those of the vectors, and mean the same."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

from veriwatt.crypto.signing import verify_signature
from veriwatt.machine.app import execute_block
from veriwatt.machine.genesis import genesis_rows
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.state import BlockContext
from veriwatt.machine.transaction_kinds import KINDS, parse
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.state_keys import passport_key
from veriwatt.model.terminals.enrolment import Enrol
from veriwatt.model.terminals.passport import Passport

HERE = Path(__file__).parent
VECTORS: dict[str, Any] = json.loads((HERE / "transactions.json").read_text())
GENESIS = Genesis.from_bytes(bytes.fromhex(VECTORS["genesis"]))


def test_the_committed_vectors_are_what_the_generator_writes() -> None:
    assert json.loads(json.dumps(runpy.run_path(str(HERE / "make_transactions.py"))["vectors"]())) == VECTORS


def test_the_genesis_names_its_chain() -> None:
    assert (GENESIS.genesis_hash.hex(), GENESIS.chain_id) == (VECTORS["genesis_hash"], VECTORS["chain_id"])
    assert GENESIS.chain_id == "vectors-" + VECTORS["genesis_hash"][:16]


def test_there_is_a_vector_of_every_kind() -> None:
    assert {block["kind"] for block in VECTORS["blocks"]} == set(KINDS)


def test_the_page_lists_every_kind() -> None:
    page = (HERE.parents[1] / "docs" / "spec" / "transaction.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"| `{kind}` |" not in page] == []


def test_the_transactions_give_the_app_hashes_and_the_state() -> None:
    rows = MemoryRows(genesis_rows(GENESIS))
    for height, block in enumerate(VECTORS["blocks"], start=1):
        raw = bytes.fromhex(block["transaction"])
        assert parse(raw).digest.hex() == block["digest"]
        context = BlockContext(height, GENESIS.time + height, StateTree.from_items(rows.scan(b"")).root)
        done = execute_block(rows, context, [raw])
        rows.take(done.changes)
        assert done.outcomes[0].code == block["code"] == "ok"
        assert StateTree.from_items(rows.scan(b"")).root.hex() == block["app_hash"]
    assert [[key.hex(), value.hex()] for key, value in rows.scan(b"")] == VECTORS["state"]


def test_the_proof_of_an_enrolment_signs_the_bytes_of_the_vector() -> None:
    raw = next(block["transaction"] for block in VECTORS["blocks"] if block["kind"] == "enrol")
    body = parse(bytes.fromhex(raw)).body
    assert isinstance(body, Enrol)
    verify_signature(body.key, bytes.fromhex(VECTORS["enrolment_signed"]), body.proof, "the enrolment")


def test_the_records_of_the_vectors_parse() -> None:
    state = {bytes.fromhex(key): bytes.fromhex(value) for key, value in VECTORS["state"]}
    passport = Passport.from_bytes(state[passport_key("acme", "t1")])
    assert (passport.version, len(passport.certifications)) == (6, 1)
    anchors = [bytes.fromhex(leaf) for log, leaf in VECTORS["log_leaves"] if log == "anchors/acme"]
    assert AnchorLeaf.from_bytes(anchors[0]).new_size == 5
