"""Inclusion of many leaves of one RFC 9162 tree, with one list of hashes.

The hashes are the roots of the largest subtrees without a proven leaf, from left to right. Indices and size determine
their number and places, so a set of leaves of a tree has one list. Spec: docs/spec/tree.md, section 3.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

from veriwatt.errors import Malformed, RootMismatch
from veriwatt.ids import Digest
from veriwatt.merkle.tree import MAX_SIZE, NodeReader, node_hash, subtree_root


def verify_leaves(leaves: Mapping[int, Digest], size: int, hashes: Sequence[Digest], root: Digest) -> None:
    """Raise unless each of `leaves` is at its index in the tree of `size` leaves under `root`.

    Args:
        leaves: by index, at least one; each hash made by the caller from the leaf's data.
        size: leaves in the tree, from the checkpoint of `root`.
        hashes: those of `multiproof`, 32 bytes each.
        root: from a checkpoint that the caller has verified.

    Raises:
        Malformed: no leaf, an index or a number of hashes that is impossible.
        RootMismatch: the proof is well-formed and leads elsewhere.
    """
    computed = _root_over(leaves, size, hashes)
    if computed != root:
        raise RootMismatch(committed=root, computed=computed)


def multiproof(reader: NodeReader, indices: Iterable[int], size: int) -> tuple[Digest, ...]:
    """The hashes that prove the leaves at `indices` in the tree of the first `size` leaves.

    Raises:
        Malformed: no index, or one that is not below `size`. Errors of the reader pass through.
    """
    return tuple(subtree_root(reader, start, end) for start, end in _bare(_sorted(indices, size), size))


def join_paths(paths: Mapping[int, Sequence[Digest]], size: int) -> tuple[Digest, ...]:
    """The hashes of `multiproof`, taken from the inclusion paths of the leaves in a tree of `size` leaves."""
    known = {
        place: sibling
        for index, path in paths.items()
        for place, sibling in zip(_siblings_from_root(index, size), reversed(path), strict=True)
    }
    return tuple(known[place] for place in _bare(_sorted(paths, size), size))


def _root_over(leaves: Mapping[int, Digest], size: int, hashes: Sequence[Digest]) -> Digest:
    indices, rest = _sorted(leaves, size), iter(hashes)

    def root(start: int, end: int, first: int, last: int) -> Digest:
        """The root of the leaves `[start, end)`; the proven ones are `indices[first:last]`."""
        if first == last:
            sibling = next(rest, None)
            if sibling is None:
                raise Malformed(f"a multiproof of {len(indices)} leaves of {size} has too few hashes")
            return sibling
        if end - start == 1:
            return leaves[start]
        middle = _middle(start, end)
        cut = bisect_left(indices, middle, first, last)
        left = root(start, middle, first, cut)
        return node_hash(left, root(middle, end, cut, last))

    computed = root(0, size, 0, len(indices))
    if next(rest, None) is not None:
        raise Malformed(f"a multiproof of {len(indices)} leaves of {size} has too many hashes")
    return computed


def _bare(indices: Sequence[int], size: int) -> Iterator[tuple[int, int]]:
    """The largest subtrees `[start, end)` that have none of the sorted `indices`, from left to right."""
    pending = [(0, size)]
    while pending:
        start, end = pending.pop()
        first = bisect_left(indices, start)
        if first == len(indices) or indices[first] >= end:
            yield start, end
        elif end - start > 1:
            middle = _middle(start, end)
            pending += [(middle, end), (start, middle)]


def _siblings_from_root(index: int, size: int) -> Iterator[tuple[int, int]]:
    """The subtrees beside the way from the root to leaf `index`."""
    start, end = 0, size
    while end - start > 1:
        middle = _middle(start, end)
        yield (middle, end) if index < middle else (start, middle)
        start, end = (start, middle) if index < middle else (middle, end)


def _middle(start: int, end: int) -> int:
    """Where the subtree `[start, end)` of several leaves splits: after the largest power of two below its size."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def _sorted(indices: Iterable[int], size: int) -> list[int]:
    found = sorted(indices)
    if not found or not 0 <= found[0] <= found[-1] < size <= MAX_SIZE:
        raise Malformed(f"there are no leaves {found} in a tree of {size} leaves")
    return found
