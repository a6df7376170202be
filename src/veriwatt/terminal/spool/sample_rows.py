"""Samples as rows of a spool: the SQL that writes and reads them, and the conversion of rows."""

from __future__ import annotations

import sqlite3
from typing import Any

import numpy as np

from veriwatt.terminal.drivers.base import GapReason
from veriwatt.terminal.sampling.samples import Sample, SampleColumns
from veriwatt.terminal.spool.spool_errors import SpoolMoved

SAMPLE_COLUMNS = "point, slot_start, slot_end, value, status, collected_at, reason, flags"
ADD_SAMPLE = """
INSERT INTO samples (point, slot_start, slot_end, value, status, collected_at, reason, flags)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
WHERE NOT EXISTS (SELECT 1 FROM points WHERE point = ?1 AND framed_to >= ?3)
ON CONFLICT (point, slot_start) DO UPDATE SET
    value = excluded.value, status = excluded.status, collected_at = excluded.collected_at,
    reason = NULL, flags = excluded.flags
WHERE samples.value IS NULL AND excluded.value IS NOT NULL
"""
ADVANCE_POINT = """
INSERT INTO points (point, newest_end, register, register_at) VALUES (?, ?, ?, ?)
ON CONFLICT (point) DO UPDATE SET
    newest_end = max(newest_end, excluded.newest_end),
    register = iif(register_at >= excluded.register_at, register, ifnull(excluded.register, register)),
    register_at = max(ifnull(register_at, excluded.register_at), ifnull(excluded.register_at, register_at))
"""
DROP_OLD_REGISTERS = """
DELETE FROM registers WHERE point = ?1 AND at < (
    SELECT at FROM registers WHERE point = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2)
"""
UNFRAMED = """
SELECT id, slot_start, slot_end, value, status, reason, collected_at FROM samples
WHERE point = ? AND slot_end <= ? ORDER BY slot_start
"""
RESTATE = """
INSERT INTO samples (point, slot_start, slot_end, value, status, collected_at, reason, flags)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (point, slot_start) DO NOTHING
"""
PUT_ASIDE_SAMPLE = "INSERT INTO put_aside VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
TAKE_BACK = """
INSERT INTO samples (point, slot_start, slot_end, value, status, collected_at, reason, flags)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (point, slot_start) DO UPDATE SET
    value = NULL, status = excluded.status, collected_at = excluded.collected_at,
    reason = excluded.reason, flags = excluded.flags
"""


def row_of(sample: Sample) -> tuple[object, ...]:
    reason = None if sample.reason is None else sample.reason.value
    return (
        sample.point,
        sample.start,
        sample.end,
        sample.value,
        sample.status,
        sample.collected_at,
        reason,
        sample.flags,
    )


def point_row(sample: Sample) -> tuple[object, ...]:
    return sample.point, sample.end, sample.register, None if sample.register is None else sample.end


def columns_of(point: str, rows: list[tuple[Any, ...]]) -> SampleColumns:
    ids, starts, ends, values, statuses, reasons, collected = zip(*rows, strict=True)
    return SampleColumns(
        point=point,
        ids=np.array(ids, np.int64),
        starts=np.array(starts, np.int64),
        ends=np.array(ends, np.int64),
        values=np.array([value or 0 for value in values], np.int64),
        statuses=np.array(statuses, np.uint8),
        reasons=np.array([0 if text is None else GapReason(text).slot_reason for text in reasons], np.uint8),
        collected_at=np.array(collected, np.int64),
    )


def consume(db: sqlite3.Connection, columns: SampleColumns) -> None:
    """Delete exactly these rows and close their slots; raises SpoolMoved when one changed since it was read."""
    rows = list(zip(columns.ids.tolist(), columns.statuses.tolist(), strict=True))
    before = db.total_changes
    db.executemany("DELETE FROM samples WHERE id = ? AND status = ?", rows)
    if db.total_changes - before != len(rows):
        raise SpoolMoved(f"samples of point {columns.point!r} were framed or replaced since they were read")
    if rows:
        db.execute(
            "UPDATE points SET framed_to = max(framed_to, ?) WHERE point = ?", (int(columns.ends.max()), columns.point)
        )
