"""A server that lies about a log: whatever it changes in a proof, the verifier does not accept it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.encoding import decode, encode
from veriwatt.errors import Malformed, NotProven
from veriwatt.ids import Digest
from veriwatt.merkle.compact_range import CompactRange, subtrees_between
from veriwatt.merkle.tree import (
    Leaves,
    consistency_path,
    inclusion_path,
    leaf_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(bytes([number])) for number in range(200)]
READER = Leaves(LEAVES)
HASHES = st.binary(min_size=32, max_size=32).map(Digest)
ANY_INT = st.integers(min_value=-(2**65), max_value=2**65)


def refused(verify: Callable[[], object]) -> bool:
    """Whether it is refused with an error of the tree; any other error fails the test."""
    try:
        verify()
    except (Malformed, NotProven):
        return True
    return False


@st.composite
def changed_paths(draw: st.DrawFn, honest: tuple[Digest, ...]) -> tuple[Digest, ...]:
    """Another path: a bit flipped, a hash replaced, dropped, doubled, added, or two swapped."""
    path = list(honest)
    kind = draw(st.sampled_from(["flip", "replace", "drop", "double", "swap", "add"] if path else ["add"]))
    at = draw(st.integers(0, max(len(path) - 1, 0)))
    if kind == "flip":
        bit = draw(st.integers(0, 255))
        path[at] = Digest((int.from_bytes(path[at], "big") ^ 1 << bit).to_bytes(32, "big"))
    elif kind == "replace":
        path[at] = draw(HASHES)
    elif kind == "drop":
        del path[at]
    elif kind == "double":
        path.insert(at, path[at])
    elif kind == "swap":
        other = draw(st.integers(0, len(path) - 1))
        path[at], path[other] = path[other], path[at]
    else:
        path.insert(draw(st.integers(0, len(path))), draw(HASHES))
    return tuple(path)


@given(st.data(), st.integers(1, 200))
def test_a_changed_inclusion_path_is_refused(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    honest = inclusion_path(READER, index, size)
    lie = data.draw(changed_paths(honest))
    root = tree_root(LEAVES[:size])
    assert lie == honest or refused(lambda: verify_inclusion(LEAVES[index], index, size, lie, root))


@given(st.data(), st.integers(1, 200), ANY_INT)
def test_a_leaf_is_not_proven_at_another_index(data: st.DataObject, size: int, wrong: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    wrong = data.draw(st.sampled_from([wrong, wrong % size]))
    path, root = inclusion_path(READER, index, size), tree_root(LEAVES[:size])
    assert wrong == index or refused(lambda: verify_inclusion(LEAVES[index], wrong, size, path, root))


@given(st.data(), st.integers(1, 200), ANY_INT)
def test_another_size_never_proves_a_leaf_that_is_not_there(data: st.DataObject, size: int, wrong: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    claimed = data.draw(st.sampled_from([wrong, wrong % size, size + 1]))
    path, root = inclusion_path(READER, index, size), tree_root(LEAVES[:size])
    assert refused(lambda: verify_inclusion(leaf_hash(b"other"), index, claimed, path, root))


@given(st.data(), st.integers(1, 200))
def test_an_inner_node_is_not_proven_as_a_leaf(data: st.DataObject, size: int) -> None:
    """Shortening a path by hashing its first step into the leaf must fit no other index and size."""
    index = data.draw(st.integers(0, size - 1))
    path, root = inclusion_path(READER, index, size), tree_root(LEAVES[:size])
    for cut in range(1, len(path) + 1):
        with pytest.raises(Malformed):
            verify_inclusion(READER.node(cut, index >> cut), index, size, path[cut:], root)


@given(st.data(), st.integers(1, 200))
def test_a_changed_consistency_path_is_refused(data: st.DataObject, new: int) -> None:
    old = data.draw(st.integers(0, new))
    honest = consistency_path(READER, old, new)
    lie = data.draw(changed_paths(honest))
    roots = tree_root(LEAVES[:old]), tree_root(LEAVES[:new])
    assert lie == honest or refused(lambda: verify_consistency(old, roots[0], new, roots[1], lie))


@given(st.data(), st.integers(2, 200))
def test_a_log_that_rewrote_an_old_leaf_is_not_consistent(data: st.DataObject, new: int) -> None:
    old = data.draw(st.integers(1, new))
    rewritten = list(LEAVES[:new])
    rewritten[data.draw(st.integers(0, old - 1))] = leaf_hash(b"rewritten")
    path = consistency_path(Leaves(rewritten), old, new)
    assert refused(lambda: verify_consistency(old, tree_root(LEAVES[:old]), new, tree_root(rewritten), path))


@given(ANY_INT, ANY_INT, st.lists(HASHES, max_size=70), HASHES)
def test_any_numbers_raise_only_our_errors(first: int, second: int, path: list[Digest], digest: Digest) -> None:
    assert refused(lambda: verify_inclusion(digest, first, second, path, Digest(bytes(32))))
    refused(lambda: verify_consistency(first, digest, second, digest, path))


@given(st.integers(0, 200), st.data())
def test_other_subtrees_never_change_the_leaves_below_the_old_size(new: int, data: st.DataObject) -> None:
    """The attack on an anchor: whatever hashes it carries, the old log stays a prefix of the new one."""
    old = data.draw(st.integers(0, new))
    honest = subtrees_between(READER, old, new)
    lie = data.draw(changed_paths(honest))
    trusted = CompactRange.empty().extend(LEAVES[:old])
    if lie == honest:
        return
    if len(lie) != len(honest):
        assert refused(lambda: trusted.extend_subtrees(new, lie))
        return
    grown = trusted.extend_subtrees(new, lie)
    assert grown.root() != tree_root(LEAVES[:new])
    assert grown.size == new


@given(st.binary(max_size=200))
def test_random_bytes_make_a_range_or_are_malformed(raw: bytes) -> None:
    try:
        log = CompactRange.parse(decode(raw))
    except Malformed:
        return
    assert encode(log.fields()) == raw


@given(st.recursive(st.none() | st.booleans() | ANY_INT | st.binary(max_size=40), st.lists, max_leaves=8))
def test_any_value_makes_a_range_or_is_malformed(value: object) -> None:
    refused(lambda: CompactRange.parse(value))
