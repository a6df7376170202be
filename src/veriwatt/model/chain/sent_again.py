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
        f = Fields(decode(raw, "frames sent again"), "frames sent again", 2)
        return cls(f.optional(_note), f.each("frames", _sent, MAX_SENT))


def _sent(value: object) -> SentAgain:
    f = Fields(value, "frame sent again", 2)
    return SentAgain(f.bytes("upload"), Receipt.from_bytes(f.bytes("receipt", MAX_RECEIPT)))


def _note(value: object) -> str:
    return Fields([value], "frames sent again", 1).text("note")
