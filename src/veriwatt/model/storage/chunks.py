"""The RFC 9162 tree over the 1-KiB chunks of a share or replica, by which a provider proves that it has it.

The last chunk may be shorter. Without any byte there is no chunk, and the root is that of the empty tree.
Spec: docs/spec/shares.md, section 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.errors import Malformed
from veriwatt.ids import MAX_OBJECT, Digest
from veriwatt.merkle.tree import AllNodes, inclusion_path, leaf_hash, tree_root, verify_inclusion

CHUNK = 1024
"""Bytes of every chunk but the last."""


@dataclass(frozen=True, slots=True)
class ProvenChunk:
    """One chunk with its path: `verify_chunk` checks it against a root and the number of bytes under it."""

    index: int
    chunk: bytes
    path: tuple[Digest, ...]


def chunk_count(size: int) -> int:
    """How many chunks `size` bytes have; none for no byte."""
    return -(-size // CHUNK)


def chunk_root(data: bytes) -> Digest:
    return tree_root(_leaves(data))


def prove_chunks(data: bytes, indices: Sequence[int]) -> tuple[ProvenChunk, ...]:
    """The chunks of `data` at these indices, with their paths; every node of the tree is hashed once.

    Raises:
        Malformed: `data` has no such chunk.
    """
    leaves = _leaves(data)
    nodes = AllNodes(leaves)
    paths = [inclusion_path(nodes, index, len(leaves)) for index in indices]
    return tuple(
        ProvenChunk(i, data[i * CHUNK : (i + 1) * CHUNK], path) for i, path in zip(indices, paths, strict=True)
    )


def verify_chunk(proven: ProvenChunk, size: int, root: Digest) -> None:
    """Raise unless this is that chunk of the `size` bytes under `root`; both come from the placement on the ledger.

    Raises:
        Malformed: there is no such chunk in `size` bytes, or chunk or path is not as long as there.
        RootMismatch: the path leads to another root.
    """
    index, count = proven.index, chunk_count(size)
    if not 0 <= index < count or size > MAX_OBJECT:
        raise Malformed(f"there is no chunk {index} in {size} bytes")
    length = min(CHUNK, size - index * CHUNK)
    if len(proven.chunk) != length:
        raise Malformed(f"chunk {index} of {size} bytes has {length} bytes, not {len(proven.chunk)}")
    verify_inclusion(leaf_hash(proven.chunk), index, count, proven.path, root)


def _leaves(data: bytes) -> list[Digest]:
    return [leaf_hash(data[at : at + CHUNK]) for at in range(0, len(data), CHUNK)]
