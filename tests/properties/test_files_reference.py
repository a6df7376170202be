"""The reader of files agrees with a slow reference that reads the rows into a dict."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

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


def reference(
    given_rows: list[tuple[int, int, str]], slot: int, step: Decimal, rounded: bool
) -> tuple[dict[int, Decimal], set[int]]:
    """Value by slot number, and the lines that are rejected."""
    known: dict[int, Decimal] = {}
    refused: set[int] = set()
    for line, (number, off, text) in enumerate(given_rows, 2):
        value = exact(text, step, rounded)
        if text in MISSING:
            continue
        if off == 0 or value is None or known.setdefault(number, value) != value:
            refused.add(line)
    return known, refused


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
            return read_file(data, load_mapping(toml))
        finally:
            row_source.BATCH_ROWS = before


steps = st.sampled_from(["1", "0.01", "0.05", "2"])


@given(rows, st.sampled_from(sorted(MINUTES)), steps, st.booleans(), st.integers(1, 99))
def test_readings_gaps_and_rejections_are_those_of_the_slow_reference(
    given_rows: list[tuple[int, int, str]], slot: str, step: str, rounded: bool, batch: int
) -> None:
    known, refused = reference(given_rows, MINUTES[slot], Decimal(step), rounded)
    readings = read(given_rows, slot, step, rounded, batch)
    shown = [r.line for r in readings.rejected]

    if not known and not refused:
        assert ["no data row" in r.why for r in readings.rejected] == [True]
        return
    assert set(shown) <= refused
    assert (len(set(shown)) == len(refused)) or len(shown) == 20
    assert shown == sorted(shown)
    if not known:
        assert readings.series == ()
        return
    (series,) = readings.series
    length = MINUTES[slot] * 60_000
    origin = int(START.timestamp()) * 1000
    assert series.starts.tolist() == [origin + n * length for n in range(min(known), max(known) + 1)]
    assert [s == Status.MEASURED for s in series.statuses] == [n in known for n in range(min(known), max(known) + 1)]
    assert {
        (int(t) - origin) // length: Decimal(str(series.definition.value(int(v))))
        for t, v, s in zip(series.starts, series.values, series.statuses, strict=True)
        if s == Status.MEASURED
    } == known
