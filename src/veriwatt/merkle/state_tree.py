"""The authenticated map: keys to values under one root, with proofs of presence and absence.

    key hash = SHA-256(key)            the path from the root: first bit first, 0 left, 1 right
    leaf     = SHA-256(0x02 || key hash || SHA-256(value))   as near the root as no other leaf shares the path
    inner    = SHA-256(0x03 || left || right)                empty = 32 zero bytes

The shape depends on the keys alone, so the root depends on the content alone, not on the order of writes and deletions.
The prefixes differ from those of the RFC 9162 tree, so that no leaf of such a tree has the hash of a node here. Spec:
docs/spec/state-map.md.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from veriwatt.ids import Digest
from veriwatt.merkle.state_proof import (
    EMPTY_STATE,
    LEAF_BYTES,
    MultiProof,
    ProofNode,
    bit,
    inner_hash,
    key_hash,
    pack,
    state_leaf_hash,
)

BUCKET_LEAVES = 4
"""Maximum leaves of a subtree that is stored as one byte string; this takes a quarter of the memory of nodes.

Its inner nodes are hashed again when a leaf changes or is proven, so larger buckets would make blocks slower.
"""

_HASH = Digest.LENGTH


class StateTree:
    """The tree of the map in memory: hashes of keys and values, not the values; about 160 bytes for each key.

    Nodes are immutable and shared, so `copy` is free, and a proof under the committed state can be made while a copy is
    updated by the next block. A tree has one writer; copies are independent.
    """

    __slots__ = ("_top",)

    def __init__(self) -> None:
        self._top: _Subtree = _EMPTY

    @classmethod
    def from_items(cls, items: Iterable[tuple[bytes, bytes]]) -> StateTree:
        """The tree over (key, value) pairs of distinct keys."""
        tree = cls()
        tree._top = _built(sorted(_leaf(key_hash(key), value) for key, value in items), 0)
        return tree

    def update(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Set each key to its value, or delete it if the value is None; deleting an absent key changes nothing.

        Call it once for each block: a node above many changes is then hashed once.
        """
        if changes:
            self._top = _changed(self._top, 0, sorted([_change(key, value) for key, value in changes.items()]))

    @property
    def root(self) -> Digest:
        """The root hash; `EMPTY_STATE` for the empty map."""
        return Digest(_hash_of(self._top))

    def prove(self, keys: Sequence[bytes]) -> MultiProof:
        """One proof for all of `keys`, present or absent, under the present root; `verify_state` verifies it.

        The proof does not depend on the order of `keys` or on repetitions.
        """
        nodes: list[ProofNode] = []
        leaves: list[tuple[Digest, Digest]] = []
        siblings: list[Digest] = []
        _collect(self._top, 0, sorted({key_hash(key) for key in keys}), (nodes, leaves, siblings))
        return MultiProof(pack(nodes), tuple(leaves), tuple(siblings))

    def copy(self) -> StateTree:
        """An independent tree with the same content."""
        tree = StateTree()
        tree._top = self._top
        return tree


class _Inner:
    """A subtree of more than `BUCKET_LEAVES` leaves."""

    __slots__ = ("hash", "left", "right")

    def __init__(self, left: _Subtree, right: _Subtree) -> None:
        self.left, self.right = left, right
        self.hash = inner_hash(_hash_of(left), _hash_of(right))


_Subtree: TypeAlias = "_Inner | bytes"
"""An inner node, or a bucket: the subtree's hash, then the (key hash, value hash) of each leaf, sorted."""

_Change: TypeAlias = tuple[bytes, bytes]
"""A key hash and its new leaf, which is empty if the key is deleted."""

_Parts: TypeAlias = tuple[list[ProofNode], list[tuple[Digest, Digest]], list[Digest]]

_EMPTY: _Subtree = bytes(EMPTY_STATE)


def _leaf(path: bytes, value: bytes) -> bytes:
    return path + hashlib.sha256(value).digest()


def _change(key: bytes, value: bytes | None) -> _Change:
    path = hashlib.sha256(key).digest()  # plain bytes, as in `state_leaf_hash`
    return path, b"" if value is None else _leaf(path, value)


def _changed(tree: _Subtree, depth: int, changes: Sequence[_Change]) -> _Subtree:
    """The subtree at `depth` after these sorted changes, one at least."""
    if isinstance(tree, _Inner):
        middle = _first_right(changes, depth)
        left = _changed(tree.left, depth + 1, changes[:middle]) if middle else tree.left
        right = _changed(tree.right, depth + 1, changes[middle:]) if middle < len(changes) else tree.right
        return tree if left is tree.left and right is tree.right else _joined(left, right)
    before = _leaves_of(tree)
    paths = [path for path, _ in changes]
    leaves = [leaf for leaf in before if leaf[:_HASH] not in paths]
    leaves += [leaf for _, leaf in changes if leaf]
    leaves.sort()
    return tree if leaves == before else _built(leaves, depth)


