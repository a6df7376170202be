"""A header whose fixed places alone are new is checked as strictly as one never seen before."""

from __future__ import annotations

import pytest

from veriwatt.errors import Malformed
from veriwatt.ids import Digest, FrameId
from veriwatt.model.frame import MAX_PLAIN, FrameGroup, FrameHeader, parse_header
from veriwatt.model.origin import ClockState, Meter
from veriwatt.testing.edits import replace
from veriwatt.units import Interval

GROUP = FrameGroup("main", Digest(bytes(32)), ((2, 4),), bytes([8 << 3 | 1]), (), bytes(32), bytes(32), bytes(32), 9)
HEADER = FrameHeader(
    "sim-0123456789abcdef", "acme", "t1", 1, 0, 1, FrameId(bytes(32)), Interval(10, 20), 30, Meter(), 0,
    Digest(bytes(32)), ClockState("ntp", -1, 2), (GROUP,),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _seen() -> None:
    assert parse_header(HEADER.to_bytes()) == HEADER


def test_every_place_is_read_anew() -> None:
    group = GROUP._replace(column_root=b"\1" * 32, payload_hash=b"\2" * 32, plain_size=77)
    other = HEADER._replace(
        passport_version=2, epoch=3, seq=4, prev=b"\3" * 32, window=Interval(5, 6), collected_at=7, root_log_size=8,
        root_log_leaf=b"\4" * 32, clock=ClockState("ntp", -9, 10), groups=(group,),
    )  # fmt: skip

    assert parse_header(other.to_bytes()) == other


@pytest.mark.parametrize("field", ["passport_version", "epoch", "seq", "collected_at", "root_log_size"])
def test_a_number_out_of_range_is_refused(field: str) -> None:
    with pytest.raises(Malformed, match="out of range"):
        parse_header(replace(HEADER, **{field: 1 << 63}).to_bytes())


def test_an_empty_window_and_a_vast_payload_are_refused() -> None:
    raw = HEADER.to_bytes()
    window = (10).to_bytes(8, "big") + (20).to_bytes(8, "big")
    with pytest.raises(Malformed, match="empty"):
        parse_header(raw.replace(window, window[8:] + window[:8]))
    with pytest.raises(Malformed, match="unpacks"):
        parse_header(raw[:-4] + (MAX_PLAIN + 1).to_bytes(4, "big"))


def test_another_spelling_of_what_is_around_the_places_is_refused_again_and_again() -> None:
    raw = HEADER.to_bytes()
    longer = raw.replace(b"\x64acme", b"\x78\x04acme")
    for _ in range(2):
        with pytest.raises(Malformed):
            parse_header(longer)
    with pytest.raises(Malformed):
        parse_header(raw + b"\0")
