"""Seal one group of a frame, open it, and disclose one leaf of it.

The header commits to the plaintext (column root) *and* to the key (commitment), because one GCM
ciphertext can be made to open to two plaintexts under two keys. If opening fails, the order of the checks tells who is
at fault: a key that does not match its commitment proves nothing against anyone; a payload that does not open under the
committed key, or opens to other columns, proves that the signer is at fault.
Spec: docs/spec/frame.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from veriwatt.crypto.hashing import Prf, prf, sha256
from veriwatt.crypto.sealing import ContentKeys, content_keys, seal, unseal
from veriwatt.encoding import encode
from veriwatt.errors import Malformed, NotFound, NotOpenable, NotProven
from veriwatt.ids import Digest, FrameId
from veriwatt.merkle.multiproof import multiproof
from veriwatt.merkle.tree import Leaves, leaf_hash, tree_root
from veriwatt.model.frames.columns import Column, Ints, Leaf, add_notes, leaf_bytes, leaves, leaves_of, pack, unpack
from veriwatt.model.frames.header import FrameGroup, FrameHeader
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.frames.statuses import all_valued, has_value, make_runs, make_spans, read_runs, slots_of_points
from veriwatt.units import Interval


class WrongWindowKey(NotProven):
    """The given window key is not the key that the header commits to; nobody is proven to be at fault."""

    code = "wrong-window-key"

    def __init__(self, group: str) -> None:
        super().__init__(f"the window key does not match the key commitment of group {group!r}")
        self.group = group


class CommitmentMismatch(NotProven):
    """The payload contradicts the key or the columns that the signed header commits to."""

    code = "commitment-mismatch"

    def __init__(self, group: str, why: str) -> None:
        super().__init__(f"group {group!r} does not open to what its signed header commits to: {why}")
        self.group, self.why = group, why


@dataclass(frozen=True, slots=True)
class FrameIdentity:
    """The context from which a frame's keys are derived: it differs for every frame, epoch and terminal."""

    suite: int
    org: str
    terminal: str
    number: FrameNumber
    window: Interval
    passport_version: int

    def context(self, group: str) -> bytes:
        return encode([self.suite, self.org, self.terminal, *self.number, group])

    def aad(self, group: str) -> bytes:
        return encode(
            [
                self.suite,
                self.org,
                self.terminal,
                *self.number,
                group,
                self.window.start,
                self.window.end,
                self.passport_version,
            ]
        )

    @classmethod
    def of(cls, header: FrameHeader, suite: int) -> FrameIdentity:
        return cls(suite, header.org, header.terminal, header.number, header.window, header.passport_version)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Leaves of one point, each with its salt, and one proof of them under the column root, without key or payload.

    The point's first leaf is number `first` of `count` in the column tree.
    """

    leaves: tuple[tuple[Leaf, bytes], ...]
    first: int
    count: int
    hashes: tuple[Digest, ...]


def seal_group(
    group: str,
    version: int,
    definition_root: Digest,
    columns: Sequence[Column],
    replaces: tuple[FrameId, ...],
    identity: FrameIdentity,
    window_key: bytes,
    nonce: bytes,
) -> tuple[FrameGroup, bytes]:
    """The header's entry for this group, and its sealed payload; `nonce` is 12 fresh random bytes."""
    keys = content_keys(window_key, identity.context(group))
    packed, plain_size = pack(columns)
    payload = seal(keys.content_key, nonce, packed, identity.aad(group))
    entry = FrameGroup(
        group=group,
        version=version,
        definition_root=definition_root,
        spans=make_spans([len(c.codes) for c in columns]),
        statuses=make_runs(np.concatenate([c.codes for c in columns])),
        replaces=replaces,
        column_root=tree_root(_leaf_hashes(columns, keys)),
        commitment=keys.commitment,
        payload_hash=sha256(payload),
        plain_size=plain_size,
    )
    return entry, payload


