"""The encoding of everything that is signed or stored: deterministic CBOR, and COSE_Sign1 over it."""

from veriwatt.encoding.cbor import Value, decode, encode, short_text_at
from veriwatt.encoding.cose import (
    Sign1,
    byte_string,
    byte_string_at,
    join_signed,
    parse_sign1,
    protected_header,
    to_be_signed,
)
from veriwatt.encoding.fields import FORMAT, Fields, Shape, check_format

__all__ = [
    "FORMAT",
    "Fields",
    "Shape",
    "Sign1",
    "Value",
    "byte_string",
    "byte_string_at",
    "check_format",
    "decode",
    "encode",
    "join_signed",
    "parse_sign1",
    "protected_header",
    "short_text_at",
    "to_be_signed",
]
