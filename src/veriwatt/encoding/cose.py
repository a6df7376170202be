"""COSE_Sign1 (RFC 9052, 4.2) with an empty unprotected header.

    envelope  = [protected: bstr, {}, payload: bstr, signature: bstr]
    protected = {1: algorithm, 3: content type, 4: key id}
    signed    = ["Signature1", protected, h'', payload]

The content type in the protected header separates the kinds of signed records: no signature of one kind is valid for
another.
Ids hash the *signed* bytes, never the envelope. Spec: docs/spec/encoding.md.
"""

from __future__ import annotations

from typing import NamedTuple

import cbor2

from veriwatt.encoding.cbor import decode
from veriwatt.encoding.fields import Shape
from veriwatt.errors import Malformed

_ARRAY_OF_4, _EMPTY_MAP = 0x84, 0xA0

_ENVELOPE = Shape("COSE_Sign1", protected=bytes, unprotected=dict, payload=bytes, signature=bytes)


class Sign1(NamedTuple):
    """A parsed, canonical envelope; its signature is not yet verified."""

    protected: bytes
    payload: bytes
    signature: bytes

    def to_bytes(self) -> bytes:
        fields = byte_string(self.protected) + b"\xa0" + byte_string(self.payload) + byte_string(self.signature)
        return b"\x84" + fields

    def signed_bytes(self) -> bytes:
        return to_be_signed(self.protected, self.payload)


def protected_header(algorithm: int, content_type: str, key_id: bytes) -> bytes:
    """The canonical protected header; `algorithm` is a COSE algorithm number."""
    raw: bytes = cbor2.dumps({1: algorithm, 3: content_type, 4: key_id}, canonical=True)
    return raw


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """The Sig_structure of RFC 9052, 4.4, with empty external data."""
    return join_signed(byte_string(protected), byte_string(payload))


def join_signed(protected: bytes, payload: bytes) -> bytes:
    """As `to_be_signed`, for parts that are already encoded as canonical byte strings, as in an envelope."""
    return b"\x84\x6aSignature1" + protected + b"\x40" + payload


def parse_sign1(raw: bytes, what: str) -> Sign1:
    """Parse an envelope; raises Malformed for every other shape or encoding."""
    return sign1_of(decode(raw, what), what)


def sign1_in(raw: bytes, what: str) -> Sign1:
    """As `parse_sign1`, for envelopes that come by the thousand: the parts of a canonical one are cut out of its bytes.

    All else goes to the decoder, which says what is wrong with it.
    """
    try:
        protected, end = byte_string_at(raw, 1)
        payload, payload_end = byte_string_at(raw, end + 1)
        signature, signature_end = byte_string_at(raw, payload_end)
    except Malformed:
        return parse_sign1(raw, what)
    if raw[0] != _ARRAY_OF_4 or raw[end] != _EMPTY_MAP or signature_end != len(raw):
        return parse_sign1(raw, what)
    return Sign1(raw[protected:end], raw[payload:payload_end], raw[signature:])


def sign1_of(value: object, what: str) -> Sign1:
    """The envelope in a canonically decoded value."""
    protected, unprotected, payload, signature = _ENVELOPE.check(value)
    if unprotected:
        raise Malformed(f"{what} has an unprotected header, which must be empty")
    return Sign1(protected, payload, signature)


def byte_string(raw: bytes) -> bytes:
    """The canonical CBOR of `raw`; encoded by hand, because a call of the encoder costs more than all the rest."""
    size = len(raw)
    if size < 24:
        return bytes([0x40 | size]) + raw
    if size < 1 << 8:
        return bytes([0x58, size]) + raw
    if size < 1 << 16:
        return b"\x59" + size.to_bytes(2, "big") + raw
    return b"\x5a" + size.to_bytes(4, "big") + raw


def byte_string_at(raw: bytes, at: int) -> tuple[int, int]:
    """The bounds `[start, end)` of the content of the canonical byte string that begins at `at`.

    Raises:
        Malformed: no byte string begins there, its length is not canonical, or `raw` ends before it does.
    """
    try:
        first = raw[at]
        if first == 0x58:
            start, length, least = at + 2, raw[at + 1], 24
        elif first == 0x59:
            start, length, least = at + 3, raw[at + 1] << 8 | raw[at + 2], 1 << 8
        elif first == 0x5A:
            start, length, least = at + 5, int.from_bytes(raw[at + 1 : at + 5], "big"), 1 << 16
        else:
            start, length, least = at + 1, first - 0x40, 0
    except IndexError:
        raise Malformed(f"the byte string at byte {at} is incomplete") from None
    end = start + length
    if not 0x40 <= first <= 0x5A or length < least or end > len(raw):
        raise Malformed(f"there is no complete canonical byte string at byte {at}")
    return start, end
