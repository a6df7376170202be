"""The frames of tests and benchmarks: built as a terminal builds them, and edited before they are signed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.sealing import NONCE_LENGTH
from veriwatt.crypto.signing import Signer
from veriwatt.ids import FrameId
from veriwatt.model.chain.anchor import NO_LEAF
from veriwatt.model.frames.build import FrameContent, FrameContext, FrameSender, GroupSlots, UnsignedFrame, build_frame
from veriwatt.model.frames.header import FrameGroup, FrameHeader
from veriwatt.model.frames.number import NO_FRAME, FrameNumber
from veriwatt.model.frames.origin import ClockState, Meter, Origin
from veriwatt.model.frames.statuses import make_runs
from veriwatt.model.points.status import Status
from veriwatt.ports.ledger import Head
from veriwatt.units import MINUTE, Interval, UtcMillis

Edit: TypeAlias = Callable[[FrameHeader], FrameHeader]
"""An attack in one line: what the attacker changes of a header before it is signed."""


def sim_context(head: Head, collected_at: UtcMillis, origin: Origin) -> FrameContext:
    """The context of frames that know this head of the ledger."""
    return FrameContext(collected_at, origin, head.root_log_size, head.root_log_leaf, ClockState("sim", 0, 5))


def sim_frame(
    sender: FrameSender,
    number: FrameNumber,
    prev: FrameId,
    span: Interval,
    groups: Sequence[GroupSlots],
    context: FrameContext,
) -> UnsignedFrame:
    """A frame as `build_frame` makes it, with nonces that make the same bytes of the same arguments."""
    nonces = iter([sha256(f"nonce {number.seq} {span.start} {each.group}".encode())[:NONCE_LENGTH] for each in groups])
    return build_frame(sender, number, prev, FrameContent(span, tuple(groups)), context, lambda _: next(nonces))


def bare_header(chain: str, org: str, terminal: str, number: FrameNumber, collected_at: UtcMillis) -> FrameHeader:
    """A header of one measured slot and an empty payload, for rules that look at no reading."""
    span, nothing = Interval(collected_at - 15 * MINUTE, collected_at), bytes(32)
    runs = make_runs(np.full(1, Status.MEASURED, np.uint8))
    group = FrameGroup("main", 1, nothing, ((1, 1),), runs, (), nothing, nothing, sha256(b""), 0)
    clock = ClockState("sim", 0, 5)
    return FrameHeader(
        chain, org, terminal, 1, number, NO_FRAME, span, collected_at, Meter(), 0, NO_LEAF, clock, (group,)
    )


def sign_edited(frame: UnsignedFrame, signer: Signer, edit: Edit | None = None) -> tuple[FrameHeader, bytes]:
    """Header and upload of the frame, once `edit` has changed its header and `signer` has signed that."""
    edited = frame if edit is None else frame._replace(header=edit(frame.header))
    return edited.header, edited.sign(signer)
