"""The request by which a terminal shows what its log host acknowledged, and sends frames again that the host lost.

    request = [note | null, [* [upload: bstr, receipt: bstr]]]

Spec: docs/spec/frame-upload.md, "Sending again".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from veriwatt.encoding import Fields, decode, encode
from veriwatt.model.chain.checkpoint import Receipt

MAX_SENT = 4096
"""Frames in one request."""

LEAST_SENT = 256
"""Bytes of a frame with its receipt, at least: both have a signature. So small requests ask for little work."""

MAX_RECEIPT = 8_192
"""Bytes of a receipt: a note and at most 64 hashes."""


class SentAgain(NamedTuple):
    """A frame that was acknowledged, and its receipt."""

    upload: bytes
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class SentAgainRequest:
    """The largest checkpoint of the log host that the terminal has, and the frames."""

    note: str | None
    sent: tuple[SentAgain, ...]

    def to_bytes(self) -> bytes:
        return encode([self.note, [[each.upload, each.receipt.to_bytes()] for each in self.sent]])

    @classmethod
    def from_bytes(cls, raw: bytes) -> SentAgainRequest:
        return UnreadRequest.from_bytes(raw).read()


@dataclass(frozen=True, slots=True)
class UnreadRequest:
    """A request whose receipts are not parsed yet: that is most of the work, and is charged before."""

    note: str | None
    sent: tuple[tuple[bytes, bytes], ...]
    """Uploads with their receipts."""

    @classmethod
    def from_bytes(cls, raw: bytes) -> UnreadRequest:
        """Raises Malformed; a value of more items than so many bytes of a request have is not built."""
        most = min(MAX_SENT, len(raw) // LEAST_SENT)
        f = Fields(decode(raw, "frames sent again", 3 * (most + 1)), "frames sent again", 2)
        return cls(f.optional(_note), f.each("frames", _sent, MAX_SENT))

    def read(self) -> SentAgainRequest:
        """Parse the receipts; raises Malformed."""
        return SentAgainRequest(self.note, tuple(SentAgain(each, Receipt.from_bytes(r)) for each, r in self.sent))


def _sent(value: object) -> tuple[bytes, bytes]:
    f = Fields(value, "frame sent again", 2)
    return f.bytes("upload"), f.bytes("receipt", MAX_RECEIPT)


def _note(value: object) -> str:
    return Fields([value], "frames sent again", 1).text("note")
