"""Making signed frames from slots: seal each group, chain the headers, store them, then sign.

Crash rule: the exact header bytes are durable in the spool before they are signed. After a crash `sign` signs the
same bytes again, so a terminal never signs two frames with one number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from veriwatt.crypto.signing import Signer
from veriwatt.encoding import Sign1, decode, encode
from veriwatt.errors import Corrupted
from veriwatt.ids import FrameId
from veriwatt.model.frames.build import FrameContent, FrameContext, FrameSender, build_frame
from veriwatt.model.frames.frame import upload_bytes
from veriwatt.model.frames.number import NO_FRAME, FrameNumber
from veriwatt.model.frames.signing import sign_header, unsigned_envelope
from veriwatt.model.terminals.group_question import GroupQuestion
from veriwatt.terminal.sampling.samples import SampleColumns
from veriwatt.terminal.spool.spool import Spool
from veriwatt.terminal.spool.spooled_frame import PreparedFrame, SpooledFrame
from veriwatt.verify.root_log_head import ProvenRootLogHead


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
        self._sender = FrameSender(chain, org, terminal, passport_version, signer.public)
        self._signer, self._spool, self._random = signer, spool, random

    def follow(self, chain: str) -> None:
        """Sign for this ledger from now on; frames that are prepared stay as they are, and go before the next ones."""
        self._sender = self._sender._replace(chain=chain)

    @property
    def org(self) -> str:
        return self._sender.org

    def prepare(
        self, contents: Sequence[FrameContent], context: FrameContext, consumed: Sequence[SampleColumns] = ()
    ) -> None:
        """Seal each content into a frame that continue the spool's newest frame; durable and unsigned on return."""
        tip = self._spool.tip()
        number, prev = tip.number, tip.frame_id or NO_FRAME
        frames = []
        for content in contents:
            number = number.next()
            frame = self._prepared(content, context, number, prev)
            frames.append(frame)
            prev = frame.frame_id
        self._spool.prepare_frames(frames, consumed)

    def sign(self) -> int:
        """Sign every stored frame that is unsigned; durable on return. Returns how many."""
        signed = 0
        while frames := self._spool.unsigned():
            envelopes = ((f.number, sign_header(f.header, self._signer).signature) for f in frames)
            self._spool.set_signatures(list(envelopes))
            signed += len(frames)
        return signed

    def upload(self, frame: SpooledFrame) -> bytes:
        """The upload of a signed frame."""
        return upload_of(frame, self._signer)

    def question(self, group: str, n: int, head: ProvenRootLogHead) -> bytes:
        """A signed question for version `n` of a group, which names the newest proven leaf of the root log."""
        at = self._sender
        return GroupQuestion(at.chain, at.org, at.terminal, group, n, head.size, head.leaf).sign(self._signer)

    def _prepared(
        self, content: FrameContent, context: FrameContext, number: FrameNumber, prev: FrameId
    ) -> PreparedFrame:
        frame = build_frame(self._sender, number, prev, content, context, self._random)
        header, frame_id = frame.header.to_bytes(), frame.frame_id(self._signer.public)
        return PreparedFrame(number, frame_id, content.span.end, header, encode(list(frame.payloads)))


def upload_of(frame: SpooledFrame, signer: Signer) -> bytes:
    """The upload of a signed frame; raises Corrupted when its stored row is unsigned or incomplete."""
    payloads = decode(frame.payloads, "spooled payloads")
    if frame.signature is None or not isinstance(payloads, list):
        raise Corrupted(f"frame {frame.number} in the spool is not signed and whole")
    envelope = unsigned_envelope(frame.header, signer.public)
    return upload_bytes(Sign1(envelope.protected, frame.header, frame.signature), payloads)
