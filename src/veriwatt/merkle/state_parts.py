"""The authenticated map in 256 parts, by the first byte of the key hash: the whole map is proven part by part.

    summary = b""              a part without keys
              0x01 || leaf     one key: its leaf moves up, as the tree has it
              0x02 || hash     more: the inner node at depth 8

Whoever has all parts under a root has the whole map, and so every key with a prefix. Parts whose summary is known need
not be sent again. The numbers are the steps of docs/spec/peers.md, "Parts of the map".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Malformed, RootMismatch
from veriwatt.ids import Digest
from veriwatt.merkle.state_proof import EMPTY_STATE, inner_hash, key_hash, state_leaf_hash
from veriwatt.merkle.state_tree import subtree_hash

PARTS = 256
DEPTH = 8

EMPTY, SINGLE, INNER = b"", b"\x01", b"\x02"

Row: TypeAlias = tuple[bytes, bytes]
"""A key and its value."""


def part_of(key: bytes) -> int:
    """The part that the key belongs to."""
    return key_hash(key)[0]


def parts_of(rows: Iterable[Row]) -> list[list[Row]]:
    """The rows of a map in parts, those of a part in the order given."""
    parts: list[list[Row]] = [[] for _ in range(PARTS)]
    for row in rows:
        parts[part_of(row[0])].append(row)
    return parts


def summary_of(rows: Sequence[Row]) -> bytes:
    """The summary of a part with these rows."""
    leaves = sorted(key_hash(key) + sha256(value) for key, value in rows)
    if len(leaves) < 2:
        return SINGLE + state_leaf_hash(leaves[0]) if leaves else EMPTY
    return INNER + subtree_hash(leaves, DEPTH)


def verify_summaries(root: Digest, summaries: Sequence[bytes]) -> None:
    """Raise unless these are the summaries of all parts of the map with this root.

    Raises:
        Malformed: not 256 of them, or one is none.
        RootMismatch: they are those of another map.
    """
    # 1. each is a summary
    if len(summaries) != PARTS:
        raise Malformed(f"the map has {PARTS} parts, not {len(summaries)}")
    for each in summaries:
        if each and (len(each) != 1 + Digest.LENGTH or each[:1] not in (SINGLE, INNER)):
            raise Malformed("the summary of a part of the map is not a tag and a hash")
    # 2. folded in pairs they are the root
    level = list(summaries)
    while len(level) > 1:
        level = [_folded(left, right) for left, right in zip(level[0::2], level[1::2], strict=True)]
    computed = level[0][1:] or EMPTY_STATE
    if computed != root:
        raise RootMismatch(committed=root, computed=computed)


def verify_part(n: int, summary: bytes, rows: Sequence[Row]) -> None:
    """Raise unless these are the rows of part `n`, whose summary is verified, sorted by key (step 3).

    Raises:
        Malformed: a row is of another part, or not in order.
        RootMismatch: a row is left out, added or another.
    """
    if any(one[0] >= other[0] for one, other in zip(rows, rows[1:], strict=False)):
        raise Malformed(f"part {n} of the map: the keys do not ascend")
    if any(part_of(key) != n for key, _ in rows):
        raise Malformed(f"part {n} of the map has a key of another part")
    computed = summary_of(rows)
    if computed != summary:
        raise RootMismatch(committed=summary, computed=computed)


def _folded(left: bytes, right: bytes) -> bytes:
    if not left or not right:
        other = left or right
        if other[:1] != INNER:
            return other
    return INNER + inner_hash(left[1:] or EMPTY_STATE, right[1:] or EMPTY_STATE)
