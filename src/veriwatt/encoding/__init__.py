"""The one encoding of everything we sign or store: deterministic CBOR, and COSE_Sign1 over it."""

from veriwatt.encoding.cbor import Value, decode, encode
from veriwatt.encoding.cose import (
    Sign1,
    byte_string,
    byte_string_at,
    join_signed,
    parse_sign1,
    protected_header,
    to_be_signed,
)
from veriwatt.encoding.fields import Fields, Shape

__all__ = [
    "Fields",
    "Shape",
    "Sign1",
    "Value",
    "byte_string",
    "byte_string_at",
    "decode",
    "encode",
    "join_signed",
    "parse_sign1",
    "protected_header",
    "to_be_signed",
]
