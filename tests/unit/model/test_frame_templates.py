"""An upload whose fixed places alone are new is checked as strictly as one of a shape never seen before."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import Sign1, decode
from veriwatt.encoding.cose import sign1_of
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.frames.build import FrameContext, FrameSender, GroupSlots
from veriwatt.model.frames.columns import Column
from veriwatt.model.frames.frame import MAX_CACHED_HEADER, parse_frame, upload_bytes
from veriwatt.model.frames.header import MAX_PLAIN, FrameHeader, parse_header
from veriwatt.model.frames.number import FIRST_NUMBER, NO_FRAME, FrameNumber
from veriwatt.model.frames.origin import ClockState, Meter
from veriwatt.model.frames.statuses import make_runs
from veriwatt.testing.actors import sim_key
from veriwatt.testing.edits import replace
from veriwatt.testing.frames import sim_frame
from veriwatt.testing.memory import bytes_left_by
from veriwatt.units import Interval

NONE = Digest(bytes(32))
COLUMNS = [Column(p, np.arange(4), np.arange(1, 5), np.arange(4), np.ones(4, np.uint8)) for p in ("p", "q")]
HEADER, (PAYLOAD,) = sim_frame(
    FrameSender("sim-0123456789abcdef", "acme", "t1", 1, sim_key("terminal").public),
    FIRST_NUMBER,
    NO_FRAME,
    Interval(10, 20),
    [GroupSlots("main", 1, NONE, COLUMNS, bytes(32))],
    FrameContext(30, Meter(), 0, NONE, ClockState("ntp", -1, 2)),
)
(GROUP,) = HEADER.groups


def _upload(header: bytes) -> bytes:
    return upload_bytes(Sign1(b"\xa0" * 50, header, bytes(64)), [PAYLOAD])


KNOWN = _upload(HEADER.to_bytes())


@pytest.fixture(autouse=True)
def _seen() -> None:
    assert parse_frame(KNOWN).header == HEADER


def test_every_place_is_read_anew() -> None:
    group = GROUP._replace(column_root=b"\1" * 32, commitment=b"\2" * 32, plain_size=77)
    other = HEADER._replace(
        passport_version=2,
        number=FrameNumber(3, 4),
        prev=b"\3" * 32,
        window=Interval(5, 6),
        collected_at=7,
        root_log_size=8,
        root_log_leaf=b"\4" * 32,
        clock=ClockState("ntp", -9, 10),
        groups=(group,),
    )

    assert parse_frame(_upload(other.to_bytes())).header == other


@pytest.mark.parametrize("field", ["passport_version", "collected_at", "root_log_size"])
def test_a_number_out_of_range_is_refused(field: str) -> None:
    with pytest.raises(Malformed, match="out of range"):
        parse_frame(_upload(replace(HEADER, **{field: 1 << 63}).to_bytes()))


def test_an_empty_window_and_a_vast_payload_are_refused() -> None:
    raw = HEADER.to_bytes()
    window = (10).to_bytes(8, "big") + (20).to_bytes(8, "big")
    with pytest.raises(Malformed, match="empty"):
        parse_frame(_upload(raw.replace(window, window[8:] + window[:8])))
    with pytest.raises(Malformed, match="unpacks"):
        parse_frame(_upload(raw[:-4] + (MAX_PLAIN + 1).to_bytes(4, "big")))


def test_another_encoding_around_the_places_is_refused_each_time() -> None:
    raw = HEADER.to_bytes()
    for _ in range(2):
        with pytest.raises(Malformed):
            parse_frame(_upload(raw.replace(b"\x64acme", b"\x78\x04acme")))
    with pytest.raises(Malformed):
        parse_frame(_upload(raw + b"\0"))


def test_a_key_id_that_contains_the_head_of_a_place_changes_nothing() -> None:
    for head in (b"\x58\x88", b"\x58\x84", b"\xa0\x58\x88"):
        protected = (b"\xa0" * 20 + head + b"\xa0" * 28)[:50]
        raw = upload_bytes(Sign1(protected, HEADER.to_bytes(), bytes(64)), [PAYLOAD])
        assert parse_frame(raw).header == HEADER
        assert parse_frame(raw).protected == protected


@pytest.mark.parametrize("edit", [0x01, 0x10, 0x80, 0xFF])
def test_every_edited_or_missing_byte_is_detected_with_a_cached_template(edit: int) -> None:
    for at in range(len(KNOWN)):
        for raw in (KNOWN[:at] + bytes([KNOWN[at] ^ edit]) + KNOWN[at + 1 :], KNOWN[:at], KNOWN[:at] + KNOWN[at + 1 :]):
            assert _outcome(_parts, raw) == _outcome(_decoded, raw)


def test_a_header_too_long_for_the_cache_is_read_and_not_cached() -> None:
    def read_long_headers() -> None:
        for n in range(16):
            codes = (1 + np.arange(8 * MAX_CACHED_HEADER) % 2).astype(np.uint8)
            codes[n] = 3
            group = GROUP._replace(spans=((len(codes), 1),), statuses=make_runs(codes))
            header = HEADER._replace(groups=(group,))
            assert parse_frame(_upload(header.to_bytes())).header == header

    assert bytes_left_by(read_long_headers) < 16 * MAX_CACHED_HEADER


Parts = tuple[FrameHeader, bytes, bytes, list[bytes]]


def _parts(raw: bytes) -> Parts:
    frame = parse_frame(raw)
    return frame.header, frame.protected, frame.signature, list(frame.payloads)


def _decoded(raw: bytes) -> Parts:
    """The same by the CBOR library alone, without views or templates."""
    match decode(raw):
        case [envelope, [bytes(payload)]]:
            signed = sign1_of(envelope, "the envelope")
        case _:
            raise Malformed("not an upload of one group")
    header = parse_header(signed.payload)
    if [group.payload_hash for group in header.groups] != [sha256(payload)]:
        raise Malformed("another payload")
    return header, signed.protected, signed.signature, [payload]


def _outcome(parse: Callable[[bytes], Parts], raw: bytes) -> object:
    try:
        return parse(raw)
    except Malformed:
        return "malformed"
