"""The log tree against vectors made from the RFC's own definitions, and against the known CT roots."""

from __future__ import annotations

import json
import runpy
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from veriwatt.ids import Digest
from veriwatt.merkle.compact_range import CompactRange, subtrees_between
from veriwatt.merkle.multiproof import join_paths, multiproof, verify_leaves
from veriwatt.merkle.tree import (
    Leaves,
    consistency_path,
    inclusion_path,
    leaf_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

HERE = Path(__file__).parent
VECTORS: dict[str, Any] = json.loads((HERE / "merkle_tree.json").read_text())
LEAVES = [leaf_hash(number.to_bytes(8, "big")) for number in range(1000)]
PUBLISHED_CT_ROOT_OF_8 = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def digests(texts: list[str]) -> tuple[Digest, ...]:
    return tuple(Digest.from_hex(text) for text in texts)


def folded(parts: list[Digest]) -> str:
    out = bytes(32)
    for part in parts:
        out = sha256(out + part).digest()
    return out.hex()


def test_the_committed_vectors_are_what_the_generator_writes() -> None:
    made = runpy.run_path(str(HERE / "make_merkle.py"))["tree_vectors"]()
    assert json.loads(json.dumps(made)) == VECTORS


def test_roots_equal_those_of_the_ct_reference_tree() -> None:
    leaves = [leaf_hash(bytes.fromhex(data)) for data in VECTORS["ct_leaves"]]
    assert [tree_root(leaves[:size]).hex() for size in range(9)] == VECTORS["ct_roots"]
    assert tree_root(leaves).hex() == PUBLISHED_CT_ROOT_OF_8


@pytest.mark.parametrize("case", VECTORS["inclusion"], ids=lambda case: f"{case['index']}-of-{case['size']}")
def test_inclusion_vectors_are_made_and_accepted(case: dict[str, Any]) -> None:
    index, size, path = case["index"], case["size"], digests(case["path"])
    assert inclusion_path(Leaves(LEAVES), index, size) == path
    verify_inclusion(Digest.from_hex(case["leaf"]), index, size, path, Digest.from_hex(case["root"]))


@pytest.mark.parametrize(
    "case", VECTORS["multiproofs"], ids=lambda case: f"{'-'.join(case['leaves'])}-of-{case['size']}"
)
def test_multiproof_vectors_are_made_and_accepted(case: dict[str, Any]) -> None:
    leaves = {int(index): Digest.from_hex(text) for index, text in case["leaves"].items()}
    size, hashes = case["size"], digests(case["hashes"])
    assert multiproof(Leaves(LEAVES), leaves, size) == hashes
    assert join_paths({index: inclusion_path(Leaves(LEAVES), index, size) for index in leaves}, size) == hashes
    verify_leaves(leaves, size, hashes, Digest.from_hex(case["root"]))


def test_all_small_multiproofs_fold_into_the_expected_digest() -> None:
    chosen = [(size, bits) for size in range(1, 9) for bits in range(1, 1 << size)]
    proofs = [multiproof(Leaves(LEAVES), [at for at in range(size) if bits >> at & 1], size) for size, bits in chosen]
    assert folded([step for proof in proofs for step in proof]) == VECTORS["accumulated_multiproofs"]


@pytest.mark.parametrize("case", VECTORS["consistency"], ids=lambda case: f"{case['old_size']}-{case['new_size']}")
def test_consistency_vectors_are_made_and_accepted(case: dict[str, Any]) -> None:
    old, new, path = case["old_size"], case["new_size"], digests(case["path"])
    assert consistency_path(Leaves(LEAVES), old, new) == path
    verify_consistency(old, Digest.from_hex(case["old_root"]), new, Digest.from_hex(case["new_root"]), path)


@pytest.mark.parametrize("case", VECTORS["growth"], ids=lambda case: f"{case['old_size']}-{case['new_size']}")
def test_growth_vectors_extend_a_compact_range(case: dict[str, Any]) -> None:
    old = CompactRange(case["old_size"], digests(case["old_peaks"]))
    subtrees = digests(case["subtrees"])
    assert subtrees_between(Leaves(LEAVES), case["old_size"], case["new_size"]) == subtrees
    assert old.extend_subtrees(case["new_size"], subtrees).peaks == digests(case["new_peaks"])


def test_a_thousand_roots_fold_into_the_expected_digest() -> None:
    ranges = [CompactRange.empty()]
    for leaf in LEAVES:
        ranges.append(ranges[-1].append(leaf))
    assert folded([each.root() for each in ranges]) == VECTORS["accumulated_roots"]


def test_all_small_paths_fold_into_the_expected_digests() -> None:
    reader, small = Leaves(LEAVES), range(65)
    inclusion = [step for size in small for index in range(size) for step in inclusion_path(reader, index, size)]
    growths = [(old, new) for new in small for old in range(new + 1)]
    consistency = [step for old, new in growths for step in consistency_path(reader, old, new)]
    subtrees = [step for old, new in growths for step in subtrees_between(reader, old, new)]
    assert folded(inclusion) == VECTORS["accumulated_inclusion"]
    assert folded(consistency) == VECTORS["accumulated_consistency"]
    assert folded(subtrees) == VECTORS["accumulated_subtrees"]
