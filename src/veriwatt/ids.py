"""Length-checked identifiers and digests: every hash has a type of its own.

Names (orgs, terminals, groups, members) are short ASCII words that appear in URLs, file names and
state keys; `check_name` checks them. A point id may contain more characters, because it is often the name of an
existing column: `check_point` checks it.
"""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from typing import Self, TypeVar

from veriwatt.errors import Malformed

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._@+-]{0,62}[A-Za-z0-9_+-])?")
_NAME_LENGTH = 64

CID_LENGTH = 59
"""Characters of an object id as text: `b` and 58 of base32."""

_RAW_SHA_256 = b"\x01\x55\x12\x20"  # CID version 1, raw bytes, SHA-256, of 32 bytes
_LONGEST_CID = 80  # characters that an error repeats


class Digest(bytes):
    """32 bytes of SHA-256 output."""

    __slots__ = ()
    LENGTH = 32

    def __new__(cls, raw: bytes) -> Self:
        if len(raw) != cls.LENGTH:
            raise Malformed(f"a {cls.__name__} is {cls.LENGTH} bytes, not {len(raw)}")
        return bytes.__new__(cls, raw)

    @classmethod
    def from_hex(cls, text: str) -> Self:
        try:
            return cls(bytes.fromhex(text))
        except ValueError:
            raise Malformed(f"{text!r} is no {cls.__name__} in hexadecimal") from None

    def __str__(self) -> str:
        return self.hex()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.hex()})"


D = TypeVar("D", bound=Digest)


def of_fixed_length(kind: type[D], raw: bytes) -> D:
    """`raw` as a digest of this kind, its length unchecked: the caller's layout fixes it."""
    return bytes.__new__(kind, raw)


class FrameId(Digest):
    """SHA-256 of a frame's signed bytes; it does not depend on the signature."""

    __slots__ = ()


MAX_OBJECT = 1 << 20
"""Bytes of the largest object, 1 MiB (docs/spec/objects.md)."""


class ObjectId(Digest):
    """SHA-256 of an object's bytes; its text is the CIDv1 (docs/spec/objects.md)."""

    __slots__ = ()

    def __str__(self) -> str:
        return "b" + base64.b32encode(_RAW_SHA_256 + self).decode().lower().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a CIDv1; raises Malformed for any other CID kind or spelling."""
        if len(text) != CID_LENGTH or not text.startswith("b"):
            raise Malformed(f"{text[:_LONGEST_CID]!r} is no CIDv1 of a raw SHA-256 object")
        try:
            raw = base64.b32decode(text[1:].upper() + "======")
        except ValueError:
            raise Malformed(f"{text!r} is not lower-case base32") from None
        if not raw.startswith(_RAW_SHA_256):
            raise Malformed(f"{text!r} is no CIDv1 of a raw SHA-256 object")
        made = cls(raw[len(_RAW_SHA_256) :])
        if str(made) != text:
            raise Malformed(f"{text!r} is not the canonical spelling of its CID")
        return made


class KeyId(Digest):
    """SHA-256 of suite byte and public key; it identifies a key."""

    __slots__ = ()


def check_object_size(content: bytes) -> None:
    """Raise Malformed for more bytes than an object may have."""
    if len(content) > MAX_OBJECT:
        raise Malformed(f"an object is at most {MAX_OBJECT} bytes, this one has {len(content)}")


def check_name(name: str, what: str) -> str:
    """Return `name` if it is 1..64 of `A-Za-z0-9._@+-`, starts with a letter or digit and does not end with `.` or `@`.

    Raises:
        Malformed: otherwise; the message names `what`.
    """
    if len(name) > _NAME_LENGTH or not _is_name(name):
        rule = f"1 to {_NAME_LENGTH} of A-Z a-z 0-9 . _ @ + -, starting with a letter or digit, not ending with . or @"
        raise Malformed(f"{what} {name[:_NAME_LENGTH]!r} is not a name: {rule}")
    return name


@lru_cache(1 << 14)  # every frame has the same few names; longer texts never get here
def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def check_point(point: str) -> str:
    """Return `point` if it is 1..128 printable characters without a blank at either end.

    Raises:
        Malformed: otherwise.
    """
    if not isinstance(point, str) or not 1 <= len(point) <= 128 or not point.isprintable() or point != point.strip():
        raise Malformed(f"point id {point!r} is not 1 to 128 printable characters without a blank at either end")
    return point
