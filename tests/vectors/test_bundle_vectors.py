"""Bundles are byte for byte those of the vectors, and each of their transactions has the result that stands there."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from veriwatt.machine.admission import admit, screen
from veriwatt.machine.app import execute_block
from veriwatt.machine.genesis import genesis_rows
from veriwatt.machine.memory_rows import MemoryRows
from veriwatt.machine.refusals import BundleUnfit
from veriwatt.machine.state import BlockContext
from veriwatt.merkle.state_tree import StateTree
from veriwatt.model.ledger.bundle import BUNDLE_HORIZON, MOST_BYTES, MOST_TRANSACTIONS, is_bundle, parse_results_data
from veriwatt.model.ledger.genesis import Genesis

HERE = Path(__file__).parent
VECTORS: dict[str, Any] = json.loads((HERE / "bundles.json").read_text())
GENESIS = Genesis.from_bytes(bytes.fromhex(VECTORS["genesis"]))


def next_block(rows: MemoryRows, height: int) -> BlockContext:
    return BlockContext(height, GENESIS.time + height, StateTree.from_items(rows.scan(b"")).root)


@pytest.fixture(scope="module")
def after() -> MemoryRows:
    rows = MemoryRows(genesis_rows(GENESIS))
    for height, block in enumerate(VECTORS["blocks"], start=1):
        rows.take(execute_block(rows, next_block(rows, height), list(map(bytes.fromhex, block["items"]))).changes)
    return rows


def test_the_committed_vectors_are_what_the_generator_writes() -> None:
    assert json.loads(json.dumps(runpy.run_path(str(HERE / "make_bundles.py"))["vectors"]())) == VECTORS


def test_the_page_states_the_limits() -> None:
    page = (HERE.parents[1] / "docs" / "spec" / "bundle.md").read_text(encoding="utf-8")
    assert VECTORS["limits"] == {"transactions": MOST_TRANSACTIONS, "bytes": MOST_BYTES, "horizon": BUNDLE_HORIZON}
    assert f"1 to {MOST_TRANSACTIONS} byte strings; the envelope has at most {MOST_BYTES:,} bytes" in page
    assert f"height ≤ expiry ≤ height + {BUNDLE_HORIZON}" in page


def test_the_blocks_give_the_results_and_app_hashes() -> None:
    rows = MemoryRows(genesis_rows(GENESIS))
    for height, block in enumerate(VECTORS["blocks"], start=1):
        done = execute_block(rows, next_block(rows, height), list(map(bytes.fromhex, block["items"])))
        rows.take(done.changes)
        for outcome, wanted in zip(done.outcomes, block["outcomes"], strict=True):
            carried = [[each.outcome.code, each.outcome.executed] for each in outcome.carried]
            assert (outcome.code, outcome.executed, carried) == (
                wanted["code"],
                wanted["executed"],
                wanted["carried"],
            ), block["what"]
            assert outcome.data.hex() == wanted["data"]
            if outcome.data:
                stated = parse_results_data(outcome.data)
                assert [(code, at is None) for code, at in stated] == [tuple(each) for each in carried]
                assert all(at is None or at <= height for _, at in stated)
        assert StateTree.from_items(rows.scan(b"")).root.hex() == block["app_hash"], block["what"]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["what"])
def test_a_bundle_of_the_vectors_is_refused_by_the_same_rule_at_every_place(case: Any, after: MemoryRows) -> None:
    raw, block = bytes.fromhex(case["bundle"]), next_block(after, len(VECTORS["blocks"]) + 1)
    assert is_bundle(raw)
    (refusal,) = screen(after, block, [raw])
    assert refusal is not None
    assert refusal.code == case["code"]
    if isinstance(refusal, BundleUnfit):
        assert (refusal.at, refusal.cause.code) == (case["at"], case["cause"])
    with pytest.raises(type(refusal)):
        admit(after, block, raw)
    done = execute_block(after, block, [raw])
    assert (done.outcomes[0].code, done.outcomes[0].executed, done.changes) == (case["code"], False, {})
