from __future__ import annotations

import struct

import pytest

from veriwatt.errors import BadInput
from veriwatt.model.points.status import Status
from veriwatt.terminal.config.terminal_config import PointConfig
from veriwatt.terminal.config.terminal_toml import parse_config
from veriwatt.terminal.drivers.base import GapReason
from veriwatt.terminal.drivers.modbus_tcp.register import NumberType, WordOrder
from veriwatt.terminal.drivers.modbus_tcp.register_words import number_in
from veriwatt.terminal.sampling.samples import NewestSlot, SampleFlag
from veriwatt.terminal.sampling.stamping import sample_of
from veriwatt.units import MINUTE, Decimal10, Interval

START = 1_780_000_200_000
SLOT = Interval(START, START + 15 * MINUTE)


def point(**keys: str) -> PointConfig:
    table = {
        "id": '"p"',
        "meter": '"m"',
        "register": "0",
        "type": '"u32"',
        "scale": "0.01",
        "energy": '"electricity"',
        "unit": '"kWh"',
        "kind": '"register"',
    }
    lines = "\n".join(f"{key} = {value}" for key, value in (table | keys).items())
    head = '[terminal]\nname = "t"\norg = "o"\nnode = "http://n"\ntimezone = "UTC"\n'
    return parse_config(f'{head}[[meter]]\nid = "m"\ndriver = "modbus_tcp"\nhost = "h"\n[[point]]\n{lines}').points[0]


def test_a_register_is_scaled_exactly_and_stamped_with_the_slots_end() -> None:
    sample = sample_of(point(multiplier="40"), SLOT, Decimal10(12_345, 0), SLOT.end + 300, None)
    assert (sample.value, sample.status) == (123_45 * 4, Status.MEASURED)
    assert (sample.start, sample.end) == (SLOT.start, SLOT.end)
    assert sample.collected_at == SLOT.end + 300
    assert point(multiplier="40").definition.scale == -1  # 0.01 * 40 counts in steps of 0.4
    assert point(multiplier="40").definition.step == 4


@pytest.mark.parametrize(("raw", "mantissa"), [("0.1", 10), ("0.125", 12), ("0.135", 14), ("-0.126", -13), ("7", 700)])
def test_a_binary_fraction_is_rounded_to_the_resolution_half_to_even(raw: str, mantissa: int) -> None:
    whole, _, digits = raw.partition(".")
    number = Decimal10(int(whole + digits), -len(digits))
    instant = point(type='"f32"', scale="1", resolution="0.01", kind='"instant"')
    assert sample_of(instant, SLOT, number, SLOT.end, None).value == mantissa


def test_zero_is_a_value_and_no_answer_is_a_gap() -> None:
    assert sample_of(point(), SLOT, Decimal10(0, 0), SLOT.end, None).value == 0
    refused = sample_of(point(), SLOT, GapReason.REFUSED, SLOT.end, None)
    assert (refused.value, refused.status, refused.reason) == (None, Status.GAP, GapReason.REFUSED)
    nan = sample_of(point(), SLOT, GapReason.NOT_A_NUMBER, SLOT.end, None)
    assert nan.reason is GapReason.NOT_A_NUMBER


def test_a_late_reading_is_not_stamped_with_the_slots_end() -> None:
    assert sample_of(point(), SLOT, Decimal10(1, 0), SLOT.end + MINUTE, None).value == 1
    late = sample_of(point(), SLOT, Decimal10(1, 0), SLOT.end + MINUTE + 1, None)
    assert (late.status, late.reason) == (Status.GAP, GapReason.LATE)


def test_a_number_beyond_the_largest_reading_is_a_gap() -> None:
    wild = sample_of(point(type='"u64"'), SLOT, Decimal10(2**64 - 1, 0), SLOT.end, None)
    assert wild.reason is GapReason.BEYOND
    largest = sample_of(point(type='"u64"'), SLOT, Decimal10(10**17, 0), SLOT.end, None)
    assert largest.value == 10**17


def test_a_register_that_fell_is_stored_and_flagged() -> None:
    fell = sample_of(point(), SLOT, Decimal10(5, 0), SLOT.end, NewestSlot(SLOT.start, 6, SLOT.start))
    assert (fell.value, fell.status, fell.flags) == (5, Status.MEASURED, SampleFlag.FELL)


def test_an_interval_is_the_advance_since_the_slots_start() -> None:
    interval = point(kind='"interval"')
    advance = sample_of(interval, SLOT, Decimal10(1_500, 0), SLOT.end, NewestSlot(SLOT.start, 1_200, SLOT.start))
    assert (advance.value, advance.register) == (300, 1_500)


@pytest.mark.parametrize(
    ("newest", "why"),
    [
        (None, GapReason.NO_START),
        (NewestSlot(SLOT.start, 1_200, SLOT.start - 15 * MINUTE), GapReason.NO_START),
        (NewestSlot(SLOT.start, 1_501, SLOT.start), GapReason.FELL),
    ],
)
def test_an_advance_is_never_invented(newest: NewestSlot | None, why: GapReason) -> None:
    unknown = sample_of(point(kind='"interval"'), SLOT, Decimal10(1_500, 0), SLOT.end, newest)
    assert (unknown.value, unknown.reason) == (None, why)
    assert unknown.register == 1_500  # the next slot starts from here


