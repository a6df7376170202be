"""Unsigned LEB128 numbers, each in its shortest form."""

from __future__ import annotations

from collections.abc import Iterator

from veriwatt.errors import Malformed


def leb128(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def leb128_numbers(coded: bytes, what: str) -> Iterator[int]:
    """The numbers, of at most five bytes each; raises Malformed naming `what` if one is padded, longer or cut."""
    number = shift = 0
    for byte in coded:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte & 0x80:
            if shift > 28:
                raise Malformed(f"{what}: a number is longer than five bytes")
            continue
        if byte == 0 and shift > 7:
            raise Malformed(f"{what}: a number is padded")
        yield number
        number = shift = 0
    if shift:
        raise Malformed(f"{what}: the last number is cut")
