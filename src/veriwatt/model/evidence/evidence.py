"""Evidence of one reading: a self-contained file that proves one slot of one point (`.vwe`).

    evidence   = [1, chain, claim, disclosure, definition, frame, inclusion, anchor, known, block, state,
                  light block]
    claim      = ["reading", org, point, slot start]
    disclosure = [leaf, salt, index, path]              one column leaf under the group's column root
    definition = [definition bytes, index, path]        under the group version's root
    frame      = [protected, header, signature, group, group version]
    inclusion  = [position, path]                       in the org's data chain at its anchor's new size
    anchor     = [leaf, index, path]                    in the org's log of anchors
    known      = [leaf, path] | null                    the root-log leaf that the frame's header names
    block      = [app hash, index, path, [leaf, path] | null]
    state      = [[value | null, ...], multiproof]

A path is one byte string of 32-byte hashes, from the leaf up. `block` places the anchor's block in
the root log and adds the leaf that follows it there, null when none does; the paths of `known` and of
that leaf end where they meet that of the anchor's block. State keys are never in the
file: the verifier derives them from claim and header. Every byte is bound by a hash or a signature,
and each part has only one content that fits the others. Spec: docs/spec/evidence.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.encoding import Fields, Value, decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest, check_point
from veriwatt.merkle.state_proof import MultiProof
from veriwatt.model.ledger.block import LightBlock
from veriwatt.units import UtcMillis

MAX_EVIDENCE = 1 << 18
"""Bytes of an evidence file at most: a frame header of ten thousand points fits, a flood does not."""

MAX_PATH = 64 * Digest.LENGTH
MAX_LEAF = 4096
MAX_HEADER = 1 << 17
READING = "reading"


@dataclass(frozen=True, slots=True)
class Claim:
    """What the file is to prove: the slot of `point` of `org` that starts at `slot_start`."""

    org: str
    point: str
    slot_start: UtcMillis

    def fields(self) -> list[Value]:
        return [READING, self.org, self.point, self.slot_start]

    @classmethod
    def parse(cls, value: object) -> Claim:
        f = Fields(value, "evidence: claim", 4)
        if f.text("kind") != READING:
            raise Malformed("evidence: the claim is not of a reading, the one kind this version knows")
        return cls(f.name("org"), check_point(f.text("point")), f.int("slot start"))


@dataclass(frozen=True, slots=True)
class PlacedLeaf:
    """The bytes of one leaf of a tree whose size is proven elsewhere, its index and its path."""

    leaf: bytes
    index: int
    path: tuple[Digest, ...]

    def fields(self) -> list[Value]:
        return [self.leaf, self.index, b"".join(self.path)]

    @classmethod
    def parse(cls, value: object) -> PlacedLeaf:
        f = Fields(value, "evidence: leaf", 3)
        return cls(f.bytes("leaf", MAX_LEAF), f.uint("index"), _path(f))


@dataclass(frozen=True, slots=True)
class DisclosedLeaf:
    """One column leaf with its salt; `index` counts the leaves of the whole group, whose number the header tells."""

    leaf: bytes
    salt: bytes
    index: int
    path: tuple[Digest, ...]

    def fields(self) -> list[Value]:
        return [self.leaf, self.salt, self.index, b"".join(self.path)]

    @classmethod
    def parse(cls, value: object) -> DisclosedLeaf:
        f = Fields(value, "evidence: disclosure", 4)
        leaf, salt = f.bytes("leaf", MAX_LEAF), f.digest("salt", Digest)
        return cls(leaf, bytes(salt), f.uint("index"), _path(f))


@dataclass(frozen=True, slots=True)
class FramePart:
    """A frame's envelope without its payloads, and which group, in which version, holds the point."""

    protected: bytes
    header: bytes
    signature: bytes
    group: str
    group_version: int

    def fields(self) -> list[Value]:
        return [self.protected, self.header, self.signature, self.group, self.group_version]

    @classmethod
    def parse(cls, value: object) -> FramePart:
        f = Fields(value, "evidence: frame", 5)
        return cls(
            f.bytes("protected", 256),
            f.bytes("header", MAX_HEADER),
            f.bytes("signature", 256),
            f.name("group"),
            f.uint("group version", 2**32 - 2),
        )


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Where a leaf that follows from elsewhere stands, and its path."""

    position: int
    path: tuple[Digest, ...]

    def fields(self) -> list[Value]:
        return [self.position, b"".join(self.path)]

    @classmethod
    def parse(cls, value: object) -> Inclusion:
        f = Fields(value, "evidence: inclusion", 2)
        return cls(f.uint("position"), _path(f))


@dataclass(frozen=True, slots=True)
class KnownLeaf:
    """The root-log leaf that the frame's header names; its index is the header's root-log size less one.

    The path leads to the subtree that stands beside the way of the anchor's block.
    """

    leaf: bytes
    path: tuple[Digest, ...]

    def fields(self) -> list[Value]:
        return [self.leaf, b"".join(self.path)]

    @classmethod
    def parse(cls, value: object) -> KnownLeaf:
        f = Fields(value, "evidence: known root-log leaf", 2)
        return cls(f.bytes("leaf", MAX_LEAF), _path(f))


@dataclass(frozen=True, slots=True)
class NextLeaf:
    """The root-log leaf right after that of the anchor's block; the path leads to the subtree it begins."""

    leaf: bytes
    path: tuple[Digest, ...]

    def fields(self) -> list[Value]:
        return [self.leaf, b"".join(self.path)]

    @classmethod
    def parse(cls, value: object) -> NextLeaf:
        f = Fields(value, "evidence: next root-log leaf", 2)
        return cls(f.bytes("leaf", MAX_LEAF), _path(f))


