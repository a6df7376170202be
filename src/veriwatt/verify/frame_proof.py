"""The frame proof: one frame was signed by its terminal's key, and anchored while the passport allowed it.

Steps 6 to 9 of docs/spec/evidence.md for one frame; `procedure` takes them in order.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.crypto.signing import PublicKey
from veriwatt.encoding import to_be_signed
from veriwatt.ids import FrameId
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.tree import leaf_hash, verify_inclusion
from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.evidence.frame_proof import FramePart, Inclusion
from veriwatt.model.evidence.paths import PlacedLeaf
from veriwatt.model.frames.header import FrameGroup, FrameHeader, parse_header
from veriwatt.model.frames.number import FrameRef
from veriwatt.model.frames.signing import chain_leaf, check_signed_by, frame_id_of
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.terminals.passport import (
    KeyPeriod,
    Passport,
    check_anchored_in_time,
    check_last_frame,
    check_within_spool_age,
    key_at,
)
from veriwatt.units import HOUR
from veriwatt.verify.frame_times import FrameTimes
from veriwatt.verify.refusals import AnchorBeyondState, PassportVersionNotFound, WrongAnchor
from veriwatt.verify.state_proof import frame_state_keys
from veriwatt.verify.steps import require_equal

ANCHOR_LAG = HOUR
"""How much later than it was accepted a frame may be anchored, in ms: receipts promise an anchor within this time."""


@dataclass(frozen=True, slots=True)
class ProvenFrame:
    """One frame for which steps 1 to 10 hold. Only `procedure` makes it.

    `group` is the group that the claim is about; `version` is the version of its definitions that the file names,
    `next_version` the following version, if the ledger has one. `position` is the frame's position in the data chain.
    """

    header: FrameHeader
    frame_id: FrameId
    group: FrameGroup
    version: GroupVersion
    next_version: GroupVersion | None
    position: int
    passport: Passport
    times: FrameTimes

    @property
    def signing_key(self) -> KeyPeriod:
        """The key that signed the frame, with its protection."""
        return self.passport.key_for(self.header.number)


@dataclass(frozen=True, slots=True)
class StatedFrame:
    """A parsed frame of the file; its signature is not verified yet."""

    header: FrameHeader
    frame_id: FrameId
    signed: bytes
    part: FramePart

    @classmethod
    def of(cls, part: FramePart) -> StatedFrame:
        """Raises Malformed for a header that is not canonical, or that does not have the part's group."""
        header = parse_header(part.header)
        header.group(part.group)
        signed = to_be_signed(part.protected, part.header)
        return cls(header, frame_id_of(signed), signed, part)

    def state_keys(self) -> tuple[bytes, ...]:
        """The state keys of the records that prove this frame, in the order of docs/spec/evidence.md."""
        return frame_state_keys(self.header, self.part.group, self.part.group_version)


def prove_anchor(part: PlacedLeaf, log: CompactRange, org: str, height: int) -> AnchorLeaf:
    """The org's anchor, if it is in the log of anchors `log` and in a block up to `height`.

    Raises:
        RootMismatch: the leaf is not in the log.
        Contradiction: it is another org's.
        AnchorBeyondState: its block comes after the proven state.
    """
    verify_inclusion(leaf_hash(part.leaf), part.index, log.size, part.path, log.root())
    anchor = AnchorLeaf.from_bytes(part.leaf)
    require_equal("org of the anchor", org, anchor.org)
    if anchor.height > height:
        raise AnchorBeyondState(anchor.height)
    return anchor


def check_in_data_chain(frame: StatedFrame, inclusion: Inclusion, anchor: AnchorLeaf) -> None:
    """Raise unless the anchor added the frame to the data chain, at the stated position."""
    position = inclusion.position
    if not anchor.old_size <= position < anchor.new_size:
        raise WrongAnchor(position=position, old_size=anchor.old_size, new_size=anchor.new_size)
    leaf = chain_leaf(frame.frame_id, frame.part.signature)
    verify_inclusion(leaf, position, anchor.new_size, inclusion.path, anchor.root)


def check_passport(frame: StatedFrame, passport: Passport, anchor: AnchorLeaf) -> PublicKey:
    """The terminal's key when the frame was collected, unless a revocation applies to the frame.

    Raises:
        Contradiction: it is another terminal's passport.
        NotProven: the ledger has no such passport version, the terminal was not enrolled yet, the anchor is later
            than a report that the key is compromised, or the frame comes after the last frame of a retired terminal.
    """
    header = frame.header
    require_equal("org of the passport", header.org, passport.org)
    require_equal("terminal of the passport", header.terminal, passport.terminal)
    if not 1 <= header.passport_version <= passport.version:
        raise PassportVersionNotFound(named=header.passport_version, newest=passport.version)
    check_anchored_in_time(passport, anchor.height)
    check_last_frame(passport, FrameRef(header.terminal, header.number, frame.frame_id))
    check_within_spool_age(passport, anchor.time - ANCHOR_LAG)
    return key_at(passport, header.number, header.collected_at)


def check_signature(frame: StatedFrame, key: PublicKey) -> None:
    """Raise BadSignature unless `key` signed the header as a frame's; Malformed for another protected header."""
    check_signed_by(key, frame.part.protected, frame.signed, frame.part.signature)
