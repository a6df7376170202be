"""A frame before it is signed, with every field free: what an enterprise can have its terminal's key sign.

Nothing is checked. What a draft leaves None follows from the rest, so that a change of one field gives a frame whose
roots and signature hold. Layout by docs/spec/frame.md, written here a second time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from struct import pack
from typing import NamedTuple, TypeAlias

from veriwatt.crypto.signing import Signer
from veriwatt.encoding import Value, encode
from veriwatt.ids import Digest
from veriwatt.merkle.tree import tree_root
from veriwatt.model.frames.signing import unsigned_envelope

SLOTS_IN_LEAF = 96

Spans: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class LeafDraft:
    """A column leaf; `values` holds None for a slot without one."""

    point: str
    first: int
    values: tuple[int | None, ...]
    statuses: bytes
    reasons: bytes = b""
    instants: tuple[int | None, ...] = ()

    def to_bytes(self) -> bytes:
        fields: list[Value] = [self.point, self.first, list(self.values), self.statuses, self.reasons]
        return encode([*fields, list(self.instants)])


@dataclass(frozen=True, slots=True)
class GroupDraft:
    """A group of a frame: a tuple of leaves for each point.

    `spans` and `statuses` are those of the leaves where they are None, and `column_root` is theirs.
    """

    group: str
    version: int
    definition_root: bytes
    columns: tuple[tuple[LeafDraft, ...], ...]
    spans: Spans | None = None
    statuses: bytes | None = None
    column_root: bytes | None = None

    @property
    def leaves(self) -> list[LeafDraft]:
        return [leaf for column in self.columns for leaf in column]

    def hashes(self) -> list[Digest]:
        """The leaf hashes of the column tree."""
        return [hash_of(salt(at), leaf.to_bytes()) for at, leaf in enumerate(self.leaves)]

    def stated_spans(self) -> Spans:
        if self.spans is not None:
            return self.spans
        return _runs(sum(len(leaf.statuses) for leaf in column) for column in self.columns)

    def stated_statuses(self) -> bytes:
        """The status of every slot, point after point, as the header states them."""
        return b"".join(leaf.statuses for leaf in self.leaves) if self.statuses is None else self.statuses

    def fields(self) -> list[Value]:
        root = self.column_root if self.column_root is not None else tree_root(self.hashes())
        sealed = pack(">32s32s32s32sI", self.definition_root, root, bytes(32), bytes(32), 1)
        spans = b"".join(leb128(number) for pair in self.stated_spans() for number in pair)
        runs = b"".join(leb128(count << 3 | code) for count, code in _runs(self.stated_statuses()))
        return [self.group, self.version, spans, runs, b"", sealed]


@dataclass(frozen=True, slots=True)
class FrameDraft:
    """A frame's header and columns."""

    chain: str
    org: str
    terminal: str
    passport_version: int
    epoch: int
    seq: int
    prev: bytes
    start: int
    end: int
    collected_at: int
    origin: tuple[str | bytes, ...]
    groups: tuple[GroupDraft, ...]
    root_log_size: int = 0
    root_log_leaf: bytes = bytes(32)
    clock_offset: int = 0
    clock_uncertainty: int = 5

    def header(self) -> bytes:
        numbers = (self.passport_version, self.epoch, self.seq)
        times = (self.start, self.end, self.collected_at, self.root_log_size)
        clock = (self.root_log_leaf, self.clock_offset, self.clock_uncertainty)
        place = pack(">QQQ32sQQQQ32sqQ", *numbers, self.prev, *times, *clock)
        groups: list[Value] = [group.fields() for group in self.groups]
        return encode([2, self.chain, self.org, self.terminal, place, list(self.origin), "sim", groups])


class SignedFrame(NamedTuple):
    """A draft as signed: `leaf` is its leaf hash in the data chain, `genuine` whether its own key signed it."""

    draft: FrameDraft
    header: bytes
    signature: bytes
    frame_id: bytes
    leaf: Digest
    genuine: bool


def sign_draft(draft: FrameDraft, key: Signer, thief: Signer | None = None) -> SignedFrame:
    """The frame as signed by `key`, or by a thief under the key id of `key`."""
    header = draft.header()
    signed = unsigned_envelope(header, key.public).signed_bytes()
    signature, frame_id = (thief or key).sign(signed), sha256(signed).digest()
    leaf = sha256(b"\0" + frame_id + sha256(signature).digest()).digest()
    return SignedFrame(draft, header, signature, frame_id, Digest(leaf), thief is None)


def salt(index: int) -> bytes:
    """The salt of leaf `index`: an adversary's own choice."""
    return sha256(b"salt %d" % index).digest()


def hash_of(leaf_salt: bytes, leaf: bytes) -> Digest:
    return Digest(sha256(b"\0" + leaf_salt + leaf).digest())


def leb128(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _runs(items: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """How often each item follows itself."""
    runs: list[tuple[int, int]] = []
    for item in items:
        if runs and runs[-1][1] == item:
            runs[-1] = runs[-1][0] + 1, item
        else:
            runs.append((1, item))
    return tuple(runs)
