"""The authenticated map against vectors made from its definition: the same roots, and proofs byte for byte."""

from __future__ import annotations

import json
import runpy
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from veriwatt.encoding import decode, encode
from veriwatt.ids import Digest
from veriwatt.merkle.state_proof import MultiProof, verify_state
from veriwatt.merkle.state_tree import StateTree

HERE = Path(__file__).parent
VECTORS: dict[str, Any] = json.loads((HERE / "state_map.json").read_text())
GENERATOR = runpy.run_path(str(HERE / "make_merkle.py"))


def test_the_committed_vectors_are_what_the_generator_writes() -> None:
    assert json.loads(json.dumps(GENERATOR["state_vectors"]())) == VECTORS


@pytest.mark.parametrize("case", VECTORS["proofs"], ids=lambda case: f"{len(case['claims'])}-of-{len(case['content'])}")
def test_proofs_are_made_byte_for_byte_and_accepted(case: dict[str, Any]) -> None:
    tree = StateTree.from_items((bytes.fromhex(key), bytes.fromhex(value)) for key, value in case["content"])
    claims = {bytes.fromhex(key): None if value is None else bytes.fromhex(value) for key, value in case["claims"]}
    assert tree.root.hex() == case["root"]
    assert encode(tree.prove(list(claims)).fields()).hex() == case["proof"]
    verify_state(Digest.from_hex(case["root"]), MultiProof.parse(decode(bytes.fromhex(case["proof"]))), claims)


def test_a_hundred_blocks_fold_into_the_expected_digest() -> None:
    tree, out = StateTree(), sha256(bytes(32) + bytes.fromhex(VECTORS["empty_root"])).digest()
    for height in range(GENERATOR["BLOCKS"]):
        tree.update(GENERATOR["block"](height))
        out = sha256(out + tree.root).digest()
    assert out.hex() == VECTORS["accumulated_roots"]
