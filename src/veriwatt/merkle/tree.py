"""The Merkle tree of RFC 9162, section 2.1: roots, inclusion proofs, consistency proofs.

    leaf = SHA-256(0x00 || data)      node = SHA-256(0x01 || left || right)      empty = SHA-256("")

A tree of n leaves splits at the largest power of two below n. A prover makes paths from a `NodeReader`; a verifier
needs the path alone. Spec: docs/spec/tree.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Malformed, RootMismatch
from veriwatt.ids import Digest

MAX_SIZE = 2**63 - 1
"""The maximum number of leaves of a tree: sizes are 63-bit integers on the wire."""

EMPTY_ROOT = sha256(b"")


class NodeReader(Protocol):
    """Reads the nodes of one append-only tree.

    A perfect subtree never changes, so nodes may be cached for ever. The reader is not trusted: a path made from wrong
    nodes does not verify.
    """

    def node(self, level: int, index: int) -> Digest:
        """The root of the `2**level` leaves from `index << level` on, all of which exist."""
        ...


class Leaves:
    """A `NodeReader` over leaf hashes in memory, for small trees; it hashes every node anew."""

    __slots__ = ("_hashes",)

    def __init__(self, leaf_hashes: Sequence[Digest]) -> None:
        self._hashes = leaf_hashes

    def node(self, level: int, index: int) -> Digest:
        return tree_root(self._hashes[index << level : (index + 1) << level])


class AllNodes:
    """A `NodeReader` over leaf hashes in memory that hashes each node once, for several paths of one large tree."""

    __slots__ = ("_levels",)

    def __init__(self, leaf_hashes: Sequence[Digest]) -> None:
        level = list(leaf_hashes)
        self._levels = [level]
        while len(level) > 1:
            level = [node_hash(left, right) for left, right in zip(level[0::2], level[1::2], strict=False)]
            self._levels.append(level)

    def node(self, level: int, index: int) -> Digest:
        return self._levels[level][index]


def leaf_hash(data: bytes) -> Digest:
    return sha256(b"\x00" + data)


def node_hash(left: bytes, right: bytes) -> Digest:
    return sha256(b"\x01" + left + right)


def tree_root(leaf_hashes: Sequence[Digest]) -> Digest:
    """The root over all of `leaf_hashes`, in order; `EMPTY_ROOT` for none."""
    level = list(leaf_hashes)
    if not level:
        return EMPTY_ROOT
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [node_hash(left, right) for left, right in zip(level[0::2], level[1::2], strict=False)] + odd
    return level[0]


def root_from_path(leaf_hash: Digest, index: int, size: int, path: Sequence[Digest]) -> Digest:
    """Compute the root from leaf `index` of `size` and its inclusion path.

    Args:
        leaf_hash: hash of the leaf, made by the caller from its data with `leaf_hash`.
        index: zero-based, 0 <= index < size.
        size: leaves in the tree, 1 .. MAX_SIZE.
        path: sibling hashes from the leaf up.

    Raises:
        Malformed: index, size, or the number or length of the hashes is impossible.
    """
    _check_index(index, size)
    inner, border = _path_shape(index, size)
    _check_path(path, inner + border, f"inclusion path of leaf {index} of {size}")
    _check_digest(leaf_hash, "leaf hash")
    return _climb(leaf_hash, index, path, inner)


def verify_inclusion(leaf_hash: Digest, index: int, size: int, path: Sequence[Digest], root: Digest) -> None:
    """Raise unless `leaf_hash` is leaf `index` of the tree of `size` leaves under `root`.

    Args:
        leaf_hash: made by the caller from the leaf's data.
        index: zero-based, 0 <= index < size.
        size: leaves in the tree, from the checkpoint of `root`.
        path: sibling hashes from the leaf up (RFC 9162, 2.1.3).
        root: 32 bytes, from a checkpoint that the caller has verified.

    Raises:
        Malformed: index, size, or the number or length of the hashes is impossible.
        RootMismatch: the path is well-formed and leads elsewhere.
    """
    _match(root, root_from_path(leaf_hash, index, size, path))


def verify_consistency(
    old_size: int, old_root: Digest, new_size: int, new_root: Digest, path: Sequence[Digest]
) -> None:
    """Raise unless the tree under `new_root` begins with the leaves of the tree under `old_root`.

    Args:
        old_size: 0 <= old_size <= new_size; at 0 or new_size the path is empty.
        old_root: from a checkpoint that the caller has verified, as `new_root`.
        new_size: leaves in the newer tree, at most MAX_SIZE.
        new_root: root of the newer tree.
        path: hashes of RFC 9162, 2.1.4, in that order.

    Raises:
        Malformed: a size, or the number or length of the hashes is impossible.
        RootMismatch: the path is well-formed and leads to another old or new root.
    """
    _check_growth(old_size, new_size)
    if old_size in (0, new_size):
        _check_path(path, 0, f"consistency path from {old_size} to {new_size}")
        _match(old_root, new_root if old_size else EMPTY_ROOT)
        if new_size == 0:
            _match(new_root, EMPTY_ROOT)
        return
    shift = _trailing_zeros(old_size)
    last = (old_size - 1) >> shift
    inner, border = _path_shape(last, ((new_size - 1) >> shift) + 1)
    seeded = old_size == 1 << shift  # the old tree is one perfect subtree: the path starts at its root
    _check_path(path, inner + border + (not seeded), f"consistency path from {old_size} to {new_size}")
    seed, rest = (old_root, path) if seeded else (path[0], path[1:])
    _check_digest(seed, "old root")
    _match(old_root, _climb_left(seed, last, rest, inner))
    _match(new_root, _climb(seed, last, rest, inner))


def inclusion_path(reader: NodeReader, index: int, size: int) -> tuple[Digest, ...]:
    """The inclusion path of leaf `index` in the tree of the first `size` leaves, for `verify_inclusion`.

    Raises:
        Malformed: not 0 <= index < size <= MAX_SIZE. Errors of the reader pass through.
    """
    _check_index(index, size)
    return tuple(_siblings(reader, index, 0, size))


def inclusion_paths(reader: NodeReader, start: int, end: int, size: int) -> list[tuple[Digest, ...]]:
    """The inclusion paths of the leaves `[start, end)`, in order; each node is read once.

    Raises:
        Malformed: not 0 <= start < end <= size <= MAX_SIZE. Errors of the reader pass through.
    """
    _check_index(start, end)
    _check_index(end - 1, size)
    above = 0  # from the root down: `paths` are the paths of the nodes over the span; the first of these is `above`
    paths: list[tuple[Digest, ...]] = [()]
    for height in reversed(range((size - 1).bit_length())):
        first, last = start >> height, (end - 1) >> height
        siblings = (_sibling(reader, index, height, size) for index in range(first, last + 1))
        paths = [(*own, *paths[(index >> 1) - above]) for index, own in enumerate(siblings, first)]
        above = first
    return paths


def consistency_path(reader: NodeReader, old_size: int, new_size: int) -> tuple[Digest, ...]:
    """The consistency path from `old_size` to `new_size`, for `verify_consistency`.

    Raises:
        Malformed: not 0 <= old_size <= new_size <= MAX_SIZE. Errors of the reader pass through.
    """
    _check_growth(old_size, new_size)
    if old_size in (0, new_size):
        return ()
    level = _trailing_zeros(old_size)
    seed = () if old_size == 1 << level else (reader.node(level, (old_size - 1) >> level),)
    return (*seed, *_siblings(reader, old_size - 1, level, new_size))


def path_of(leaf_hashes: Sequence[Digest], index: int) -> tuple[Digest, ...]:
    """The inclusion path of leaf `index` in the small tree of these leaves; hashes all nodes."""
    return inclusion_path(Leaves(leaf_hashes), index, len(leaf_hashes))


def cover(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The largest aligned perfect subtrees that make up the leaves `[start, end)`, left to right.

    Each is (level, index): the `2**level` leaves from `index << level` on. The decomposition is unique, so a list of
    the hashes alone is unambiguous.
    """
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, _trailing_zeros(start))
        yield level, start >> level
        start += 1 << level


