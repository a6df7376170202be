"""Inclusion and consistency, for every small tree; what is impossible is Malformed, what is wrong is RootMismatch."""

from __future__ import annotations

from hashlib import sha256

import pytest

from veriwatt.errors import Malformed, RootMismatch
from veriwatt.ids import Digest
from veriwatt.merkle.tree import (
    EMPTY_ROOT,
    MAX_SIZE,
    AllNodes,
    Leaves,
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    path_of,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

LIMIT = 64
LEAVES = [leaf_hash(bytes([number])) for number in range(LIMIT)]
READER = Leaves(LEAVES)
OTHER = leaf_hash(b"other")


def naive_root(leaves: list[Digest]) -> Digest:
    """RFC 9162, 2.1.1, as it is written."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return Digest(sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest())


ROOTS = [naive_root(LEAVES[:size]) for size in range(LIMIT + 1)]


def test_roots_follow_the_recursive_definition() -> None:
    assert [tree_root(LEAVES[:size]) for size in range(LIMIT + 1)] == ROOTS


def test_leaves_and_nodes_hash_in_separate_domains() -> None:
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != node_hash(LEAVES[0], LEAVES[1])


def test_every_leaf_of_every_small_tree_is_proven_and_no_other_leaf_passes() -> None:
    for size in range(1, LIMIT + 1):
        for index in range(size):
            path = inclusion_path(READER, index, size)
            verify_inclusion(LEAVES[index], index, size, path, ROOTS[size])
            with pytest.raises(RootMismatch):
                verify_inclusion(OTHER, index, size, path, ROOTS[size])


def test_a_leaf_is_proven_at_no_other_index() -> None:
    size = 13
    for index in range(size):
        path = inclusion_path(READER, index, size)
        for wrong in set(range(size)) - {index}:
            with pytest.raises((Malformed, RootMismatch)):
                verify_inclusion(LEAVES[index], wrong, size, path, ROOTS[size])


def test_every_growth_of_small_trees_is_proven_and_a_rewritten_old_tree_is_not() -> None:
    for new in range(LIMIT + 1):
        for old in range(new + 1):
            path = consistency_path(READER, old, new)
            verify_consistency(old, ROOTS[old], new, ROOTS[new], path)
            with pytest.raises(RootMismatch):
                verify_consistency(old, OTHER, new, ROOTS[new], path)


def test_a_new_tree_that_drops_old_leaves_is_not_consistent() -> None:
    for new in range(2, LIMIT + 1):
        for old in range(1, new + 1):
            with pytest.raises(RootMismatch):
                verify_consistency(old, ROOTS[old], new, OTHER, consistency_path(READER, old, new))


def test_growth_from_nothing_still_needs_the_empty_root() -> None:
    verify_consistency(0, EMPTY_ROOT, 5, ROOTS[5], ())
    with pytest.raises(RootMismatch):
        verify_consistency(0, ROOTS[1], 5, ROOTS[5], ())
    with pytest.raises(RootMismatch):
        verify_consistency(0, EMPTY_ROOT, 0, ROOTS[1], ())


def test_a_path_of_a_small_tree_is_found_without_a_reader() -> None:
    assert path_of(LEAVES[:11], 4) == inclusion_path(READER, 4, 11)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 4), (4, 4), (0, -1), (0, MAX_SIZE + 1)])
def test_an_impossible_index_or_size_is_malformed(index: int, size: int) -> None:
    with pytest.raises(Malformed):
        verify_inclusion(OTHER, index, size, (), OTHER)
    with pytest.raises(Malformed):
        inclusion_path(READER, index, size)


@pytest.mark.parametrize(("old", "new"), [(-1, 4), (5, 4), (0, MAX_SIZE + 1)])
def test_impossible_growth_is_malformed(old: int, new: int) -> None:
    with pytest.raises(Malformed):
        verify_consistency(old, OTHER, new, OTHER, ())
    with pytest.raises(Malformed):
        consistency_path(READER, old, new)


def test_a_path_of_another_length_is_malformed_in_both_proofs() -> None:
    inclusion, consistency = inclusion_path(READER, 5, 13), consistency_path(READER, 5, 13)
    for change in (lambda path: path[1:], lambda path: path[:-1], lambda path: (*path, OTHER)):
        with pytest.raises(Malformed):
            verify_inclusion(LEAVES[5], 5, 13, change(inclusion), ROOTS[13])
        with pytest.raises(Malformed):
            verify_consistency(5, ROOTS[5], 13, ROOTS[13], change(consistency))
    with pytest.raises(Malformed):
        verify_consistency(5, ROOTS[5], 5, ROOTS[5], (OTHER,))


def test_a_path_has_no_second_encoding_with_hashes_of_other_lengths() -> None:
    """Moving a byte from the end of one hash to the next would leave a node's input bytes the same."""
    with pytest.raises(Malformed):
        verify_inclusion(LEAVES[0][:31], 0, 2, (LEAVES[0][31:] + LEAVES[1],), ROOTS[2])  # type: ignore[arg-type]


def test_a_hash_of_another_length_in_a_path_is_malformed() -> None:
    short: Digest = LEAVES[1][:31]  # type: ignore[assignment]
    with pytest.raises(Malformed, match="31 bytes"):
        verify_inclusion(LEAVES[0], 0, 2, (short,), ROOTS[2])
    with pytest.raises(Malformed, match="31 bytes"):
        verify_consistency(1, ROOTS[1], 2, ROOTS[2], (short,))


def test_a_path_through_the_largest_tree_is_bounded() -> None:
    with pytest.raises(Malformed, match="has 63 hashes"):
        verify_inclusion(OTHER, 0, MAX_SIZE, (), OTHER)


def test_a_reader_that_keeps_all_nodes_has_those_of_one_that_hashes_them_anew() -> None:
    for size in range(len(LEAVES) + 1):
        kept, anew = AllNodes(LEAVES[:size]), Leaves(LEAVES[:size])
        for level in range(size.bit_length()):
            for index in range(size >> level):
                assert kept.node(level, index) == anew.node(level, index)
