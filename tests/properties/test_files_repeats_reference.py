"""Rows of one slot under every `repeats`, statuses and bounds agree with a slow reference that goes slot by slot."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.bridges.file_world import NOW
from veriwatt.bridges.files.mapping import load_mapping
from veriwatt.bridges.files.read_file import read_file
from veriwatt.metering.series import SourceReadings
from veriwatt.model.points.status import SlotReason, Status

MAPPING = """
[file]
timestamp = "t"
format = "unix_s"
missing = [""]
[[point]]
id = "p"
column = "v"
energy = "heat"
kind = "interval"
unit = "GJ"
slot = "15m"
timezone = "UTC"
resolution = "1"
minimum = "-5"
maximum = "20"
sentinels = ["-99"]
status = {column = "s", measured = ["A"], estimated = ["E"], manual = ["M"], gap = ["N"]}
repeats = "REPEATS"
"""
START = 1_709_985_600
STATUSES = {"A": Status.MEASURED, "E": Status.ESTIMATED, "M": Status.MANUAL}
WORST = (Status.MEASURED, Status.MANUAL, Status.ESTIMATED)

cells = st.one_of(st.integers(-8, 24).map(str), st.sampled_from(["", "x", "-99", "-99.0"]))
rows = st.lists(st.tuples(st.integers(0, 4), cells, st.sampled_from("AAEMN?"), st.integers(0, 1)), max_size=12)
Slot = tuple[int, Status, SlotReason]


@dataclass(frozen=True)
class Part:
    """One row of a slot: its value, or why it has none (`REFUSED`: its cell or status was rejected)."""

    value: int | None
    status: Status
    reason: SlotReason | None


def part(cell: str, status: str) -> Part | None:
    """None for a row that says nothing."""
    if status == "N":
        return Part(None, Status.GAP, SlotReason.MARKED_MISSING)
    if status == "?" or cell == "x":
        return Part(None, Status.ABSENT, None)
    if cell in ("-99", "-99.0"):
        return Part(None, Status.GAP, SlotReason.SENTINEL)
    return None if cell == "" else Part(int(cell), STATUSES[status], SlotReason.NONE)


def bounded(each: Part) -> Slot:
    if each.value is None:
        return 0, Status.GAP, each.reason or SlotReason.NONE
    if not -5 <= each.value <= 20:
        return 0, Status.GAP, SlotReason.BELOW_MINIMUM if each.value < 0 else SlotReason.ABOVE_MAXIMUM
    return each.value, each.status, SlotReason.NONE


def slot_of(given_parts: list[Part | None], repeats: str) -> Slot | None:
    """What the slot states; None if a row was refused, or if none that counts says anything."""
    parts = [each for each in given_parts if each is not None]
    if not parts or any(each.status is Status.ABSENT for each in parts):
        return None
    if repeats in ("first", "last"):
        version = given_parts[-1 if repeats == "last" else 0]
        return bounded(version or Part(None, Status.GAP, SlotReason.MARKED_MISSING))
    if repeats in ("sum", "sum-any"):
        without = [each for each in parts if each.value is None]
        if without or len(parts) < len(given_parts):
            is_sentinel = any(each.reason is SlotReason.SENTINEL for each in without)
            return 0, Status.GAP, SlotReason.SENTINEL if is_sentinel else SlotReason.MARKED_MISSING
        worst = max(parts, key=lambda each: WORST.index(each.status)).status
        total = sum(each.value or 0 for each in parts)
        beyond = [each.value for each in parts if each.value is not None and not -5 <= each.value <= 20]
        return bounded(Part(max(beyond, default=total), worst, SlotReason.NONE))
    if repeats in ("refuse", "same") and len({parts[0], *parts[1:]} if repeats == "same" else parts) > 1:
        return None
    return bounded(parts[0])


def read(given_rows: list[tuple[int, str, str, int]], repeats: str) -> SourceReadings:
    lines = ["t,v,s,n", *(f"{START + 900 * number},{cell},{s},{n}" for number, cell, s, n in given_rows)]
    with tempfile.TemporaryDirectory() as folder:
        data, toml = Path(folder, "x.csv"), Path(folder, "m.toml")
        data.write_text("\n".join(lines))
        toml.write_text(MAPPING.replace("REPEATS", repeats))
        return read_file(data, load_mapping(toml), now=NOW)


def unlike_most(by_number: dict[int, list[Part | None]]) -> set[int]:
    """The slots without the number of rows that more than half of the slots have."""
    counts = [len(parts) for parts in by_number.values()]
    return {number for number, parts in by_number.items() if 2 * counts.count(len(parts)) <= len(counts)}


@given(rows, st.sampled_from(["refuse", "same", "first", "last", "sum", "sum-any"]))
def test_every_slot_is_what_its_distinct_rows_say(given_rows: list[tuple[int, str, str, int]], repeats: str) -> None:
    distinct = list(dict.fromkeys(given_rows)) if repeats in ("refuse", "same") else given_rows
    by_number = {number: [part(c, s) for n, c, s, _ in distinct if n == number] for number, *_ in distinct}
    expected = {number: slot_of(parts, repeats) for number, parts in by_number.items()}
    unlike = unlike_most(by_number) if repeats == "sum" else set()
    # A sum that a bound makes a gap is refused too: its slot may lack a part all the same.
    unlike = {number for number in unlike if all(each and each.value is not None for each in by_number[number])}
    stated = {number: slot for number, slot in expected.items() if slot is not None and number not in unlike}
    readings = read(given_rows, repeats)

    if not stated:
        assert readings.series == ()
        return
    (series,) = readings.series
    numbers = ((series.starts - START * 1_000) // 900_000).tolist()
    assert (numbers[0], numbers[-1]) == (min(stated), max(stated))
    columns = (series.values.tolist(), series.statuses.tolist(), series.reasons.tolist())
    for number, *found in zip(numbers, *columns, strict=True):
        parts = [each for each in by_number.get(number, []) if each is not None]
        refused = number in unlike or (
            parts and (repeats in ("refuse", "same") or any(each.status is Status.ABSENT for each in parts))
        )
        nothing = (0, Status.ABSENT if refused else Status.GAP, SlotReason.NONE)
        assert tuple(found) == stated.get(number, nothing)
