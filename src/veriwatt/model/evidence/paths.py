"""Leaves with their paths, and state values with their proof, in evidence and root-log proofs.

    placed leaf = [leaf, index, path]                 of a tree whose size is proven elsewhere
    state       = [[value | null, ...], multiproof]   of keys that the verifier derives; null: proven absent

A path is one byte string of 32-byte hashes, from the leaf up, at most 64 of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.encoding import Fields, Value
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.state_proof import MultiProof

MAX_LEAF = 4096
"""The most bytes of a leaf."""

MAX_PATH = 64 * Digest.LENGTH
MAX_STATE_VALUES = 32


@dataclass(frozen=True, slots=True)
class PlacedLeaf:
    """The bytes of one leaf, its index and its path."""

    leaf: bytes
    index: int
    path: tuple[Digest, ...]

    def fields(self) -> list[Value]:
        return [self.leaf, self.index, path_bytes(self.path)]

    @classmethod
    def parse(cls, value: object) -> PlacedLeaf:
        f = Fields(value, "evidence: leaf", 3)
        return cls(f.bytes("leaf", MAX_LEAF), f.uint("index"), read_path(f))


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


def path_bytes(path: tuple[Digest, ...]) -> bytes:
    """The path as one field."""
    return b"".join(path)


def read_path(f: Fields) -> tuple[Digest, ...]:
    """Read the next field as a path; raises Malformed unless it is a whole number of hashes, at most 64."""
    raw = f.bytes("path", MAX_PATH)
    if len(raw) % Digest.LENGTH:
        raise Malformed("evidence: a path is not a number of whole hashes")
    return tuple(Digest(raw[at : at + Digest.LENGTH]) for at in range(0, len(raw), Digest.LENGTH))


def _value(value: object) -> bytes | None:
    if value is not None and type(value) is not bytes:
        raise Malformed("evidence: a state value is not a byte string or null")
    return value
