"""The authenticated map: keys to values under one root, with proofs that a key is there and that it is not.

    key hash = SHA-256(key)            the way from the root: first bit first, 0 left, 1 right
    leaf     = SHA-256(0x02 || key hash || SHA-256(value))   at the highest place where it is alone
    inner    = SHA-256(0x03 || left || right)                empty = 32 zero bytes

The shape follows from the keys alone, so the root follows from the content alone, whatever the
order of writes and deletions. The prefixes differ from those of the RFC 9162 tree, in which a leaf
with 64 bytes of data would otherwise hash as one of ours. Spec: docs/spec/state-map.md.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from veriwatt.crypto.hashing import sha256
from veriwatt.ids import Digest
from veriwatt.merkle.state_proof import (
    EMPTY_STATE,
    MultiProof,
    Node,
    bit,
    inner_hash,
    key_hash,
    pack,
    state_leaf_hash,
    verify_state,
)

__all__ = ["EMPTY_STATE", "MultiProof", "StateTree", "key_hash", "verify_state"]


class StateTree:
    """The map's tree in memory: hashes of keys and values, never the values.

    Nodes are immutable and shared, so `copy` costs nothing, and a proof under the committed state can
    be made while a copy takes the next block. One writer a tree; copies are independent.
    """

    __slots__ = ("_top",)

    def __init__(self) -> None:
        self._top: _Subtree = None

    @classmethod
    def from_items(cls, items: Iterable[tuple[bytes, bytes]]) -> StateTree:
        """The tree over (key, value) pairs; the last value of a key counts."""
        tree = cls()
        tree.update(dict(items))
        return tree

    def update(self, changes: Mapping[bytes, bytes | None]) -> None:
        """Set each key to its value, or delete it where that is None; deleting what is absent changes nothing.

        One call a block: each node on the changed ways is hashed once.
        """
        pairs = ((key_hash(key), value) for key, value in changes.items())
        self._top = _changed(self._top, 0, sorted((_change(path, value) for path, value in pairs), key=_way))

    @property
    def root(self) -> Digest:
        """32 bytes that only this content has; `EMPTY_STATE` for the empty map."""
        return _hash_of(self._top)

    def prove(self, keys: Sequence[bytes]) -> MultiProof:
        """One proof for all of `keys`, present or absent, under the present root; `verify_state` takes it.

        The order of `keys` and repetitions do not change the proof.
        """
        nodes: list[Node] = []
        leaves: list[tuple[Digest, Digest]] = []
        siblings: list[Digest] = []
        _collect(self._top, 0, sorted({key_hash(key): None for key in keys}), (nodes, leaves, siblings))
        return MultiProof(pack(nodes), tuple(leaves), tuple(siblings))

    def copy(self) -> StateTree:
        """A tree of the same content that changes apart from this one."""
        tree = StateTree()
        tree._top = self._top
        return tree


class _Leaf:
    __slots__ = ("hash", "key_hash", "value_hash")

    def __init__(self, key_hash: Digest, value_hash: Digest) -> None:
        self.key_hash, self.value_hash = key_hash, value_hash
        self.hash = state_leaf_hash(key_hash, value_hash)


class _Inner:
    __slots__ = ("hash", "left", "right")

    def __init__(self, left: _Subtree, right: _Subtree) -> None:
        self.left, self.right = left, right
        self.hash = inner_hash(_hash_of(left), _hash_of(right))


_Subtree: TypeAlias = "_Leaf | _Inner | None"
_Change: TypeAlias = "tuple[Digest, _Leaf | None]"
_Parts: TypeAlias = "tuple[list[Node], list[tuple[Digest, Digest]], list[Digest]]"


def _change(path: Digest, value: bytes | None) -> _Change:
    return path, None if value is None else _Leaf(path, sha256(value))


def _way(change: _Change) -> Digest:
    return change[0]


def _changed(tree: _Subtree, depth: int, changes: Sequence[_Change]) -> _Subtree:
    """`tree`, which stands at `depth`, after the changes, which all lead to it and are sorted."""
    if not changes:
        return tree
    if isinstance(tree, _Inner):
        middle = bisect_left(changes, 1, key=lambda change: bit(change[0], depth))
        left = _changed(tree.left, depth + 1, changes[:middle])
        right = _changed(tree.right, depth + 1, changes[middle:])
        return tree if left is tree.left and right is tree.right else _joined(left, right)
    leaves = {} if tree is None else {tree.key_hash: tree}
    for path, leaf in changes:
        if leaf is None:
            leaves.pop(path, None)
        elif path not in leaves or leaves[path].hash != leaf.hash:
            leaves[path] = leaf
    return _built([leaves[path] for path in sorted(leaves)], depth)


def _built(leaves: Sequence[_Leaf], depth: int) -> _Subtree:
    """The subtree at `depth` over sorted leaves of distinct keys."""
    if len(leaves) < 2:
        return leaves[0] if leaves else None
    middle = bisect_left(leaves, 1, key=lambda leaf: bit(leaf.key_hash, depth))
    return _Inner(_built(leaves[:middle], depth + 1), _built(leaves[middle:], depth + 1))


def _joined(left: _Subtree, right: _Subtree) -> _Subtree:
    """The subtree over two halves; a leaf that is left alone moves up."""
    if left is None and not isinstance(right, _Inner):
        return right
    if right is None and not isinstance(left, _Inner):
        return left
    return _Inner(left, right)


def _collect(tree: _Subtree, depth: int, paths: Sequence[Digest], parts: _Parts) -> None:
    """Append to `parts` what a verifier who walks down with `paths` has to be told, in its order."""
    nodes, leaves, siblings = parts
    if tree is None:
        nodes.append(Node.EMPTY)
    elif not paths:
        nodes.append(Node.STATED)
        siblings.append(tree.hash)
    elif isinstance(tree, _Inner):
        nodes.append(Node.INNER)
        middle = bisect_left(paths, 1, key=lambda path: bit(path, depth))
        _collect(tree.left, depth + 1, paths[:middle], parts)
        _collect(tree.right, depth + 1, paths[middle:], parts)
    elif tree.key_hash in paths:
        nodes.append(Node.CLAIMED)
    else:
        nodes.append(Node.STATED)
        leaves.append((tree.key_hash, tree.value_hash))


def _hash_of(tree: _Subtree) -> Digest:
    return EMPTY_STATE if tree is None else tree.hash
