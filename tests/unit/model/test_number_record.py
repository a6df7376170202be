"""The record of a frame number: it round-trips, and every other shape is refused."""

from __future__ import annotations

import pytest

from veriwatt.encoding import FORMAT, encode
from veriwatt.errors import Malformed, WrongFormat
from veriwatt.ids import FrameId
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.ledger.state_keys import number_key
from veriwatt.model.terminals.number_record import NumberRecord, RecordedEquivocation, RecordedVoid

A, B = FrameId(bytes([1]) * 32), FrameId(bytes([2]) * 32)
PAIR = RecordedEquivocation((A, B), 7, 1_000, "city", "mia")
VOID = RecordedVoid(A, 8, 2_000, "acme", "ann")


@pytest.mark.parametrize("record", [NumberRecord(PAIR), NumberRecord(None, VOID), NumberRecord(PAIR, VOID)])
def test_a_number_record_round_trips(record: NumberRecord) -> None:
    assert NumberRecord.from_bytes(record.to_bytes()) == record


def test_a_record_of_nothing_or_of_one_frame_twice_is_refused() -> None:
    with pytest.raises(Malformed):
        NumberRecord.from_bytes(encode([FORMAT, None, None]))
    for pair in ([A, A], [B, A]):
        with pytest.raises(Malformed):
            NumberRecord.from_bytes(encode([FORMAT, [*pair, 7, 1_000, "city", "mia"], None]))


def test_a_number_record_of_another_format_is_refused_by_its_number() -> None:
    with pytest.raises(WrongFormat):
        NumberRecord.from_bytes(encode([FORMAT + 1, None, VOID.fields()]))


def test_the_key_ends_with_epoch_and_seq_in_eight_bytes_each() -> None:
    assert number_key("acme", "t1", FrameNumber(1, 258)) == b"number/acme/t1/" + bytes([0] * 7 + [1] + [0] * 6 + [1, 2])
