"""From slots to signed frames: seal each group, chain the headers, store them, then sign.

Crash rule: the exact header bytes are durable in the spool before they are signed; after a crash `sign` signs the same
bytes again, so that a terminal never equivocates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.sealing import NONCE_LENGTH
from veriwatt.crypto.signing import Signer
from veriwatt.encoding import Sign1, decode, encode
from veriwatt.errors import Corrupted
from veriwatt.ids import Digest, FrameId
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.frame import upload_bytes
from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.frames.number import NO_FRAME, FrameNumber
from veriwatt.model.frames.origin import ClockState, Origin
from veriwatt.model.frames.sealed_group import FrameIdentity, seal_group
from veriwatt.model.frames.signing import sign_header, unsigned_envelope
from veriwatt.terminal.sampling.samples import SampleColumns
from veriwatt.terminal.spool.spool import Spool
from veriwatt.terminal.spool.spooled_frame import PreparedFrame, SpooledFrame
from veriwatt.units import Interval, UtcMillis


@dataclass(frozen=True, slots=True)
class GroupSlots:
    """The slots of one group in one window, ready to be sealed; `replaces` names the frames that state them already."""

    group: str
    definition_root: Digest
    columns: Sequence[Column]
    window_key: bytes
    replaces: tuple[FrameId, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
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


class Framer:
    """Makes the frames of one terminal, one thread at a time, in the order of its spool."""

    def __init__(
        self,
        chain: str,
        org: str,
        terminal: str,
        passport_version: int,
        signer: Signer,
        spool: Spool,
        random: Callable[[int], bytes],
    ) -> None:
        self._chain, self._org, self._terminal, self._passport = chain, org, terminal, passport_version
        self._signer, self._spool, self._random = signer, spool, random

    def prepare(self, windows: Sequence[Window], context: FrameContext, consumed: Sequence[SampleColumns] = ()) -> None:
        """Seal the windows into frames that continue from the spool's newest; durable and unsigned on return."""
        tip = self._spool.tip()
        number, prev = tip.number, tip.frame_id or NO_FRAME
        frames = []
        for window in windows:
            number = number.next()
            frame = self._prepared(window, context, number, prev)
            frames.append(frame)
            prev = frame.frame_id
        self._spool.prepare_frames(frames, consumed)

    def sign(self) -> int:
        """Sign every stored frame without a signature; durable on return. Returns how many."""
        signed = 0
        while frames := self._spool.unsigned():
            envelopes = ((f.number, sign_header(f.header, self._signer).signature) for f in frames)
            self._spool.set_signatures(list(envelopes))
            signed += len(frames)
        return signed

    def upload(self, frame: SpooledFrame) -> bytes:
        """A signed frame as it is sent."""
        return upload_of(frame, self._signer)

    def _prepared(self, window: Window, context: FrameContext, number: FrameNumber, prev: FrameId) -> PreparedFrame:
        suite = self._signer.public.suite.number
        identity = FrameIdentity(suite, self._org, self._terminal, number, window.span, self._passport)
        sealed = [
            seal_group(
                g.group, g.definition_root, g.columns, g.replaces, identity, g.window_key, self._random(NONCE_LENGTH)
            )
            for g in window.groups
        ]
        header = FrameHeader(
            self._chain,
            self._org,
            self._terminal,
            self._passport,
            number,
            prev,
            window.span,
            context.collected_at,
            context.origin,
            context.root_log_size,
            context.root_log_leaf,
            context.clock,
            tuple(entry for entry, _ in sealed),
        ).to_bytes()
        signed_bytes = unsigned_envelope(header, self._signer.public).signed_bytes()
        payloads = encode([payload for _, payload in sealed])
        return PreparedFrame(number, FrameId(sha256(signed_bytes)), window.span.end, header, payloads)


def upload_of(frame: SpooledFrame, signer: Signer) -> bytes:
    """A signed frame as it is sent; raises Corrupted when its stored row is not signed and whole."""
    payloads = decode(frame.payloads, "spooled payloads")
    if frame.signature is None or not isinstance(payloads, list):
        raise Corrupted(f"frame {frame.number} in the spool is not signed and whole")
    envelope = unsigned_envelope(frame.header, signer.public)
    return upload_bytes(Sign1(envelope.protected, frame.header, frame.signature), payloads)
