"""The transactions about one frame number of a terminal: an equivocation, a void.

    equivocation body = [org, terminal, signed header, signed header]
    void body         = [terminal, signed header, reason]
    signed header     = [protected, header, signature]

Spec: docs/spec/transaction.md, "Numbers".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from veriwatt.crypto.signing import PublicKey
from veriwatt.encoding import Fields, Sign1, Value, to_be_signed
from veriwatt.ids import FrameId
from veriwatt.model.frames.header import FrameHeader, parse_header
from veriwatt.model.frames.signing import check_signed_by, frame_id_of

MAX_PROTECTED = 128
MAX_HEADER = 1 << 17
MAX_SIGNATURE = 256
REASON_LIMIT = 500
"""The most characters of a reason that a person states."""


@dataclass(frozen=True, slots=True)
class SignedHeader:
    """The signed header of a frame, without its payloads; the signature is not yet verified."""

    protected: bytes
    header: bytes
    signature: bytes

    @classmethod
    def of(cls, envelope: Sign1) -> SignedHeader:
        return cls(envelope.protected, envelope.payload, envelope.signature)

    @property
    def signed(self) -> bytes:
        return to_be_signed(self.protected, self.header)

    @property
    def frame_id(self) -> FrameId:
        return frame_id_of(self.signed)

    def stated(self) -> FrameHeader:
        """The header as a record; raises Malformed for bytes that are not canonical."""
        return parse_header(self.header)

    def check_signed_by(self, key: PublicKey) -> None:
        """Raise unless `key` signed the header as a frame.

        Raises:
            Malformed: the protected header is not that of a frame signed by `key`.
            BadSignature: the signature does not verify.
        """
        check_signed_by(key, self.protected, self.signed, self.signature)

    def fields(self) -> list[Value]:
        return [self.protected, self.header, self.signature]

    @classmethod
    def parse(cls, value: object) -> SignedHeader:
        f = Fields(value, "signed header", 3)
        protected, header = f.bytes("protected", MAX_PROTECTED), f.bytes("header", MAX_HEADER)
        return cls(protected, header, f.bytes("signature", MAX_SIGNATURE))


@dataclass(frozen=True, slots=True)
class ReportEquivocation:
    """Body of kind "equivocation": two headers that a terminal signed under one number, in either order."""

    kind: ClassVar[str] = "equivocation"
    org: str
    terminal: str
    one: SignedHeader
    other: SignedHeader

    def fields(self) -> list[Value]:
        return [self.org, self.terminal, self.one.fields(), self.other.fields()]

    @classmethod
    def parse(cls, value: object) -> ReportEquivocation:
        f = Fields(value, "equivocation", 4)
        org, terminal = f.name("org"), f.name("terminal")
        return cls(org, terminal, SignedHeader.parse(f.raw()), SignedHeader.parse(f.raw()))


@dataclass(frozen=True, slots=True)
class VoidNumber:
    """Body of kind "void": the signer's org gives up the number of a header that its log host refuses for good."""

    kind: ClassVar[str] = "void"
    terminal: str
    refused: SignedHeader
    reason: str

    def fields(self) -> list[Value]:
        return [self.terminal, self.refused.fields(), self.reason]

    @classmethod
    def parse(cls, value: object) -> VoidNumber:
        f = Fields(value, "void", 3)
        return cls(f.name("terminal"), SignedHeader.parse(f.raw()), f.text("reason", REASON_LIMIT))