def fold_peaks(peaks: Sequence[Digest]) -> Digest:
    """The root over perfect subtrees of decreasing size, left to right; `EMPTY_ROOT` for none."""
    if not peaks:
        return EMPTY_ROOT
    node = peaks[-1]
    for peak in reversed(peaks[:-1]):
        node = node_hash(peak, node)
    return node


def _climb(node: Digest, index: int, path: Sequence[Digest], inner: int) -> Digest:
    """The root above `node`: bit h of `index` is the side of sibling h below `inner`; all later siblings are left."""
    for level, sibling in enumerate(path):
        left = level >= inner or index >> level & 1
        node = node_hash(sibling, node) if left else node_hash(node, sibling)
    return node


def _climb_left(node: Digest, index: int, path: Sequence[Digest], inner: int) -> Digest:
    """As `_climb`, in the older tree, which has no leaf to the right of `node`."""
    for level, sibling in enumerate(path):
        if level >= inner or index >> level & 1:
            node = node_hash(sibling, node)
    return node


def _siblings(reader: NodeReader, index: int, level: int, size: int) -> Iterator[Digest]:
    """The siblings on the path from the node over leaf `index` at `level` to the root of a tree of `size` leaves."""
    for height in range(level, (size - 1).bit_length()):
        yield from _sibling(reader, index >> height, height, size)


def _sibling(reader: NodeReader, index: int, height: int, size: int) -> tuple[Digest, ...]:
    """The sibling of node `index` at `height` in a tree of `size` leaves; none on the right edge."""
    start = (index ^ 1) << height
    end = min(start + (1 << height), size)
    return (subtree_root(reader, start, end),) if start < end else ()


def subtree_root(reader: NodeReader, start: int, end: int) -> Digest:
    """The root over the leaves `[start, end)`, which are one subtree of the reader's tree."""
    return fold_peaks([reader.node(level, index) for level, index in cover(start, end)])


def _path_shape(index: int, size: int) -> tuple[int, int]:
    """The numbers of siblings below and above the node where the paths of `index` and the last leaf meet."""
    inner = (index ^ (size - 1)).bit_length()
    return inner, (index >> inner).bit_count()


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1


def _check_index(index: int, size: int) -> None:
    if not 0 <= index < size <= MAX_SIZE:
        raise Malformed(f"there is no leaf {index} in a tree of {size} leaves")


def _check_growth(old_size: int, new_size: int) -> None:
    if not 0 <= old_size <= new_size <= MAX_SIZE:
        raise Malformed(f"a tree does not grow from {old_size} to {new_size} leaves")


def _check_path(path: Sequence[Digest], want: int, what: str) -> None:
    if len(path) != want:
        raise Malformed(f"the {what} has {want} hashes, not {len(path)}")
    for sibling in path:
        _check_digest(sibling, what)


def _check_digest(digest: bytes, what: str) -> None:
    if len(digest) != Digest.LENGTH:
        raise Malformed(f"the {what} holds a hash of {len(digest)} bytes, not {Digest.LENGTH}")


def _match(committed: Digest, computed: Digest) -> None:
    if committed != computed:
        raise RootMismatch(committed=committed, computed=computed)