def _first_right(changes: Sequence[_Change], depth: int) -> int:
    """The index of the first change whose path goes to the right at `depth`."""
    byte, mask = depth >> 3, 0x80 >> (depth & 7)
    if changes[0][0][byte] & mask:
        return 0
    if not changes[-1][0][byte] & mask:
        return len(changes)
    return bisect_left(changes, 1, key=lambda change: change[0][byte] & mask)


def _built(leaves: list[bytes], depth: int) -> _Subtree:
    """The subtree at `depth` over sorted leaves of distinct keys."""
    if len(leaves) <= BUCKET_LEAVES:
        return b"".join((subtree_hash(leaves, depth), *leaves))
    left, right = _parted(leaves, depth)
    return _Inner(_built(left, depth + 1), _built(right, depth + 1))


def _joined(left: _Subtree, right: _Subtree) -> _Subtree:
    """The subtree over two halves; few leaves become a bucket, and a single leaf moves up."""
    if isinstance(left, _Inner) or isinstance(right, _Inner):
        return _Inner(left, right)
    if len(left) + len(right) > 2 * _HASH + BUCKET_LEAVES * LEAF_BYTES:
        return _Inner(left, right)
    leaves = left[_HASH:] + right[_HASH:]
    if len(leaves) <= LEAF_BYTES:
        return right if len(left) == _HASH else left
    return inner_hash(_hash_of(left), _hash_of(right)) + leaves


def _collect(tree: _Subtree, depth: int, paths: Sequence[Digest], parts: _Parts) -> None:
    """Append to `parts` what a verifier needs to descend along `paths`, in the order of its visits."""
    nodes, leaves, siblings = parts
    if tree == _EMPTY:
        nodes.append(ProofNode.EMPTY)
    elif not paths:
        nodes.append(ProofNode.STATED)
        siblings.append(Digest(_hash_of(tree)))
    elif isinstance(tree, _Inner) or len(tree) > _HASH + LEAF_BYTES:
        nodes.append(ProofNode.INNER)
        left, right = _halves(tree, depth)
        middle = bisect_left(paths, 1, key=lambda path: bit(path, depth))
        _collect(left, depth + 1, paths[:middle], parts)
        _collect(right, depth + 1, paths[middle:], parts)
    elif (key := Digest(tree[_HASH : 2 * _HASH])) in paths:
        nodes.append(ProofNode.CLAIMED)
    else:
        nodes.append(ProofNode.STATED)
        leaves.append((key, Digest(tree[2 * _HASH :])))


def _halves(tree: _Subtree, depth: int) -> tuple[_Subtree, _Subtree]:
    """The left and right subtree of a tree of at least two leaves."""
    if isinstance(tree, _Inner):
        return tree.left, tree.right
    left, right = _parted(_leaves_of(tree), depth)
    return _built(left, depth + 1), _built(right, depth + 1)


def _leaves_of(few: bytes) -> list[bytes]:
    return [few[at : at + LEAF_BYTES] for at in range(_HASH, len(few), LEAF_BYTES)]


def _parted(leaves: list[bytes], depth: int) -> tuple[list[bytes], list[bytes]]:
    byte, mask = depth >> 3, 0x80 >> (depth & 7)
    for at, leaf in enumerate(leaves):
        if leaf[byte] & mask:
            return leaves[:at], leaves[at:]
    return leaves, []


def _hash_of(tree: _Subtree) -> bytes:
    return tree.hash if isinstance(tree, _Inner) else tree[:_HASH]


def subtree_hash(leaves: list[bytes], depth: int) -> bytes:
    """The hash of the subtree at `depth` over sorted leaves (key hash ‖ value hash) that share the path to it."""
    if len(leaves) < 2:
        return state_leaf_hash(leaves[0]) if leaves else EMPTY_STATE
    if len(leaves) == 2 and (leaves[0][depth >> 3] ^ leaves[1][depth >> 3]) & 0x80 >> (depth & 7):
        return inner_hash(state_leaf_hash(leaves[0]), state_leaf_hash(leaves[1]))
    left, right = _parted(leaves, depth)
    return inner_hash(subtree_hash(left, depth + 1), subtree_hash(right, depth + 1))
