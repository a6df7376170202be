"""Writes merkle_tree.json beside this file, from the definitions of RFC 9162 taken word for word.

Nothing of the product is imported: the recursive definitions below are slow, plain, and a second
opinion on the product's iterative code. Run: python tests/vectors/make_merkle.py
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

CT_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ACCUMULATED_SIZE = 1000
EXHAUSTIVE = 64


def leaf(data: bytes) -> bytes:
    return sha256(b"\x00" + data).digest()


def numbered_leaves(count: int) -> list[bytes]:
    return [leaf(number.to_bytes(8, "big")) for number in range(count)]


def split(count: int) -> int:
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def mth(leaves: list[bytes]) -> bytes:
    """MTH(D[n]), 2.1.1."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]), 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def proof(m: int, leaves: list[bytes]) -> list[bytes]:
    """PROOF(m, D[n]), 2.1.4.1; empty for m = 0."""
    return subproof(m, leaves, complete=True) if m else []


def subproof(m: int, leaves: list[bytes], *, complete: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if complete else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], complete=complete), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], complete=False), mth(leaves[:k])]


def subtrees(start: int, end: int) -> list[tuple[int, int]]:
    """(first leaf, leaves) of each largest aligned perfect subtree in [start, end)."""
    out = []
    while start < end:
        width = 1
        while start % (width * 2) == 0 and start + width * 2 <= end:
            width *= 2
        out.append((start, width))
        start += width
    return out


def subtree_hashes(leaves: list[bytes], start: int, end: int) -> list[bytes]:
    return [mth(leaves[first : first + width]) for first, width in subtrees(start, end)]


def folded(digests: list[bytes]) -> str:
    """One digest over many: SHA-256 of the one before and the next, from 32 zero bytes on."""
    out = bytes(32)
    for digest in digests:
        out = sha256(out + digest).digest()
    return out.hex()


def tree_vectors() -> dict[str, object]:
    leaves = numbered_leaves(ACCUMULATED_SIZE)
    small = range(EXHAUSTIVE + 1)
    ct = [leaf(bytes.fromhex(data)) for data in CT_LEAVES]
    return {
        "leaf_of_number": "leaf i of the accumulated cases hashes i as 8 bytes, big-endian",
        "ct_leaves": CT_LEAVES,
        "ct_roots": [mth(ct[:size]).hex() for size in range(9)],
        "inclusion": [_inclusion(leaves, index, size) for index, size in [(0, 1), (6, 7), (3, 8), (5, 13), (12, 13)]],
        "consistency": [_consistency(leaves, old, new) for old, new in [(0, 3), (3, 7), (4, 7), (6, 8), (8, 13)]],
        "growth": [_growth(leaves, old, new) for old, new in [(0, 7), (3, 13), (10, 20), (64, 64)]],
        "accumulated_roots": folded([mth(leaves[:size]) for size in range(ACCUMULATED_SIZE + 1)]),
        "accumulated_inclusion": folded(
            [digest for size in small for index in range(size) for digest in path(index, leaves[:size])]
        ),
        "accumulated_consistency": folded(
            [digest for new in small for old in range(new + 1) for digest in proof(old, leaves[:new])]
        ),
        "accumulated_subtrees": folded(
            [digest for new in small for old in range(new + 1) for digest in subtree_hashes(leaves, old, new)]
        ),
    }


def _inclusion(leaves: list[bytes], index: int, size: int) -> dict[str, object]:
    steps = [digest.hex() for digest in path(index, leaves[:size])]
    return {"index": index, "size": size, "leaf": leaves[index].hex(), "path": steps, "root": mth(leaves[:size]).hex()}


def _consistency(leaves: list[bytes], old: int, new: int) -> dict[str, object]:
    return {
        "old_size": old,
        "old_root": mth(leaves[:old]).hex(),
        "new_size": new,
        "new_root": mth(leaves[:new]).hex(),
        "path": [digest.hex() for digest in proof(old, leaves[:new])],
    }


def _growth(leaves: list[bytes], old: int, new: int) -> dict[str, object]:
    return {
        "old_size": old,
        "old_peaks": [digest.hex() for digest in subtree_hashes(leaves, 0, old)],
        "new_size": new,
        "subtrees": [digest.hex() for digest in subtree_hashes(leaves, old, new)],
        "new_peaks": [digest.hex() for digest in subtree_hashes(leaves, 0, new)],
    }


def main() -> None:
    here = Path(__file__).parent
    (here / "merkle_tree.json").write_text(json.dumps(tree_vectors(), indent=1) + "\n")


if __name__ == "__main__":
    main()
