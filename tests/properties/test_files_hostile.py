"""Whatever the bytes of a file, reading it raises nothing but BadInput and yields at worst rejections."""

from __future__ import annotations

import gzip
import io
import tempfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.bridges.file_world import NOW
from veriwatt.bridges.files.mapping import load_mapping
from veriwatt.bridges.files.read_file import read_file
from veriwatt.errors import BadInput

MAPPING = (
    '[file]\ntimestamp = "t"\nformat = "iso"\nclock = "Europe/London"\n'
    '[[point]]\nid = "{column}"\ncolumn = "*"\nenergy = "heat"\nkind = "instant"\nunit = "GJ"\nslot = "15m"\n'
)
MIDNIGHT = datetime(2024, 3, 10)  # noqa: DTZ001 - a sheet has no zones
TEXT = b't,v,w\n2024-03-10 00:00,1.5,2\n2024-03-10 00:15,,"3"\n2024-03-10 00:30,nan,1e3\n'


def book() -> bytes:
    made = openpyxl.Workbook()
    for row in (["t", "v"], [MIDNIGHT, 1.5], ["2024-03-10 00:15", "2"]):
        made.active.append(row)
    raw = io.BytesIO()
    made.save(raw)
    return raw.getvalue()


def table() -> bytes:
    raw = io.BytesIO()
    pq.write_table(pa.table({"t": [MIDNIGHT], "v": [1.5], "w": ["2"]}), raw)
    return raw.getvalue()


SEEDS = {"text": TEXT, "gzip": gzip.compress(TEXT, mtime=0), "book": book(), "table": table()}


def inconsistencies(raw: bytes, mapping: bytes = MAPPING.encode()) -> list[str]:
    """What is wrong with the readings of these bytes; nothing when they are refused as BadInput."""
    with tempfile.TemporaryDirectory() as folder:
        data, toml = Path(folder, "x.csv"), Path(folder, "m.toml")
        data.write_bytes(raw)
        toml.write_bytes(mapping)
        try:
            readings = read_file(data, load_mapping(toml), now=NOW)
        except BadInput:
            return []
    found = []
    if not readings.series and not readings.rejected:
        found.append("neither read nor rejected")
    if len(readings.rejected) != min(readings.rejected_count, 20):
        found.append(f"{len(readings.rejected)} rejections are listed and {readings.rejected_count} are counted")
    for series in readings.series:
        lengths = [len(each) for each in (series.starts, series.ends, series.values, series.statuses)]
        if len(set(lengths)) > 1 or not lengths[0]:
            found.append(f"columns of lengths {lengths}")
    return found


@given(st.binary(max_size=400))
def test_random_bytes_are_rejected_or_read(raw: bytes) -> None:
    for file in (raw, b"t,v,w\n" + raw, gzip.compress(raw)):
        assert inconsistencies(file) == []


@given(st.text('t,vw\n\r"20:4-13 .eE+nN;\x00é', max_size=300))
def test_garbled_text_is_rejected_or_read(text: str) -> None:
    assert inconsistencies(b"t,v,w\n" + text.encode()) == []


@pytest.mark.parametrize("seed", SEEDS)
@given(data=st.data())
def test_a_flipped_or_cut_file_is_rejected_or_read(seed: str, data: st.DataObject) -> None:
    raw = bytearray(SEEDS[seed])
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    end = data.draw(st.integers(0, len(raw))) if data.draw(st.booleans()) else len(raw)
    assert inconsistencies(bytes(raw[:end])) == []


@given(data=st.data())
def test_a_flipped_mapping_is_refused_or_used(data: st.DataObject) -> None:
    mapping = bytearray(MAPPING.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        mapping[data.draw(st.integers(0, len(mapping) - 1))] = data.draw(st.integers(0, 255))
    assert inconsistencies(TEXT, bytes(mapping)) == []
