"""The frame proof in an evidence file: the signed header of a frame, and the proofs that it is on the ledger.

    frame proof = frame, inclusion, anchor, named leaf, block        five fields of the evidence record
    frame       = [protected, header, signature, group, group version]
    inclusion   = [position, path]                              in the org's data chain at its anchor's new size
    anchor      = [leaf, index, path]                           in the org's log of anchors
    named leaf  = [leaf, path] | null                           the root-log leaf that the frame's header names
    block       = [app hash, index, path, [leaf, path] | null]  in the root log

`block` places the anchor's block in the root log and adds the leaf that follows it there, null when none
does; the paths of the named leaf and of that leaf end where they meet the path of the anchor's block.
Spec: docs/spec/evidence.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from veriwatt.encoding import Fields, Value
from veriwatt.ids import Digest
from veriwatt.model.evidence.paths import MAX_LEAF, PlacedLeaf, path_bytes, read_path

MAX_HEADER = 1 << 17
MAX_ENVELOPE_FIELD = 256
MAX_GROUP_VERSION = 2**32 - 2


@dataclass(frozen=True, slots=True)
class FramePart:
    """The envelope of a frame without its payloads, and the group and its version that the claim is about."""

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
            f.bytes("protected", MAX_ENVELOPE_FIELD),
            f.bytes("header", MAX_HEADER),
            f.bytes("signature", MAX_ENVELOPE_FIELD),
            f.name("group"),
            f.uint("group version", MAX_GROUP_VERSION),
        )


@dataclass(frozen=True, slots=True)
class Inclusion:
    """The frame's position and path in the data chain; the verifier computes the leaf from the frame."""

    position: int
    path: tuple[Digest, ...]

    def fields(self) -> list[Value]:
        return [self.position, path_bytes(self.path)]

    @classmethod
    def parse(cls, value: object) -> Inclusion:
        f = Fields(value, "evidence: inclusion", 2)
        return cls(f.uint("position"), read_path(f))


@dataclass(frozen=True, slots=True)
class RootLogNeighbour:
    """A root-log leaf whose index follows from other parts.

    The path ends at the subtree that is a sibling on the path of the anchor's block.
    """

    leaf: bytes
    path: tuple[Digest, ...]

    def fields(self) -> list[Value]:
        return [self.leaf, path_bytes(self.path)]

    @classmethod
    def parse(cls, value: object) -> RootLogNeighbour:
        f = Fields(value, "evidence: root-log leaf", 2)
        return cls(f.bytes("leaf", MAX_LEAF), read_path(f))


@dataclass(frozen=True, slots=True)
class AnchorBlock:
    """The index of the anchor's block in the root log, and the leaf after it; None if there is none yet.

    The leaf of the block follows from its app hash and the anchor.
    """

    app_hash: Digest
    index: int
    path: tuple[Digest, ...]
    next: RootLogNeighbour | None

    def fields(self) -> list[Value]:
        return [self.app_hash, self.index, path_bytes(self.path), None if self.next is None else self.next.fields()]

    @classmethod
    def parse(cls, value: object) -> AnchorBlock:
        f = Fields(value, "evidence: block", 4)
        app_hash, index, path = f.digest("app hash", Digest), f.uint("index"), read_path(f)
        return cls(app_hash, index, path, f.optional(RootLogNeighbour.parse))


@dataclass(frozen=True, slots=True)
class FrameProof:
    """One frame and the proofs that it is on the ledger. `named_leaf` is None iff the header names no leaf."""

    FIELDS: ClassVar[int] = 5

    frame: FramePart
    inclusion: Inclusion
    anchor: PlacedLeaf
    named_leaf: RootLogNeighbour | None
    block: AnchorBlock

    def fields(self) -> list[Value]:
        named_leaf = None if self.named_leaf is None else self.named_leaf.fields()
        return [self.frame.fields(), self.inclusion.fields(), self.anchor.fields(), named_leaf, self.block.fields()]

    @classmethod
    def read(cls, f: Fields) -> FrameProof:
        """The proof in the next five fields."""
        return cls(
            frame=FramePart.parse(f.raw()),
            inclusion=Inclusion.parse(f.raw()),
            anchor=PlacedLeaf.parse(f.raw()),
            named_leaf=f.optional(RootLogNeighbour.parse),
            block=AnchorBlock.parse(f.raw()),
        )