QUARTER = 15 * MINUTE


def amounts(*registers: int, rate: str = "") -> list[int | GapReason | None]:
    """What an interval point states while its register is read at slot after slot."""
    meter = point(kind='"interval"', **({"rate": rate} if rate else {}))
    newest, stated = NewestSlot(SLOT.start, registers[0], SLOT.start), list[int | GapReason | None]()
    for register in registers[1:]:
        slot = Interval(newest.end, newest.end + QUARTER)
        sample = sample_of(meter, slot, Decimal10(register, 0), slot.end, newest)
        stated.append(sample.reason if sample.value is None else sample.value)
        newest = newest.next(slot.end, sample.register)
    return stated


def test_an_interval_never_counts_a_register_again_that_came_back() -> None:
    fell, outlier = GapReason.FELL, GapReason.OUTLIER
    assert amounts(5_000, 0, 5_001, 5_002) == [fell, outlier, 1]
    assert amounts(5_000, 1, 2, 5_003, 5_004) == [fell, 1, outlier, 1]
    assert amounts(100, 101, 999, 102, 103) == [1, 898, outlier, 1]


def test_an_exchanged_meter_counts_on_from_its_first_reading() -> None:
    assert amounts(5_430, 2, 13, 15) == [GapReason.FELL, 11, 2]


def test_an_interval_beyond_the_rate_of_its_definition_is_a_gap() -> None:
    assert amounts(100, 101, 999, 1_000, rate='"1.00"') == [1, GapReason.IMPLAUSIBLE, 1]


def test_an_amount_that_the_meter_counts_is_stored_as_read() -> None:
    amount = sample_of(point(kind='"interval"', source='"interval"'), SLOT, Decimal10(77, 0), SLOT.end, None)
    assert (amount.value, amount.register) == (77, None)


def test_a_stated_sentinel_is_a_gap_before_it_is_scaled() -> None:
    meter = point(sentinels='[4294967294, "7e1"]', multiplier="40")
    for raw in (Decimal10(4_294_967_294, 0), Decimal10(70, 0)):
        assert sample_of(meter, SLOT, raw, SLOT.end, None).reason is GapReason.SENTINEL
    assert sample_of(meter, SLOT, Decimal10(4_294_967_293, 0), SLOT.end, None).status is Status.MEASURED


@pytest.mark.parametrize("stated", ["-9999", "-9999.9", "9999.9", "-99.99", "-0.1", "1e-30", "9.9e37", "3.4028235e38"])
def test_a_stated_sentinel_is_the_binary_fraction_nearest_to_it(stated: str) -> None:
    """No meter with a binary fraction can answer -9999.9: it answers -9999.900390625."""
    meter = point(type='"f32"', resolution='"0.1"', kind='"instant"', unit='"kW"', sentinels=f'["{stated}"]')
    high, low = struct.unpack(">HH", struct.pack(">f", float(stated)))
    answered = number_in([high, low], NumberType.F32, WordOrder.BIG)
    assert sample_of(meter, SLOT, answered, SLOT.end, None).reason is GapReason.SENTINEL
    beside = number_in([high, low ^ 1], NumberType.F32, WordOrder.BIG)
    assert sample_of(meter, SLOT, beside, SLOT.end, None).reason is not GapReason.SENTINEL


@pytest.mark.parametrize(
    ("kind", "stated"),
    [
        ("u16", "70000"),
        ("u32", "-1"),
        ("i16", "32768"),
        ("u16", "0.5"),
        ("f32", "1e39"),
        ("f32", "1e999"),
        ("f32", "1e-60"),
    ],
)
def test_a_sentinel_that_the_register_can_never_hold_is_refused(kind: str, stated: str) -> None:
    with pytest.raises(BadInput, match="sentinels"):
        point(type=f'"{kind}"', resolution='"0.01"', sentinels=f'["{stated}"]')


@pytest.mark.parametrize(
    ("raw", "reason"), [(-1, GapReason.BELOW), (0, None), (100_00, None), (100_01, GapReason.ABOVE)]
)
def test_a_value_outside_the_bounds_of_its_definition_is_a_gap(raw: int, reason: GapReason | None) -> None:
    sample = sample_of(point(type='"i32"', minimum="0", maximum='"100.00"'), SLOT, Decimal10(raw, 0), SLOT.end, None)
    assert sample.reason is reason
    assert (sample.value is None) is (reason is not None)


def test_an_interval_outside_its_bounds_keeps_the_register_for_the_next_one() -> None:
    meter = point(kind='"interval"', maximum="5")
    start = NewestSlot(SLOT.start, 1_000, SLOT.start)
    beyond = sample_of(meter, SLOT, Decimal10(1_501, 0), SLOT.end, start)
    assert (beyond.reason, beyond.register) == (GapReason.ABOVE, 1_501)
    assert sample_of(meter, SLOT, Decimal10(1_500, 0), SLOT.end, start).value == 500


def test_no_sample_is_dated_before_the_end_of_its_slot() -> None:
    """A log host accepts no frame of a meter that was collected before its window ended."""
    sample = sample_of(point(), SLOT, Decimal10(1, 0), SLOT.end - MINUTE, None)
    assert (sample.reason, sample.collected_at) == (GapReason.CLOCK, SLOT.end)
