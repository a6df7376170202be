"""A multiproof proves exactly the leaves that are there, however the prover lies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.errors import Malformed, RootMismatch
from veriwatt.ids import Digest
from veriwatt.merkle.multiproof import join_paths, multiproof, verify_leaves
from veriwatt.merkle.tree import Leaves, inclusion_path, leaf_hash, tree_root

LEAVES = [leaf_hash(number.to_bytes(2, "big")) for number in range(300)]
READER = Leaves(LEAVES)
OTHER = leaf_hash(b"other")


@st.composite
def chosen(draw: st.DrawFn) -> tuple[int, list[int]]:
    size = draw(st.integers(1, len(LEAVES)))
    return size, draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=12, unique=True))


@given(chosen())
def test_every_set_of_leaves_is_proven_and_paths_join_to_the_same_hashes(case: tuple[int, list[int]]) -> None:
    size, indices = case
    hashes = multiproof(READER, indices, size)
    verify_leaves({index: LEAVES[index] for index in indices}, size, hashes, tree_root(LEAVES[:size]))
    assert join_paths({index: inclusion_path(READER, index, size) for index in indices}, size) == hashes


@given(chosen(), st.data())
def test_a_lying_prover_is_refused(case: tuple[int, list[int]], data: st.DataObject) -> None:
    """It alters, moves, adds or drops leaves and hashes, or states another size, and leads to no root."""
    size, indices = case
    leaves, hashes = {index: LEAVES[index] for index in indices}, list(multiproof(READER, indices, size))
    honest = (dict(leaves), list(hashes), size)
    for _ in range(data.draw(st.integers(1, 3))):
        _lie(data, leaves, hashes)
    if (leaves, hashes, size) == honest or (
        all(index < size and LEAVES[index] == leaf for index, leaf in leaves.items())
        and hashes == list(multiproof(READER, leaves, size))
    ):
        return
    with pytest.raises((Malformed, RootMismatch)):
        verify_leaves(leaves, size, hashes, tree_root(LEAVES[:size]))


def _lie(data: st.DataObject, leaves: dict[int, Digest], hashes: list[Digest]) -> None:
    index = data.draw(st.sampled_from(sorted(leaves)))
    match data.draw(st.sampled_from(["alter", "move", "claim", "drop hash", "add hash", "alter hash", "swap"])):
        case "alter":
            leaves[index] = OTHER
        case "move":
            leaves[data.draw(st.integers(0, 310))] = leaves.pop(index)
        case "claim":
            leaves[data.draw(st.integers(0, 310))] = OTHER
        case "drop hash" if hashes:
            hashes.pop(data.draw(st.integers(0, len(hashes) - 1)))
        case "add hash":
            hashes.insert(data.draw(st.integers(0, len(hashes))), OTHER)
        case "alter hash" if hashes:
            hashes[data.draw(st.integers(0, len(hashes) - 1))] = OTHER
        case _:
            hashes.reverse()


@pytest.mark.parametrize("indices", [[], [-1], [7], [0, 7]])
def test_impossible_leaves_are_malformed(indices: list[int]) -> None:
    with pytest.raises(Malformed):
        multiproof(READER, indices, 7)
    with pytest.raises(Malformed):
        verify_leaves(dict.fromkeys(indices, OTHER), 7, (), tree_root(LEAVES[:7]))


def test_neighbours_share_their_upper_hashes() -> None:
    assert len(multiproof(READER, range(100, 131), 300)) < 12