@dataclass(frozen=True, slots=True)
class BlockPart:
    """The root-log leaf of the anchor's block, which follows from the anchor but for its app hash, and the next one."""

    app_hash: Digest
    index: int
    path: tuple[Digest, ...]
    next: NextLeaf | None

    def fields(self) -> list[Value]:
        return [self.app_hash, self.index, b"".join(self.path), None if self.next is None else self.next.fields()]

    @classmethod
    def parse(cls, value: object) -> BlockPart:
        f = Fields(value, "evidence: block", 4)
        return cls(f.digest("app hash", Digest), f.uint("index"), _path(f), f.optional(NextLeaf.parse))


@dataclass(frozen=True, slots=True)
class StatePart:
    """The values of the derived keys, in the derivation's order, and one proof for all of them."""

    values: tuple[bytes | None, ...]
    proof: MultiProof

    def fields(self) -> list[Value]:
        return [list(self.values), self.proof.fields()]

    @classmethod
    def parse(cls, value: object) -> StatePart:
        f = Fields(value, "evidence: state", 2)
        return cls(f.each("values", _value, 32), MultiProof.parse(f.raw()))


@dataclass(frozen=True, slots=True)
class Evidence:
    """A parsed evidence file: canonical and well-formed; nothing in it is proven."""

    chain: str
    claim: Claim
    disclosure: DisclosedLeaf
    definition: PlacedLeaf
    frame: FramePart
    inclusion: Inclusion
    anchor: PlacedLeaf
    known: KnownLeaf | None
    block: BlockPart
    state: StatePart
    light: LightBlock

    def to_bytes(self) -> bytes:
        known = None if self.known is None else self.known.fields()
        return encode(
            [
                1,
                self.chain,
                self.claim.fields(),
                self.disclosure.fields(),
                self.definition.fields(),
                self.frame.fields(),
                self.inclusion.fields(),
                self.anchor.fields(),
                known,
                self.block.fields(),
                self.state.fields(),
                self.light.fields(),
            ]
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> Evidence:
        """The evidence in `raw`; raises Malformed for anything but its one canonical spelling."""
        if len(raw) > MAX_EVIDENCE:
            raise Malformed(f"an evidence file has at most {MAX_EVIDENCE} bytes, this one {len(raw)}")
        f = Fields.versioned(decode(raw, "evidence"), "evidence", 12)
        return cls(
            chain=f.name("chain"),
            claim=Claim.parse(f.raw()),
            disclosure=DisclosedLeaf.parse(f.raw()),
            definition=PlacedLeaf.parse(f.raw()),
            frame=FramePart.parse(f.raw()),
            inclusion=Inclusion.parse(f.raw()),
            anchor=PlacedLeaf.parse(f.raw()),
            known=f.optional(KnownLeaf.parse),
            block=BlockPart.parse(f.raw()),
            state=StatePart.parse(f.raw()),
            light=LightBlock.parse(f.raw()),
        )


def _path(f: Fields) -> tuple[Digest, ...]:
    raw = f.bytes("path", MAX_PATH)
    if len(raw) % Digest.LENGTH:
        raise Malformed("evidence: a path is not a number of whole hashes")
    return tuple(Digest(raw[at : at + Digest.LENGTH]) for at in range(0, len(raw), Digest.LENGTH))


def _value(value: object) -> bytes | None:
    if value is not None and type(value) is not bytes:
        raise Malformed("evidence: a state value is not a byte string or null")
    return value