@dataclass(frozen=True, slots=True)
class Slots:
    """The slots of one point in a frame's window, from the grid of its definition."""

    point: str
    starts: Ints
    ends: Ints


def open_group(
    entry: FrameGroup, payload: bytes, identity: FrameIdentity, window_key: bytes, slots: Sequence[Slots]
) -> tuple[list[Column], ContentKeys]:
    """Open a group: the columns that the signed header commits to.

    Args:
        entry: the group's entry in a header whose signature the caller has verified.
        slots: the slots of every point of the group version, in its order.

    Raises:
        WrongWindowKey: the key is not the committed one; this does not prove that the signer is at fault.
        CommitmentMismatch: the key is the committed one, but the payload does not open to the committed columns.
        Malformed: the header's spans do not match the points' grids in the window.
    """
    keys = content_keys(window_key, identity.context(entry.group))
    if keys.commitment != entry.commitment:
        raise WrongWindowKey(entry.group)
    if slots_of_points(entry.spans) != [len(s.starts) for s in slots]:
        raise Malformed(f"group {entry.group!r}: its spans are not the slots of its points in the frame's window")
    try:
        packed = unseal(keys.content_key, payload, identity.aad(entry.group), f"the payload of group {entry.group!r}")
        columns = _columns(entry, packed, slots)
    except (NotOpenable, Malformed) as error:
        raise CommitmentMismatch(entry.group, str(error)) from error
    if tree_root(_leaf_hashes(columns, keys)) != entry.column_root:
        raise CommitmentMismatch(entry.group, "its columns have another root")
    return columns, keys


def disclose(columns: Sequence[Column], keys: ContentKeys, point: str, numbers: range) -> Disclosure:
    """The leaves `numbers` of a point's own, not none; raises NotFound if the group has no such point."""
    first = 0
    for column in columns:
        if column.point == point:
            own, hashes = list(leaves([column])), _leaf_hashes(columns, keys)
            found = tuple((own[number], leaf_salt(keys, first + number)) for number in numbers)
            places = [first + number for number in numbers]
            return Disclosure(found, first, len(hashes), multiproof(Leaves(hashes), places, len(hashes)))
        first += leaves_of(len(column.starts))
    raise NotFound(f"the group has no point {point!r}")


def leaf_salt(keys: ContentKeys, index: int) -> bytes:
    """The 32-byte salt that prevents guessing a leaf from its hash; deriving it takes the content key."""
    return prf(keys.content_key, _salted(index))


def salted_leaf_hash(salt: bytes, leaf: bytes) -> Digest:
    return leaf_hash(salt + leaf)


def _leaf_hashes(columns: Sequence[Column], keys: ContentKeys) -> list[Digest]:
    salt = Prf(keys.content_key)
    return [salted_leaf_hash(salt(_salted(i)), leaf) for i, leaf in enumerate(leaf_bytes(columns))]


def _salted(index: int) -> bytes:
    return b"veriwatt/salt" + index.to_bytes(4, "big")


def _columns(entry: FrameGroup, packed: bytes, slots: Sequence[Slots]) -> list[Column]:
    codes, bounds = read_runs(entry.statuses), [0, *accumulate(len(s.starts) for s in slots)]
    if all_valued(codes.tobytes()):  # of most frames, and each has few slots: every array costs more than its numbers
        values, notes = unpack(packed, entry.plain_size, [end - at for at, end in pairwise(bounds)])
    else:
        valued, values = has_value(codes), np.zeros(len(codes), np.int64)
        before = np.concatenate(([0], np.cumsum(valued)))[bounds]
        values[valued], notes = unpack(packed, entry.plain_size, np.diff(before).tolist())
    columns = [
        Column(s.point, s.starts, s.ends, values[at:end], codes[at:end])
        for s, (at, end) in zip(slots, pairwise(bounds), strict=True)
    ]
    return add_notes(columns, notes)
