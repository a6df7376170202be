"""The frame proof: one frame was signed by its terminal's key, and anchored while the passport allowed it.

Steps 6 to 9 of docs/spec/evidence.md for one frame; `procedure` takes them in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.crypto.signing import PublicKey, verify_signature
from veriwatt.ids import Digest, FrameId
from veriwatt.merkle.tree import EMPTY_ROOT
from veriwatt.model.chain.anchor import AnchorLeaf
from veriwatt.model.evidence.frame_proof import FramePart, PlacedAnchor
from veriwatt.model.frames.header import FrameGroup, FrameHeader, parse_header
from veriwatt.model.frames.number import FrameRef
from veriwatt.model.frames.signing import chain_leaf, frame_id_of, unsigned_envelope
from veriwatt.model.ledger.state_keys import group_version_key
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.terminals.number_record import NumberRecord
from veriwatt.model.terminals.passport import KeyPeriod, Passport, key_at
from veriwatt.model.terminals.revocation_rules import check_anchored
from veriwatt.verify.frame_times import FrameTimes
from veriwatt.verify.log_proofs import verify_in_log
from veriwatt.verify.refusals import PassportVersionNotFound
from veriwatt.verify.state_proof import FrameRecords, frame_state_keys
from veriwatt.verify.steps import require_equal


@dataclass(frozen=True, slots=True)
class ProvenFrame:
    """One frame for which steps 1 to 10 hold. Only `procedure` makes it.

    `group` is the group that the claim is about; `version` is the version of its definitions that the file names,
    `number` what the ledger records of the frame's number. `position` is the frame's position in the data chain.
    """

    header: FrameHeader
    frame_id: FrameId
    group: FrameGroup
    version: GroupVersion
    number: NumberRecord | None
    position: int
    passport: Passport
    times: FrameTimes

    @property
    def signing_key(self) -> KeyPeriod:
        """The key that signed the frame, with its protection."""
        return self.passport.key_for(self.header.number)


@dataclass(frozen=True, slots=True)
class ParsedFrame:
    """A frame of the file with its parsed header; the key that signed it is not known yet."""

    header: FrameHeader
    part: FramePart

    @classmethod
    def of(cls, part: FramePart) -> ParsedFrame:
        """Raises Malformed for a header that is not canonical, or that does not have the part's group."""
        header = parse_header(part.header)
        header.group(part.group)
        return cls(header, part)

    def state_keys(self) -> tuple[bytes, ...]:
        """The state keys of the records that prove this frame, in the order of docs/spec/evidence.md."""
        return frame_state_keys(self.header, self.header.group(self.part.group))

    @property
    def version_key(self) -> bytes:
        """The state key of the group version that the header names for the claim's point."""
        return group_version_key(self.header.org, self.part.group, self.header.group(self.part.group).version)


@dataclass(frozen=True, slots=True)
class StatedFrame:
    """A frame as signed under the key that its passport has for its number; the signature is not verified yet."""

    header: FrameHeader
    frame_id: FrameId
    signed: bytes
    part: FramePart

    @classmethod
    def of(cls, frame: ParsedFrame, passport: Passport) -> StatedFrame:
        signed = unsigned_envelope(frame.part.header, passport.key_for(frame.header.number).key).signed_bytes()
        return cls(frame.header, frame_id_of(signed), signed, frame.part)


def proven_frame(frame: StatedFrame, records: FrameRecords, times: FrameTimes) -> ProvenFrame:
    """The frame, once steps 6 to 10 hold for it."""
    return ProvenFrame(
        header=frame.header,
        frame_id=frame.frame_id,
        group=frame.header.group(frame.part.group),
        version=records.version,
        number=records.number,
        position=frame.part.position,
        passport=records.passport,
        times=times,
    )


def check_data_chain(frames: Sequence[StatedFrame], hashes: Sequence[Digest], anchors: Sequence[PlacedAnchor]) -> None:
    """Raise unless the frames are at their positions in the data chain, at the size of the newest of their anchors."""
    leaves = {frame.part.position: chain_leaf(frame.frame_id, frame.part.signature) for frame in frames}
    newest = anchors[-1].anchor if anchors else None
    size, root = (newest.new_size, newest.root) if newest is not None else (0, EMPTY_ROOT)
    verify_in_log("data chain", leaves, size, hashes, root)


def check_passport(frame: StatedFrame, passport: Passport, anchor: AnchorLeaf) -> PublicKey:
    """The terminal's key when the frame was collected, unless a revocation applies to the frame.

    Raises:
        Contradiction: it is another terminal's passport.
        NotProven: the ledger has no such passport version, the terminal was not enrolled yet, the anchor is later
            than a report that the key is compromised, or later than its retirement and the frame is after the last one.
    """
    header = frame.header
    require_equal("org of the passport", header.org, passport.org)
    require_equal("terminal of the passport", header.terminal, passport.terminal)
    if not 1 <= header.passport_version <= passport.version:
        raise PassportVersionNotFound(named=header.passport_version, newest=passport.version)
    check_anchored(passport, FrameRef(header.terminal, header.number, frame.frame_id), anchor.height, anchor.time)
    return key_at(passport, header.number, header.collected_at)


def check_signature(frame: StatedFrame, key: PublicKey) -> None:
    """Raise BadSignature unless `key` signed the header as a frame's."""
    verify_signature(key, frame.signed, frame.part.signature, "a frame")
