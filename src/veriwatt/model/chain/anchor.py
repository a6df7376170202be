"""Anchors: they commit a data chain to the ledger; and the leaves that record them.

    log body      = [suite, key]
    anchor body   = [old size, new size, [subtree ...], manifest, tips root]
    anchor leaf   = [2, org, height, time, old size, new size, root, manifest, tips root]
    root log leaf = [2, height, time, app hash]

Spec: docs/spec/anchor.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from veriwatt.crypto.signing import PublicKey
from veriwatt.encoding import FORMAT, Fields, Value, decode, encode
from veriwatt.ids import Digest, ObjectId
from veriwatt.model.members.registered_key import key_fields, read_new_key
from veriwatt.units import UtcMillis

SUBTREE_LIMIT = 128


@dataclass(frozen=True, slots=True)
class OpenLog:
    """Body of kind "log": the key that signs the checkpoints of the org's data chain."""

    kind: ClassVar[str] = "log"
    key: PublicKey

    def fields(self) -> list[Value]:
        return key_fields(self.key)

    @classmethod
    def parse(cls, value: object) -> OpenLog:
        return cls(read_new_key(Fields(value, "log", 2)))


@dataclass(frozen=True, slots=True)
class Anchor:
    """Body of kind "anchor": the org's data chain grew from `old_size` to `new_size` leaves.

    `subtrees` are those of `CompactRange.extend_subtrees`; `manifest` names the new objects;
    `tips_root` is the root over the newest frames of all terminals.
    """

    kind: ClassVar[str] = "anchor"
    old_size: int
    new_size: int
    subtrees: tuple[Digest, ...]
    manifest: ObjectId
    tips_root: Digest

    def fields(self) -> list[Value]:
        return [self.old_size, self.new_size, list(self.subtrees), self.manifest, self.tips_root]

    @classmethod
    def parse(cls, value: object) -> Anchor:
        f = Fields(value, "anchor", 5)
        old_size, new_size = f.uint("old size"), f.uint("new size")
        subtrees = f.digests("subtrees", Digest, SUBTREE_LIMIT)
        return cls(old_size, new_size, subtrees, f.digest("manifest", ObjectId), f.digest("tips root", Digest))


@dataclass(frozen=True, slots=True)
class AnchorLeaf:
    """A leaf of an org's log of anchors; `time` is from header `height`, and the machine computed `root`."""

    org: str
    height: int
    time: UtcMillis
    old_size: int
    new_size: int
    root: Digest
    manifest: ObjectId
    tips_root: Digest

    def to_bytes(self) -> bytes:
        return encode(
            [
                FORMAT,
                self.org,
                self.height,
                self.time,
                self.old_size,
                self.new_size,
                self.root,
                self.manifest,
                self.tips_root,
            ]
        )

    @classmethod
    def from_bytes(cls, raw: bytes) -> AnchorLeaf:
        f = Fields.versioned(decode(raw, "anchor leaf"), "anchor leaf", 9)
        return cls(
            f.name("org"),
            f.uint("height"),
            f.uint("time"),
            f.uint("old size"),
            f.uint("new size"),
            f.digest("root", Digest),
            f.digest("manifest", ObjectId),
            f.digest("tips root", Digest),
        )


NO_LEAF = Digest(bytes(Digest.LENGTH))
"""The placeholder for the newest root-log leaf of an empty or unknown root log."""


@dataclass(frozen=True, slots=True)
class RootLogLeaf:
    """A leaf of the root log: the height of a block, and the time and app hash in its header.

    That app hash is the root of the state *before* the block.
    """

    height: int
    time: UtcMillis
    app_hash: Digest

    def to_bytes(self) -> bytes:
        return encode([FORMAT, self.height, self.time, self.app_hash])

    @classmethod
    def from_bytes(cls, raw: bytes) -> RootLogLeaf:
        f = Fields.versioned(decode(raw, "root log leaf"), "root log leaf", 4)
        return cls(f.uint("height"), f.uint("time"), f.digest("app hash", Digest))
