"""Writes merkle_tree.json and state_map.json beside this file, from the definitions taken word for word.

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
BLOCKS = 100
NAMES = 60
EMPTY = bytes(32)


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


def bare(proven: list[int], leaves: list[bytes], first: int = 0) -> list[bytes]:
    """The multiproof of the leaves `proven` in a tree whose leftmost leaf is number `first`."""
    if not any(first <= index < first + len(leaves) for index in proven):
        return [mth(leaves)]
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    return bare(proven, leaves[:k], first) + bare(proven, leaves[k:], first + k)


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
        "multiproofs": [
            _multiproof(leaves, proven, size)
            for proven, size in [([0], 1), ([1, 6], 7), ([0, 1, 2, 3], 4), ([2, 3, 9], 13), ([12], 13), ([0, 12], 13)]
        ],
        "consistency": [_consistency(leaves, old, new) for old, new in [(0, 3), (3, 7), (4, 7), (6, 8), (8, 13)]],
        "growth": [_growth(leaves, old, new) for old, new in [(0, 7), (3, 13), (10, 20), (64, 64)]],
        "accumulated_roots": folded([mth(leaves[:size]) for size in range(ACCUMULATED_SIZE + 1)]),
        "accumulated_inclusion": folded(
            [digest for size in small for index in range(size) for digest in path(index, leaves[:size])]
        ),
        "accumulated_multiproofs": folded(
            [
                digest
                for size in range(1, 9)
                for chosen in range(1, 1 << size)
                for digest in bare([at for at in range(size) if chosen >> at & 1], leaves[:size])
            ]
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


def _multiproof(leaves: list[bytes], proven: list[int], size: int) -> dict[str, object]:
    return {
        "size": size,
        "leaves": {str(index): leaves[index].hex() for index in proven},
        "hashes": [digest.hex() for digest in bare(proven, leaves[:size])],
        "root": mth(leaves[:size]).hex(),
    }


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


def way(key: bytes) -> str:
    """The 256 turns of a key from the root down."""
    return f"{int.from_bytes(sha256(key).digest(), 'big'):0256b}"


def map_leaf(key: bytes, value: bytes) -> bytes:
    return sha256(b"\x02" + sha256(key).digest() + sha256(value).digest()).digest()


def map_root(content: dict[bytes, bytes], prefix: str = "") -> bytes:
    """The hash of the subtree at `prefix`, to which all keys of `content` lead."""
    if len(content) < 2:
        return next((map_leaf(key, value) for key, value in content.items()), EMPTY)
    return sha256(b"\x03" + map_root(*_half(content, prefix, "0")) + map_root(*_half(content, prefix, "1"))).digest()


def map_proof(content: dict[bytes, bytes], keys: list[bytes], prefix: str = "") -> tuple[str, bytes, bytes]:
    """(nodes as a string of 0 empty, 1 claimed, 2 stated, 3 inner; leaves; siblings) for keys that lead to `prefix`."""
    if not content:
        return "0", b"", b""
    if not keys:
        return "2", b"", map_root(content, prefix)
    if len(content) == 1:
        ((key, value),) = content.items()
        return ("1", b"", b"") if key in keys else ("2", sha256(key).digest() + sha256(value).digest(), b"")
    halves = [
        map_proof(below, [key for key in keys if way(key).startswith(at)], at)
        for below, at in (_half(content, prefix, "0"), _half(content, prefix, "1"))
    ]
    return "3" + halves[0][0] + halves[1][0], halves[0][1] + halves[1][1], halves[0][2] + halves[1][2]


def _half(content: dict[bytes, bytes], prefix: str, side: str) -> tuple[dict[bytes, bytes], str]:
    at = prefix + side
    return {key: value for key, value in content.items() if way(key).startswith(at)}, at


def shape_of(nodes: str) -> bytes:
    bits = "".join(f"{int(node):02b}" for node in nodes)
    return bytes(int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8))


def bstr(raw: bytes) -> bytes:
    """A CBOR byte string of at most 65,535 bytes."""
    size = len(raw)
    head = (
        bytes([0x40 | size]) if size < 24 else bytes([0x58, size]) if size < 256 else b"\x59" + size.to_bytes(2, "big")
    )
    return head + raw


def block(height: int) -> dict[bytes, bytes | None]:
    """Changes that anyone can make again: a few keys of a small pool set, changed and deleted."""
    drawn = [sha256(b"%d/%d" % (height, number)).digest() for number in range(8)]
    return {b"name/%d" % (draw[0] % NAMES): None if draw[1] < 80 else draw[2:6] for draw in drawn}


def state_after(blocks: int) -> dict[bytes, bytes]:
    state: dict[bytes, bytes] = {}
    for height in range(blocks):
        for key, value in block(height).items():
            state.pop(key, None)
            if value is not None:
                state[key] = value
    return state


def state_vectors() -> dict[str, object]:
    small = {b"org/steel": b"member", b"org/grid": b"operator", b"term/1": b""}
    large = state_after(BLOCKS)
    absent = [b"org/none", b"term/2"]
    return {
        "empty_root": map_root({}).hex(),
        "proofs": [
            _state_proof({}, absent),
            _state_proof({b"org/steel": b"member"}, [b"org/steel", b"org/none"]),
            _state_proof(small, [b"org/steel"]),
            _state_proof(small, [b"term/1", *absent]),
            _state_proof(large, [min(large)]),
            _state_proof(large, [*sorted(large)[3:7], *absent]),
        ],
        "blocks": "block h, for n of 0..7 with d = SHA-256(text h/n), sets key name/(d[0] mod 60) to d[2:6] or deletes "
        "it when d[1] < 80; of one key in one block the last n counts",
        "accumulated_roots": folded([map_root(state_after(blocks)) for blocks in range(BLOCKS + 1)]),
    }


def _state_proof(content: dict[bytes, bytes], keys: list[bytes]) -> dict[str, object]:
    nodes, leaves, siblings = map_proof(content, keys)
    shape = shape_of(nodes)
    claims = {key: content.get(key) for key in keys}
    return {
        "content": [[key.hex(), value.hex()] for key, value in sorted(content.items())],
        "root": map_root(content).hex(),
        "claims": [[key.hex(), None if value is None else value.hex()] for key, value in claims.items()],
        "nodes": nodes,
        "proof": (b"\x83" + bstr(shape) + bstr(leaves) + bstr(siblings)).hex(),
    }


def main() -> None:
    here = Path(__file__).parent
    for name, vectors in [("merkle_tree.json", tree_vectors()), ("state_map.json", state_vectors())]:
        (here / name).write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    main()
