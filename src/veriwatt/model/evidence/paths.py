"""Leaves with their paths, lists of hashes, and state values with their proof, in evidence and root-log proofs.

    placed leaf = [leaf, index, path]                 of a tree whose size is proven elsewhere
    state       = [[value | null, ...], multiproof]   of keys that the verifier derives; null: proven absent

A path, or the hashes of a multiproof, are one byte string of 32-byte hashes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.encoding import Fields, Value
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.state_proof import MultiProof
from veriwatt.model.evidence.file_limits import MAX_FRAMES, MAX_TERMINALS, MAX_VERSIONS

MAX_LEAF = 4096
"""The most bytes of a leaf."""

MAX_PATH = 64
MAX_HASHES = 3 * (MAX_FRAMES + 1) * MAX_PATH
"""The most hashes of a multiproof in a file: a whole path of each leaf of the root log."""

MAX_STATE_VALUES = MAX_FRAMES + MAX_TERMINALS + MAX_VERSIONS + 4
"""The most values of a file: of each frame's number, of terminals and group versions, and of the claim and its logs."""


@dataclass(frozen=True, slots=True)
class PlacedLeaf:
    """The bytes of one leaf, its index and its path."""

    leaf: bytes
    index: int
    path: tuple[Digest, ...]

    def fields(self) -> list[Value]:
        return [self.leaf, self.index, join_hashes(self.path)]

    @classmethod
    def parse(cls, value: object) -> PlacedLeaf:
        f = Fields(value, "evidence: leaf", 3)
        return cls(f.bytes("leaf", MAX_LEAF), f.uint("index"), read_hashes(f, MAX_PATH))


@dataclass(frozen=True, slots=True)
class StatePart:
    """The values of the derived keys, in the order of derivation, and one proof for all of them."""

    values: tuple[bytes | None, ...]
    proof: MultiProof

    def fields(self) -> list[Value]:
        return [list(self.values), self.proof.fields()]

    @classmethod
    def parse(cls, value: object) -> StatePart:
        f = Fields(value, "evidence: state", 2)
        return cls(f.each("values", _value, MAX_STATE_VALUES), MultiProof.parse(f.raw()))


def join_hashes(hashes: Sequence[Digest]) -> bytes:
    """The hashes as one field."""
    return b"".join(hashes)


def read_hashes(f: Fields, limit: int = MAX_HASHES) -> tuple[Digest, ...]:
    """Read the next field as hashes; raises Malformed unless it is a whole number of them, at most `limit`."""
    raw = f.bytes("hashes", limit * Digest.LENGTH)
    if len(raw) % Digest.LENGTH:
        raise Malformed("evidence: a list of hashes is not a number of whole hashes")
    return tuple(Digest(raw[at : at + Digest.LENGTH]) for at in range(0, len(raw), Digest.LENGTH))


def _value(value: object) -> bytes | None:
    if value is not None and type(value) is not bytes:
        raise Malformed("evidence: a state value is not a byte string or null")
    return value
