"""What a witness is asked to cosign, and the proof of a fork.

    request    = [2, [growth ...], root log head]
    growth     = [old size, old root, hashes, [leaf, hashes] | null, [cosignature line ...]]
    fork proof = [2, root log head of the witness, request]

A growth is a consistency path from a smaller root log, with the root that the asker's own log has at that size, and
the first leaf after it with its path; null where the log has not grown.
Spec: docs/spec/witness.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.merkle.tree import MAX_SIZE
from veriwatt.model.chain.anchor import RootLogLeaf
from veriwatt.model.evidence.paths import MAX_LEAF, MAX_PATH, join_hashes, read_hashes
from veriwatt.model.ledger.cosignature import MAX_COSIGNATURES
from veriwatt.model.ledger.root_log import MAX_ROOT_LOG_HEAD, RootLogHeadProof

MAX_GROWTHS = 16
MAX_LINE = 256
MAX_REQUEST = MAX_ROOT_LOG_HEAD + (1 << 18)
MAX_ITEMS = 4 + MAX_GROWTHS * (8 + MAX_COSIGNATURES)
"""CBOR items of a request; the root log head is one byte string."""


@dataclass(frozen=True, slots=True)
class NextLeaf:
    """A root-log leaf and its path to the newest root."""

    leaf: RootLogLeaf
    path: tuple[Digest, ...]

    def fields(self) -> list[Value]:
        return [self.leaf.to_bytes(), join_hashes(self.path)]

    @classmethod
    def parse(cls, value: object) -> NextLeaf:
        f = Fields(value, "next leaf", 2)
        return cls(RootLogLeaf.from_bytes(f.bytes("leaf", MAX_LEAF)), read_hashes(f, MAX_PATH))


@dataclass(frozen=True, slots=True)
class Growth:
    """The path from the log of `size` leaves under `root`, and the lines of the witnesses that cosigned it.

    `next` is the leaf at index `size`, which has the app hash of the state with that smaller log.
    """

    size: int
    root: Digest
    path: tuple[Digest, ...]
    next: NextLeaf | None
    lines: tuple[str, ...]

    def fields(self) -> list[Value]:
        leaf = None if self.next is None else self.next.fields()
        return [self.size, self.root, join_hashes(self.path), leaf, list(self.lines)]

    @classmethod
    def parse(cls, value: object) -> Growth:
        f = Fields(value, "growth", 5)
        size, root, path = f.uint("old size", MAX_SIZE), f.digest("old root", Digest), read_hashes(f, MAX_PATH)
        leaf = f.optional(NextLeaf.parse)
        return cls(size, root, path, leaf, f.each("lines", _line, MAX_COSIGNATURES))


@dataclass(frozen=True, slots=True)
class WitnessRequest:
    """A head of the root log, and its growth from smaller sizes, in ascending order; nothing is verified."""

    growths: tuple[Growth, ...]
    head: RootLogHeadProof

    def __post_init__(self) -> None:
        sizes = [growth.size for growth in self.growths]
        if any(left >= right for left, right in zip(sizes, sizes[1:], strict=False)):
            raise Malformed("witness request: the sizes do not ascend")

    def to_bytes(self) -> bytes:
        return encode([FORMAT, [growth.fields() for growth in self.growths], self.head.to_bytes()])

    @classmethod
    def from_bytes(cls, raw: bytes) -> WitnessRequest:
        """Parse a request; raises Malformed unless `raw` is canonical."""
        if len(raw) > MAX_REQUEST:
            raise Malformed(f"a witness request has at most {MAX_REQUEST} bytes, this one {len(raw)}")
        f = Fields.versioned(decode(raw, "witness request", MAX_ITEMS), "witness request", 3)
        growths = f.each("growths", Growth.parse, MAX_GROWTHS)
        return cls(growths, RootLogHeadProof.from_bytes(f.bytes("root log head", MAX_ROOT_LOG_HEAD)))


@dataclass(frozen=True, slots=True)
class ForkProof:
    """The head that a witness cosigned, and the request that contradicts it; `verify.witness` verifies it."""

    head: RootLogHeadProof
    request: WitnessRequest

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.head.to_bytes(), self.request.to_bytes()])

    @classmethod
    def from_bytes(cls, raw: bytes) -> ForkProof:
        """Parse a fork proof; raises Malformed unless `raw` is canonical."""
        if len(raw) > 2 * MAX_REQUEST:
            raise Malformed(f"a fork proof has at most {2 * MAX_REQUEST} bytes, this one {len(raw)}")
        f = Fields.versioned(decode(raw, "fork proof", 4), "fork proof", 3)
        head = RootLogHeadProof.from_bytes(f.bytes("root log head", MAX_ROOT_LOG_HEAD))
        return cls(head, WitnessRequest.from_bytes(f.bytes("request", MAX_REQUEST)))


def _line(value: object) -> str:
    if type(value) is not str or len(value) > MAX_LINE:
        raise Malformed(f"witness request: a cosignature line is not a text of at most {MAX_LINE} characters")
    return value
