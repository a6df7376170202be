"""The shape of CBOR bytes, checked before anything is built from them.

A decoder builds what the bytes ask for: a tag may name a value from elsewhere again and again, and an array of empty
arrays takes sixty times its bytes. So what a record never has is refused first: tags, floats, indefinite lengths, a
length beyond the bytes that are there, deep nesting, and more arrays than any record of so many bytes.
"""

from __future__ import annotations

from veriwatt.errors import Malformed, NotCanonical

MAX_DEPTH = 32
"""Arrays and maps inside each other."""

MAX_PAIRS = 64
"""Pairs of one map: maps occur only in COSE headers, which have few."""

FREE_ARRAYS, BYTES_OF_ARRAY = 64, 3
"""A value has at most this many arrays and maps, and one more for so many bytes of it."""

_BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = 2, 3, 4, 5, 6, 7
_WIDTHS = {24: 1, 25: 2, 26: 4, 27: 8}
_SIMPLE_VALUES = (0xF4, 0xF5, 0xF6)
"""False, true and null."""


def check_shape(raw: bytes, what: str) -> None:
    """Raise unless `raw` has the shape of one value; the time is proportional to its items, and nothing is built.

    Args:
        raw: the encoded value.
        what: the name of the record, for the error.

    Raises:
        Malformed: `raw` is no CBOR, is cut off, nests too deeply or has too many arrays.
        NotCanonical: it has a tag, an indefinite length or a float: no canonical encoding of a record has these.
    """
    at, size, left = 0, len(raw), 1
    outer: list[int] = []
    arrays = FREE_ARRAYS + size // BYTES_OF_ARRAY
    while left or outer:
        if not left:
            left = outer.pop()
            continue
        if at >= size:
            raise Malformed(f"{what} is not CBOR: it ends too early")
        head = raw[at]
        major, number = head >> 5, head & 31
        at, left = at + 1, left - 1
        if major >= _TAG:
            if head not in _SIMPLE_VALUES:
                raise _refused(major, number, what)
            continue
        if number > 23:
            width = _WIDTHS.get(number)
            if width is None:
                raise _refused(major, number, what)
            number = int.from_bytes(raw[at : at + width], "big")
            at += width
        if major in (_BYTES, _TEXT):
            at += number
        elif major in (_ARRAY, _MAP):
            items, arrays = number * (major - _TEXT), arrays - 1
            if items > size - at or (major == _MAP and number > MAX_PAIRS):
                raise Malformed(f"{what} is not CBOR: an array or map of {number} items in {size - at} bytes")
            if arrays < 0 or len(outer) == MAX_DEPTH:
                raise Malformed(f"{what} nests too deeply, or has more arrays than a record of {size} bytes")
            outer.append(left)
            left = items
    if at > size:
        raise Malformed(f"{what} is not CBOR: it ends too early")


def _refused(major: int, number: int, what: str) -> Malformed:
    if major == _TAG or (number == 31 and major != _SIMPLE) or (major == _SIMPLE and number in (25, 26, 27)):
        return NotCanonical(what)
    return Malformed(f"{what} is not CBOR of a record: a value of kind {major}, {number}")
