"""Whatever the bytes, decoding builds at most a small multiple of them, and counts before it builds."""

from __future__ import annotations

import tracemalloc

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.encoding import decode
from veriwatt.encoding.shape import FREE_ARRAYS, MAX_DEPTH, check_shape
from veriwatt.errors import Malformed

TIMES, FREE = 40, 64 << 10
"""The most bytes that decoding may have at a time for a byte of input, and beside that."""

SHARED = b"\xd8\x1c\x81\xd8\x1d\x00"
"""An array that has itself as its only item."""


def doubling(depth: int) -> bytes:
    """A value of few bytes that unfolds to 2**depth items: each pair names the pair before it twice."""
    pairs = [b"\xd8\x1c\x82\x00\x00"]
    for n in range(depth):
        before = b"\xd8\x1d" + cbor2.dumps(n)
        pairs.append(b"\xd8\x1c\x82" + before + before)
    return bytes([0x98, len(pairs)]) + b"".join(pairs)


NESTED = {
    "arrays in arrays": b"\x81" * 300_000 + b"\x00",
    "empty arrays": b"\x9a\x00\x03\x0d\x40" + b"\x80" * 200_000,
    "empty maps": b"\x9a\x00\x03\x0d\x40" + b"\xa0" * 200_000,
    "an array longer than its bytes": b"\x9b\x00\x00\x00\x00\x7f\xff\xff\xff",
    "a string longer than its bytes": b"\x5b\x00\x00\x00\x00\x7f\xff\xff\xff",
    "a value that has itself": SHARED,
    "pairs of pairs": doubling(40),
    "a number of a million bits": b"\xc2\x5a\x00\x01\xe8\x48" + b"\xff" * 125_000,
    "a decimal of a huge exponent": b"\xc4\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01",
    "a text as a pattern": b"\xd8\x23\x78\x20" + b"(a" * 8 + b"+)" * 8,
    "strings of unknown length": b"\x5f" + b"\x40" * 200_000 + b"\xff",
    "many keys": b"\xb9\xff\xff" + b"".join(cbor2.dumps(n << 40) + b"\x00" for n in range(65_535)),
}


@pytest.mark.parametrize("raw", NESTED.values(), ids=NESTED)
def test_what_unfolds_is_refused_before_anything_is_built(raw: bytes) -> None:
    assert peak(raw) < FREE + len(raw)
    with pytest.raises(Malformed):
        decode(raw)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.binary(max_size=40) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=8),
    max_leaves=60,
)


@given(VALUES)
def test_every_value_of_a_record_passes(value: object) -> None:
    raw = cbor2.dumps(value, canonical=True)
    check_shape(raw, "value")


@given(st.binary(max_size=400))
def test_random_bytes_build_little(raw: bytes) -> None:
    assert peak(raw * 20) < FREE + TIMES * len(raw) * 20


ITEMS = (b"\x81", b"\x82", b"\x80", b"\x01", b"\x19\xff\xff", b"\x42ab", b"\x62ab")


@given(st.lists(st.sampled_from(ITEMS), max_size=4000))
def test_small_items_build_little(items: list[bytes]) -> None:
    raw = b"\x99" + len(items).to_bytes(2, "big") + b"".join(items)
    assert peak(raw) < FREE + TIMES * len(raw)


def test_the_bounds_are_what_a_record_may_just_have() -> None:
    decode(b"\x81" * MAX_DEPTH + b"\x00")
    decode(b"\x98" + bytes([FREE_ARRAYS - 1]) + b"\x80" * (FREE_ARRAYS - 1))
    with pytest.raises(Malformed):
        decode(b"\x81" * (MAX_DEPTH + 1) + b"\x00")


def peak(raw: bytes) -> int:
    """The most bytes that decoding has at a time."""
    tracemalloc.start()
    try:
        decode(raw)
    except Malformed:
        pass
    finally:
        _, found = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return found
