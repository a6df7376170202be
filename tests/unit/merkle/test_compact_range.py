"""A compact range grows by leaves or by subtrees to the same root, and by nothing that does not fit."""

from __future__ import annotations

import pytest

from veriwatt.encoding import decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.compact_range import CompactRange, subtrees_between
from veriwatt.merkle.tree import EMPTY_ROOT, MAX_SIZE, Leaves, leaf_hash, tree_root

LIMIT = 64
LEAVES = [leaf_hash(bytes([number])) for number in range(LIMIT)]
READER = Leaves(LEAVES)


def log_of(size: int) -> CompactRange:
    return CompactRange.empty().extend(LEAVES[:size])


def test_an_empty_log_has_the_empty_root() -> None:
    assert CompactRange.empty().root() == EMPTY_ROOT


def test_a_log_grown_leaf_by_leaf_has_the_trees_root_at_each_size() -> None:
    log = CompactRange.empty()
    for size in range(LIMIT):
        assert log.root() == tree_root(LEAVES[:size])
        assert log == log_of(size)
        log = log.append(LEAVES[size])


def test_subtrees_extend_a_log_to_what_its_leaves_would() -> None:
    for new in range(LIMIT + 1):
        for old in range(new + 1):
            assert log_of(old).extend_subtrees(new, subtrees_between(READER, old, new)) == log_of(new)


def test_the_wrong_number_of_subtrees_is_malformed() -> None:
    subtrees = subtrees_between(READER, 5, 21)
    for wrong in (subtrees[1:], subtrees[:-1], (*subtrees, LEAVES[0]), ()):
        with pytest.raises(Malformed, match="subtrees"):
            log_of(5).extend_subtrees(21, wrong)


def test_a_log_never_shrinks() -> None:
    with pytest.raises(Malformed):
        log_of(5).extend_subtrees(4, ())
    with pytest.raises(Malformed):
        subtrees_between(READER, 5, 4)


def test_a_log_does_not_grow_past_the_largest_size() -> None:
    full = CompactRange(MAX_SIZE, (LEAVES[0],) * 63)
    with pytest.raises(Malformed):
        full.append(LEAVES[0])
    with pytest.raises(Malformed):
        full.extend_subtrees(MAX_SIZE + 1, (LEAVES[0],))


def test_a_subtree_of_another_length_is_malformed() -> None:
    with pytest.raises(Malformed):
        log_of(0).extend_subtrees(1, (b"short",))  # type: ignore[arg-type]


def test_a_range_round_trips() -> None:
    for size in range(LIMIT + 1):
        assert CompactRange.parse(decode(encode(log_of(size).fields()))) == log_of(size)
        assert CompactRange.parse(log_of(size).fields()) == log_of(size)


@pytest.mark.parametrize(
    "value",
    [
        [3, [bytes(32)]],
        [2, [bytes(32), bytes(32)]],
        [0, [bytes(32)]],
        [1, []],
        [-1, []],
        [True, [bytes(32)]],
        [1, [bytes(31)]],
        [1, ["x"]],
        [1, bytes(32)],
        [2**63, [bytes(32)]],
        [1],
        None,
    ],
)
def test_a_range_of_another_shape_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        CompactRange.parse(value)


def test_peaks_that_do_not_fit_the_size_are_malformed() -> None:
    with pytest.raises(Malformed):
        CompactRange(2, (LEAVES[0], LEAVES[1]))
    with pytest.raises(Malformed):
        CompactRange(-1, ())


def test_parsed_peaks_are_digests() -> None:
    assert all(type(peak) is Digest for peak in CompactRange.parse([3, [bytes(32), bytes(32)]]).peaks)
