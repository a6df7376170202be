"""The vectors of docs/spec/genesis.md, "A genesis that names a predecessor"."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

from veriwatt.machine.genesis import genesis_leaf, genesis_rows
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.ledger.genesis import Genesis

HERE = Path(__file__).parent
VECTORS: dict[str, Any] = json.loads((HERE / "succession.json").read_text())


def test_the_committed_vectors_are_what_the_generator_writes() -> None:
    assert json.loads(json.dumps(runpy.run_path(str(HERE / "make_succession.py"))["vectors"]())) == VECTORS


def test_the_last_rows_and_the_genesis_give_the_state_at_height_0() -> None:
    genesis = Genesis.from_bytes(bytes.fromhex(VECTORS["genesis"]))
    assert genesis.plan.to_bytes().hex() == VECTORS["plan"]
    assert genesis.plan_hash.hex() == VECTORS["plan_hash"]
    assert (genesis.chain_id, genesis.first_height) == (VECTORS["chain_id"], VECTORS["first_height"])
    rows = genesis_rows(genesis, {bytes.fromhex(key): bytes.fromhex(value) for key, value in VECTORS["last"]})
    assert [[key.hex(), value.hex()] for key, value in rows.items()] == VECTORS["state"]
    assert StateTree.from_items(rows.items()).root.hex() == VECTORS["app_hash"]
    leaf = genesis_leaf(genesis)
    assert leaf is not None
    assert leaf.leaf.hex() == VECTORS["leaf"]
