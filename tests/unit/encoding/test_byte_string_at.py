"""A byte string read where it lies has one spelling, and never reaches beyond its bytes."""

from __future__ import annotations

import pytest

from veriwatt.encoding import byte_string, byte_string_at
from veriwatt.errors import Malformed


@pytest.mark.parametrize("length", [0, 1, 23, 24, 255, 256, 65_535, 65_536])
def test_a_byte_string_is_found_behind_its_shortest_head(length: int) -> None:
    content = b"x" * length
    raw = b"before" + byte_string(content) + b"after"

    start, end = byte_string_at(raw, len(b"before"))

    assert raw[start:end] == content
    assert raw[end:] == b"after"


@pytest.mark.parametrize(
    "raw", [b"\x58\x00", b"\x58\x17" + bytes(23), b"\x59\x00\xff" + bytes(255), b"\x5a\x00\x00\xff\xff" + bytes(65_535)]
)
def test_a_longer_head_than_needed_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed, match="complete canonical"):
        byte_string_at(raw, 0)


@pytest.mark.parametrize("raw", [b"", b"\x41", b"\x58", b"\x58\x20" + bytes(31), b"\x59\xff", b"\x5a\x7f\xff\xff\xff"])
def test_a_cut_byte_string_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        byte_string_at(raw, 0)


@pytest.mark.parametrize("first", [0x00, 0x5B, 0x5F, 0x60, 0x80, 0xA0, 0xC2, 0xFF])
def test_another_kind_of_item_is_refused(first: int) -> None:
    with pytest.raises(Malformed):
        byte_string_at(bytes([first]) + bytes(40), 0)
