"""The vectors of docs/spec/government.md: what each vote does, what the engine is told, and the records at the end."""

from __future__ import annotations

import json
import runpy
from collections import Counter
from pathlib import Path
from typing import Any

from veriwatt.encoding import decode
from veriwatt.machine.app import execute_block
from veriwatt.machine.genesis import genesis_rows
from veriwatt.machine.governance import queries
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.state import BlockContext
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.governance.decision import DECISIONS
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.ledger.misbehaviour import Misbehaviour, MisbehaviourKind

HERE = Path(__file__).parent
VECTORS: dict[str, Any] = json.loads((HERE / "government.json").read_text())
GENESIS = Genesis.from_bytes(bytes.fromhex(VECTORS["genesis"]))


def test_the_committed_vectors_are_what_the_generator_writes() -> None:
    assert json.loads(json.dumps(runpy.run_path(str(HERE / "make_government.py"))["vectors"]())) == VECTORS


def test_the_blocks_give_the_app_hashes_the_changes_of_validators_and_the_state() -> None:
    rows = MemoryRows(genesis_rows(GENESIS))
    assert GENESIS.chain_id == VECTORS["chain_id"]
    for height, block in enumerate(VECTORS["blocks"], start=1):
        context = BlockContext(height, GENESIS.time + height * 60_000, StateTree.from_items(rows.scan(b"")).root)
        told = [Misbehaviour.parse(decode(bytes.fromhex(each))) for each in block["misbehaviour"]]
        done = execute_block(rows, context, [bytes.fromhex(block["transaction"])], misbehaviour=told)
        rows.take(done.changes)
        assert done.outcomes[0].code == block["code"] == "ok"
        assert [[each.key.raw.hex(), each.power] for each in done.validators] == block["validators"]
        assert StateTree.from_items(rows.scan(b"")).root.hex() == block["app_hash"]
    assert [[key.hex(), value.hex()] for key, value in rows.scan(b"")] == VECTORS["state"]
    (proven,) = queries.all_misbehaviour(rows)
    assert [each.what.kind for each in proven.recorded] == list(MisbehaviourKind)
    found = list(queries.proposals(rows))
    assert [each.digest.hex() for each in found] == VECTORS["digests"]
    assert {each.decision.kind for each in found} == set(DECISIONS)
    ended = Counter("open" if each.outcome is None else each.outcome.result.value for each in found)
    assert ended == {"enacted": 12, "rejected": 1, "open": 1}


def test_the_page_lists_every_decision() -> None:
    page = (HERE.parents[1] / "docs" / "spec" / "government.md").read_text(encoding="utf-8")
    assert [kind for kind in DECISIONS if f"| `{kind}` |" not in page] == []
