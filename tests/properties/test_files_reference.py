"""The reader of files agrees with a slow reference that reads the rows into a dict."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.bridges.file_world import NOW
from veriwatt.bridges.files import row_source
from veriwatt.bridges.files.mapping import load_mapping
from veriwatt.bridges.files.read_file import read_file
from veriwatt.metering.series import SourceReadings
from veriwatt.model.points.status import Status

START = datetime(2024, 3, 10, tzinfo=UTC)
MINUTES = {"1m": 1, "15m": 15, "1h": 60}
MISSING = ("", "-")

values = st.one_of(
    st.sampled_from([*MISSING, "x", "nan", "1e16", "0", "-0", "0.05", "1e1"]),
    st.decimals(-(10**6), 10**6, places=2).map(str),
    st.integers(-(10**9), 10**9).map(str),
)
rows = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9), values), min_size=1, max_size=60)


@dataclass(frozen=True)
class Reference:
    """Value by slot number, the slots between first and last that are left absent, and the lines that are rejected."""

    known: dict[int, Decimal]
    absent: set[int]
    refused: list[int]


def reference(given_rows: list[tuple[int, int, str]], step: Decimal, rounded: bool) -> Reference:
    lines: dict[tuple[int, str], int] = {}
    refused, unplaced = list[int](), list[int]()
    for line, (number, off, text) in enumerate(given_rows, 2):
        if text in MISSING:
            continue
        if off == 0:
            refused.append(line)
            unplaced.append(line)
        if exact(text, step, rounded) is None:
            refused.append(line)
        if off:
            lines.setdefault((number, text), line)
    placed = [(line, number, exact(text, step, rounded)) for (number, text), line in lines.items()]
    by_slot = {n: [(line, value) for line, number, value in placed if number == n] for _, n, _ in placed}
    refused += [line for rows in by_slot.values() for line, _ in rows[1:]]
    known = {n: rows[0][1] for n, rows in by_slot.items() if len(rows) == 1 and rows[0][1] is not None}
    absent = by_slot.keys() - known.keys()
    order = [number for _, number, _ in placed]
    in_order = order in (sorted(order), sorted(order, reverse=True))
    for line in unplaced:
        before = [number for each, number, _ in placed if each < line]
        after = [number for each, number, _ in placed if each > line]
        if not in_order:
            absent |= set(range(100)) - known.keys()
        elif before and after:
            low, high = sorted((before[-1], after[0]))
            absent |= set(range(low + 1, high)) - known.keys()
    return Reference(known, absent, sorted(refused))


def exact(text: str, step: Decimal, rounded: bool) -> Decimal | None:
    if text in {*MISSING, "x", "nan", "1e16"}:
        return None
    steps = Decimal(text) / step
    whole = steps.to_integral_value(ROUND_HALF_EVEN)
    return whole * step if rounded or whole == steps else None


def read(given_rows: list[tuple[int, int, str]], slot: str, step: str, rounded: bool, batch: int) -> SourceReadings:
    """Read the rows as a file; `off == 0` puts a timestamp off the grid."""
    lines = ["t,v"]
    for number, off, text in given_rows:
        at = START + timedelta(minutes=number * MINUTES[slot], seconds=0 if off else 1)
        lines.append(f"{int(at.timestamp())},{text}")
    with tempfile.TemporaryDirectory() as folder:
        data, toml = Path(folder, "x.csv"), Path(folder, "m.toml")
        data.write_text("\n".join(lines))
        toml.write_text(
            '[file]\ntimestamp = "t"\nformat = "unix_s"\nmissing = ["", "-"]\n'
            '[[point]]\nid = "p"\ncolumn = "v"\nenergy = "heat"\nkind = "interval"\nunit = "GJ"\n'
            f'slot = "{slot}"\ntimezone = "UTC"\nresolution = "{step}"\nround = {str(rounded).lower()}\n'
        )
        before, row_source.BATCH_ROWS = row_source.BATCH_ROWS, batch
        try:
            return read_file(data, load_mapping(toml), now=NOW)
        finally:
            row_source.BATCH_ROWS = before


steps = st.sampled_from(["1", "0.01", "0.05", "2"])


@given(rows, st.sampled_from(sorted(MINUTES)), steps, st.booleans(), st.integers(1, 99))
def test_readings_gaps_and_rejections_are_those_of_the_slow_reference(
    given_rows: list[tuple[int, int, str]], slot: str, step: str, rounded: bool, batch: int
) -> None:
    expected = reference(given_rows, Decimal(step), rounded)
    known, refused = expected.known, expected.refused
    readings = read(given_rows, slot, step, rounded, batch)
    shown = [r.line for r in readings.rejected]

    if not known and not refused:
        assert ["no data row" in r.why for r in readings.rejected] == [True]
        return
    assert (readings.rejected_count, shown) == (len(refused), refused[:20])
    if not known:
        assert readings.series == ()
        return
    (series,) = readings.series
    length = MINUTES[slot] * 60_000
    origin = int(START.timestamp()) * 1000
    numbers = range(min(known), max(known) + 1)
    assert series.starts.tolist() == [origin + n * length for n in numbers]
    status = {
        n: Status.MEASURED if n in known else Status.ABSENT if n in expected.absent else Status.GAP for n in numbers
    }
    assert series.statuses.tolist() == [status[n] for n in numbers]
    assert {
        (int(t) - origin) // length: Decimal(str(series.definition.value(int(v))))
        for t, v, s in zip(series.starts, series.values, series.statuses, strict=True)
        if s == Status.MEASURED
    } == known
