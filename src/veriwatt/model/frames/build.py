"""Building a frame: each group is sealed, the header put together, signed, and laid out as an upload.

Every frame is built here: those of terminals, of imports, of benchmarks and of tests. Nothing is stored; whoever
builds frames to send makes the header durable before it is signed (`terminal.framing`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from veriwatt.crypto.sealing import NONCE_LENGTH
from veriwatt.crypto.signing import PublicKey, Signer
from veriwatt.ids import Digest, FrameId
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.frame import upload_bytes
from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.frames.origin import ClockState, Origin
from veriwatt.model.frames.sealed_group import FrameIdentity, seal_group
from veriwatt.model.frames.signing import frame_id_of, sign_header, unsigned_envelope
from veriwatt.units import Interval, UtcMillis


class FrameSender(NamedTuple):
    """Whose frames: a terminal of an org on a ledger, the version of its passport, and the key that will sign."""

    chain: str
    org: str
    terminal: str
    passport_version: int
    key: PublicKey


@dataclass(frozen=True, slots=True)
class GroupSlots:
    """The slots of one group in one frame, ready to be sealed; `replaces` names the frames that state them already."""

    group: str
    version: int
    definition_root: Digest
    columns: Sequence[Column]
    window_key: bytes
    replaces: tuple[FrameId, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameContent:
    """The time span and the groups of one frame to be made."""

    span: Interval
    groups: tuple[GroupSlots, ...]


@dataclass(frozen=True, slots=True)
class FrameContext:
    """What the headers of a run of frames share: collection time, origin, newest root-log leaf, clock state."""

    collected_at: UtcMillis
    origin: Origin
    root_log_size: int
    root_log_leaf: Digest
    clock: ClockState


class UnsignedFrame(NamedTuple):
    """A frame that only lacks its signature."""

    header: FrameHeader
    payloads: tuple[bytes, ...]

    def frame_id(self, key: PublicKey) -> FrameId:
        """The id that the frame has once `key` has signed it."""
        return frame_id_of(unsigned_envelope(self.header.to_bytes(), key).signed_bytes())

    def sign(self, signer: Signer) -> bytes:
        """The upload."""
        return upload_bytes(sign_header(self.header.to_bytes(), signer), self.payloads)


def build_frame(
    sender: FrameSender,
    number: FrameNumber,
    prev: FrameId,
    content: FrameContent,
    context: FrameContext,
    random: Callable[[int], bytes],
) -> UnsignedFrame:
    """The frame of this content.

    Args:
        prev: the id of the sender's frame before it, or `NO_FRAME`.
        random: so many fresh random bytes; asked for a nonce of each group, in order.
    """
    suite = sender.key.suite.number
    identity = FrameIdentity(suite, sender.org, sender.terminal, number, content.span, sender.passport_version)
    sealed = [
        seal_group(
            g.group, g.version, g.definition_root, g.columns, g.replaces, identity, g.window_key, random(NONCE_LENGTH)
        )
        for g in content.groups
    ]
    header = FrameHeader(
        sender.chain,
        sender.org,
        sender.terminal,
        sender.passport_version,
        number,
        prev,
        content.span,
        context.collected_at,
        context.origin,
        context.root_log_size,
        context.root_log_leaf,
        context.clock,
        tuple(entry for entry, _ in sealed),
    )
    return UnsignedFrame(header, tuple(payload for _, payload in sealed))
