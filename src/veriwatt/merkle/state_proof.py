"""One proof for many keys of the authenticated map: each has this value, or is absent.

    proof = [shape: bstr, leaves: bstr, siblings: bstr]
    shape    2 bits for each node visited, parent before child, left before right; padded with zero bits
    leaves   64 bytes (key hash, value hash) for each leaf of another key whose position proves an absence
    siblings 32 bytes for each non-empty subtree without a claimed key, once for all keys

The verifier descends along all claimed keys at once and reads the proof in the order of its visits, so a tree and a set
of keys have exactly one proof. The numbers at the code are the steps of docs/spec/state-map.md, section 3.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import Fields, Value
from veriwatt.errors import Malformed, NotProven, RootMismatch, printed
from veriwatt.ids import Digest

MAX_DEPTH = 8 * Digest.LENGTH
"""Bits of a key hash: the longest path from the root."""

MAX_SIBLINGS = 1 << 24
"""The most bytes of a proof's siblings: 80 levels of 6,500 keys."""

EMPTY_STATE = Digest(bytes(Digest.LENGTH))
"""The hash of a subtree without leaves, and the root of the empty map."""

LEAF_BYTES = 2 * Digest.LENGTH


class StateClaimMismatch(NotProven):
    """A state proof that contradicts a claim about a key's presence."""

    code = "state-claim-mismatch"

    def __init__(self, key: bytes, *, present: bool) -> None:
        presence = "present" if present else "absent"
        super().__init__(f"the proof shows state key {printed(key)} {presence}, against the claim")
        self.key, self.present = key, present


class ProofNode(IntEnum):
    """The kind of a visited node. A subtree without a claimed key is EMPTY or STATED."""

    EMPTY = 0
    CLAIMED = 1  # the leaf of a claimed key: its hash follows from the claim
    STATED = 2  # taken from the proof: another key's leaf, or the hash of a subtree without claimed keys
    INNER = 3


@dataclass(frozen=True, slots=True)
class MultiProof:
    """A parsed proof; it proves nothing until `verify_state` accepts it under a root."""

    shape: bytes
    leaves: tuple[tuple[Digest, Digest], ...]
    siblings: tuple[Digest, ...]

    def fields(self) -> list[Value]:
        return [self.shape, b"".join(key + value for key, value in self.leaves), b"".join(self.siblings)]

    @classmethod
    def parse(cls, value: object) -> MultiProof:
        """Parse a canonically decoded value; raises Malformed for any other shape (step 1)."""
        fields = Fields(value, "state proof", count=3)
        shape = fields.bytes("shape")
        leaves = _digests(fields.bytes("leaves"), LEAF_BYTES, "leaves")
        siblings = _digests(fields.bytes("siblings", MAX_SIBLINGS), Digest.LENGTH, "siblings")
        return cls(shape, tuple(zip(leaves[0::2], leaves[1::2], strict=True)), siblings)


def verify_state(root: Digest, proof: MultiProof, claims: Mapping[bytes, bytes | None]) -> None:
    """Raise unless under `root` each key of `claims` has its value, or is absent if the value is None.

    Args:
        root: from a header that the caller has verified.
        proof: for exactly the keys of `claims`; a proof for more or fewer keys is refused.
        claims: raw keys and values, hashed here.

    Raises:
        Malformed: the proof does not fit the keys, or is not canonical.
        StateClaimMismatch: the proof contradicts a claim about a key's presence.
        RootMismatch: the proof is well-formed and leads elsewhere.
    """
    wanted = sorted(_Claim(key_hash(key), key, value) for key, value in claims.items())  # 2
    walk = _Walk(proof)
    computed = walk.subtree(wanted, 0)  # 3
    walk.finish()  # 4
    if computed != root:  # 5
        raise RootMismatch(committed=root, computed=computed)


def key_hash(key: bytes) -> Digest:
    """The hash of `key`, whose bits are its path from the root down, first bit first."""
    return sha256(key)


