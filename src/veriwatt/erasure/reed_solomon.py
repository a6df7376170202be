"""Reed-Solomon over GF(2^8): parity shares from data shares, and any share from k others (docs/spec/shares.md).

ISA-L does the arithmetic, through liberasurecode and pyeclib. It puts a header of its own, which depends on its
version, before each fragment. It is cut off on the way out; on the way in our bytes are given one that was taken from
a fragment of zeros. Why this library: docs/adr/0058-shares-by-a-cauchy-matrix.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from veriwatt.model.storage.coding import Coding

if TYPE_CHECKING:
    from pyeclib.ec_iface import ECDriver

BACK_END = "isa_l_rs_cauchy"
"""The one back end whose matrix is that of the spec."""

STEP = 1 << 16
"""Bytes by which the lengths of fragments grow, beyond the first so many."""


def parity(coding: Coding, data: bytes) -> list[bytes]:
    """The parity shares of an object whose data shares, joined, are `data`."""
    length = len(data) // coding.needed
    if length == 0 or coding.needed == coding.total:
        return [b""] * (coding.total - coding.needed)
    fragments: list[bytes] = _library(coding).encode(data)
    assert fragments[0].endswith(data[:length]), "the library pads its fragments"
    return [fragment[-length:] for fragment in fragments[coding.needed :]]


def rebuild(coding: Coding, rows: Mapping[int, bytes], wanted: Sequence[int]) -> list[bytes]:
    """The shares `wanted`, by index, of the object whose shares `rows` are.

    Args:
        coding: indices are 0 .. total - 1.
        rows: exactly `needed` shares by index, all of one length; not checked here.
        wanted: indices that are in `rows` or not.
    """
    missing = [index for index in wanted if index not in rows]
    length = len(next(iter(rows.values())))
    if not missing:
        return [rows[index] for index in wanted]
    if length == 0:
        return [b""] * len(wanted)
    # The code works on each byte position by itself: zeros after a share give zeros after the rebuilt one, and headers
    # of few lengths are enough.
    padded = _padded(length)
    headers = _headers(coding, padded)
    fragments = [headers[index] + row.ljust(padded, b"\0") for index, row in rows.items()]
    made: list[bytes] = _library(coding).reconstruct(fragments, missing)
    cut = {index: fragment[-padded:][:length] for index, fragment in zip(missing, made, strict=True)}
    return [rows[index] if index in rows else cut[index] for index in wanted]


def _padded(length: int) -> int:
    """The next power of two up to `STEP`, the next multiple of `STEP` beyond."""
    step = min(1 << (length - 1).bit_length(), STEP)
    return -(-length // step) * step


@lru_cache(maxsize=512)
def _headers(coding: Coding, length: int) -> tuple[bytes, ...]:
    """What the library puts before each fragment of `length` bytes; nothing in it depends on the bytes."""
    fragments: list[bytes] = _library(coding).encode(bytes(coding.needed * length))
    return tuple(fragment[:-length] for fragment in fragments)


@cache
def _library(coding: Coding) -> ECDriver:
    from pyeclib.ec_iface import ECDriver  # 60 ms, which most commands need not pay

    return ECDriver(k=coding.needed, m=coding.total - coding.needed, ec_type=BACK_END, chksum_type="none")
