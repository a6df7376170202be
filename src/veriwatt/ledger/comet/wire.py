"""The framing of ABCI's socket protocol: each message is preceded by its length as a varint."""

from __future__ import annotations

from collections.abc import Iterator

from veriwatt.errors import Malformed
from veriwatt.model.ledger.protowire import delimited

MESSAGE_LIMIT = 128 << 20
"""Bytes of a message; a block of CometBFT has at most 100 MB."""

_LONGEST_VARINT = 5


def framed(message: bytes) -> bytes:
    """The message as it is sent."""
    return delimited(message)


class Messages:
    """Cuts a stream into its messages, whatever pieces it comes in."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """The messages that are complete with this piece.

        Raises:
            Malformed: the next length is no varint up to `MESSAGE_LIMIT`; the stream cannot be read any further.
        """
        self._waiting += piece
        begin = 0
        while (found := self._length(begin)) is not None:
            start, length = found
            if start + length > len(self._waiting):
                break
            begin = start + length
            yield bytes(self._waiting[start:begin])
        del self._waiting[:begin]

    def _length(self, at: int) -> tuple[int, int] | None:
        """Where the message at `at` starts, and its length; None while its length is incomplete."""
        length = 0
        for index, byte in enumerate(self._waiting[at : at + _LONGEST_VARINT]):
            length |= (byte & 0x7F) << 7 * index
            if byte < 0x80:
                if length > MESSAGE_LIMIT:
                    break
                return at + index + 1, length
        else:
            if len(self._waiting) - at < _LONGEST_VARINT:
                return None
        raise Malformed(f"ABCI: the length of a message is no varint up to {MESSAGE_LIMIT}")