def state_leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf, which is its key hash and its value hash."""
    return hashlib.sha256(b"\x02" + leaf).digest()  # plain bytes, not `Digest`: a block hashes thousands of nodes


def inner_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x03" + left + right).digest()


def bit(key_hash: bytes, depth: int) -> int:
    """The direction of the path of `key_hash` at `depth`, 0 .. 255: 0 left, 1 right."""
    return key_hash[depth >> 3] >> (7 - (depth & 7)) & 1


def pack(nodes: Sequence[ProofNode]) -> bytes:
    """The shape: four nodes in a byte, the first in the highest bits."""
    out = bytearray((len(nodes) + 3) // 4)
    for at, node in enumerate(nodes):
        out[at >> 2] |= node << _shift(at)
    return bytes(out)


class _Claim(NamedTuple):
    key_hash: Digest
    key: bytes
    value: bytes | None


class _Walk:
    """The verifier's descent, with the number of nodes, leaves and siblings of the proof that it has used."""

    __slots__ = ("_leaf", "_node", "_proof", "_sibling")

    def __init__(self, proof: MultiProof) -> None:
        self._proof = proof
        self._node = self._leaf = self._sibling = 0

    def subtree(self, claims: Sequence[_Claim], depth: int) -> bytes:
        """The hash of the subtree at `depth` that contains the paths of exactly these sorted claims."""
        node = self._next_node()
        if not claims:
            return self._unclaimed(node)  # 3.1
        if node is ProofNode.INNER:  # 3.2
            if depth == MAX_DEPTH:
                raise Malformed("the state proof goes deeper than a key hash")
            middle = bisect_left(claims, 1, key=lambda claim: bit(claim.key_hash, depth))
            left = self.subtree(claims[:middle], depth + 1)
            return inner_hash(left, self.subtree(claims[middle:], depth + 1))
        if node is ProofNode.CLAIMED:  # 3.3
            return _claimed_leaf(claims)
        _check_absent(claims)  # 3.4, 3.5
        return EMPTY_STATE if node is ProofNode.EMPTY else self._other_leaf(claims, depth)

    def finish(self) -> None:
        """Raise Malformed unless every part of the proof was used and the padding is zero."""
        proof, unused = self._proof, -self._node % 4
        whole = (
            len(proof.shape) == (self._node + 3) // 4
            and proof.shape[-1] & (1 << 2 * unused) - 1 == 0
            and len(proof.leaves) == self._leaf
            and len(proof.siblings) == self._sibling
        )
        if not whole:
            raise Malformed("the state proof holds more than the claimed keys need")

    def _next_node(self) -> ProofNode:
        at, self._node = self._node, self._node + 1
        if at >> 2 >= len(self._proof.shape):
            raise Malformed("the state proof's shape ends too early")
        return ProofNode(self._proof.shape[at >> 2] >> _shift(at) & 3)

    def _unclaimed(self, node: ProofNode) -> bytes:
        if node is ProofNode.EMPTY:
            return EMPTY_STATE
        if node is not ProofNode.STATED:
            raise Malformed("the state proof opens a subtree without a claimed key")
        at, self._sibling = self._sibling, self._sibling + 1
        if at >= len(self._proof.siblings):
            raise Malformed("the state proof has too few siblings")
        if self._proof.siblings[at] == EMPTY_STATE:
            raise Malformed("the state proof states an empty subtree as a sibling")
        return self._proof.siblings[at]

    def _other_leaf(self, claims: Sequence[_Claim], depth: int) -> bytes:
        """The hash of the leaf of another key: the only leaf of a subtree from which all claimed keys are absent."""
        at, self._leaf = self._leaf, self._leaf + 1
        if at >= len(self._proof.leaves):
            raise Malformed("the state proof has too few leaves")
        leaf_key, value_hash = self._proof.leaves[at]
        if any(leaf_key == claim.key_hash for claim in claims):
            raise StateClaimMismatch(next(claim.key for claim in claims if claim.key_hash == leaf_key), present=True)
        if _prefix(leaf_key, depth) != _prefix(claims[0].key_hash, depth):
            raise Malformed("the state proof has a leaf off the path of its key")
        return state_leaf_hash(leaf_key + value_hash)


def _claimed_leaf(claims: Sequence[_Claim]) -> bytes:
    """The hash of the leaf of the only claim of presence here; raises unless there is exactly one."""
    present = [claim for claim in claims if claim.value is not None]
    if not present:
        raise StateClaimMismatch(claims[0].key, present=True)
    _check_absent(present[1:])
    only = present[0]
    return state_leaf_hash(only.key_hash + sha256(only.value or b""))


def _check_absent(claims: Iterable[_Claim]) -> None:
    for claim in claims:
        if claim.value is not None:
            raise StateClaimMismatch(claim.key, present=False)


def _prefix(key_hash: bytes, depth: int) -> int:
    return int.from_bytes(key_hash, "big") >> (MAX_DEPTH - depth)


def _shift(at: int) -> int:
    return 6 - 2 * (at & 3)


def _digests(raw: bytes, width: int, field: str) -> tuple[Digest, ...]:
    if len(raw) % width:
        raise Malformed(f"state proof: {field} are not a multiple of {width} bytes")
    return tuple(Digest(raw[at : at + Digest.LENGTH]) for at in range(0, len(raw), Digest.LENGTH))
