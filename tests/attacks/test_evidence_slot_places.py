"""A slot has one place in a frame: which slots there are follows from calendar and definition, not from the signer.

The enterprise signs whatever columns and windows it likes, and its log host anchors them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.attacks.evidence_cases import EvidenceReader, anchored_days
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.reading_claim import ReadingClaim
from veriwatt.model.frames.columns import Column
from veriwatt.testing.edits import edit_reading, replace
from veriwatt.testing.worlds import FIRST_DAY, PLANT
from veriwatt.units import DAY, HOUR, MINUTE, Interval


@pytest.fixture
def reader(tmp_path: Path) -> EvidenceReader:
    return anchored_days(tmp_path)


def columns(reader: EvidenceReader, window: Interval, length: int) -> list[Column]:
    """Columns whose slots last `length` ms, whatever the definitions say."""
    starts = np.arange(window.start, window.end, length, dtype=np.int64)
    codes = np.ones(len(starts), np.uint8)
    return [
        Column(definition.id, starts, starts + length, np.arange(len(starts)), codes)
        for definition in reader.world.groups[PLANT]
    ]


def anchored(reader: EvidenceReader, window: Interval, lying: list[Column], start: int) -> Evidence[ReadingClaim]:
    """Evidence of the slot that starts at `start`, from a frame with these columns in this window."""
    world = reader.world
    made = world.made(window, {PLANT: lying})
    world.append(made)
    world.anchor()
    return world.shown(made, lying, replace(world.claim(0, 0), start=start))


@pytest.mark.parametrize("length", [MINUTE * 15 // 2, MINUTE, 2 * HOUR, DAY])
def test_a_day_has_as_many_slots_as_its_calendar(reader: EvidenceReader, length: int) -> None:
    """192 half-quarters in a day's column: the second half would state each slot once more."""
    window = reader.world.window(2)
    assert reader.step_that_refuses(anchored(reader, window, columns(reader, window, length), window.start)) == 12


def test_both_halves_of_a_double_column_are_refused(reader: EvidenceReader) -> None:
    window = reader.world.window(2)
    single = reader.world.columns(2)[PLANT]
    double = [
        replace(
            column,
            starts=np.tile(column.starts, 2),
            ends=np.tile(column.ends, 2),
            values=np.concatenate((column.values, column.values + 1)),
            codes=np.tile(column.codes, 2),
        )
        for column in single
    ]
    shown = anchored(reader, window, double, window.start)
    assert reader.step_that_refuses(shown) == 12
    for slot in (41, 95):
        assert reader.step_that_refuses(edit_reading(shown, slot=reader.world.claim(2, slot))) == 12


def test_slots_of_a_millisecond_are_refused(reader: EvidenceReader) -> None:
    window = Interval(FIRST_DAY + 2 * DAY, FIRST_DAY + 2 * DAY + 96)
    assert reader.step_that_refuses(anchored(reader, window, columns(reader, window, 1), window.start)) == 12


@pytest.mark.parametrize(("days", "length"), [(25, 25 * DAY), (30, 15 * MINUTE), (2, 15 * MINUTE)])
def test_a_window_lies_in_one_key_window(reader: EvidenceReader, days: int, length: int) -> None:
    """A day of 25 days; a window of 30 days, that begins while a definition was in force which has been replaced."""
    reader.world.clock.advance_to(FIRST_DAY + 40 * DAY)
    window = Interval(FIRST_DAY + 2 * DAY, FIRST_DAY + (2 + days) * DAY)
    assert reader.step_that_refuses(anchored(reader, window, columns(reader, window, length), window.start)) == 12


def test_a_window_that_begins_between_two_slots_has_only_whole_ones(reader: EvidenceReader) -> None:
    """Slots shifted by seven minutes: each value would be stated for another quarter of an hour."""
    window = Interval(FIRST_DAY + 2 * DAY + 7 * MINUTE, FIRST_DAY + 2 * DAY + 7 * MINUTE + 8 * HOUR)
    lying = columns(reader, window, 15 * MINUTE)
    assert reader.step_that_refuses(anchored(reader, window, lying, window.start)) == 12
