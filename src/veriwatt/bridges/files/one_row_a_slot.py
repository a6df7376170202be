"""Several rows of one slot: rejected, unless the mapping says what they are (`repeats`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from veriwatt.bridges.files.cell_texts import CellTexts
from veriwatt.bridges.files.decimals import BAD, LEFT_DIGITS, MARKED, MISSING, SENTINEL
from veriwatt.bridges.files.part_counts import compare_part_counts
from veriwatt.bridges.files.point_rows import Codes, Numbers, PointRows
from veriwatt.bridges.files.point_rule import SUMMED
from veriwatt.bridges.files.timestamps import Cell, TimestampFormat
from veriwatt.counted import counted
from veriwatt.metering.rejections import Rejections
from veriwatt.model.points.status import Status
from veriwatt.units import round_half_even, slot_minutes

_REMEDY = (
    'if such rows are parts of one amount, write repeats = "sum"; if versions, "first" or "last"; if copies, "same"'
)
_PARTS_REMEDY = (
    "so its sum may lack a part, or have one twice: correct the file; a row without a value makes the slot a gap; "
    'if slots have any number of parts, as of deliveries, write repeats = "sum-any"'
)
_NO_TIME_OF_DAY = (
    "the timestamps have no time of the day, and a slot is shorter than a day: if another column holds the time, "
    "join both in one column of the file and name it in `timestamp`, with its `format`; otherwise, "
)

_MOST_SUM = 2**63 - 16
_FROM_MEASURED = np.zeros(256, np.uint8)
_FROM_MEASURED[[Status.MEASURED, Status.MANUAL, Status.ESTIMATED]] = (0, 1, 2)
_STATUS_OF_PARTS = np.array([Status.MEASURED, Status.MANUAL, Status.ESTIMATED], np.uint8)
"""A sum is estimated if a part is, and manual if a part is and none is estimated."""


def one_row_a_slot(rows: PointRows, rejections: Rejections, texts: CellTexts, format: TimestampFormat) -> PointRows:
    """The rows in order of their slots, with one row for each slot, whose mantissa is `BAD` if a row was rejected.

    `texts` and the `format` of timestamps are for the messages.
    """
    if (np.diff(rows.slots) > 0).all():
        return _with_value(rows)
    ordered = rows.part(np.argsort(rows.slots, kind="stable"))
    edges = np.flatnonzero(np.diff(ordered.slots, prepend=ordered.slots[0] - 1))
    sizes = np.diff(edges, append=len(ordered.slots))
    repeats = rows.column.rule.repeats
    if repeats in SUMMED:
        done = _sums(ordered, edges, rejections)
        if repeats == "sum":
            _reject_unlike(done, sizes, rejections)
    else:
        done = ordered.part(edges + sizes - 1 if repeats == "last" else edges)
        done.mantissas[_takes_back(ordered, edges, done)] = MARKED
    bad = np.logical_or.reduceat(ordered.mantissas == BAD, edges)
    if repeats in ("refuse", "same"):
        bad |= _reject(ordered, edges, sizes, rejections, texts, format)
    done.mantissas[bad] = BAD
    return _with_value(done)


def _takes_back(rows: PointRows, edges: NDArray[np.intp], counting: PointRows) -> NDArray[np.bool_]:
    """The slots of which the version that counts has no value, and another says more: it states that there is none."""
    takes: NDArray[np.bool_] = np.logical_or.reduceat(rows.mantissas != MISSING, edges)
    takes &= counting.mantissas == MISSING
    return takes


def _with_value(rows: PointRows) -> PointRows:
    """The rows without those that have no value; their slots are blank."""
    is_blank = rows.mantissas == MISSING
    return replace(rows.part(~is_blank), blank=np.concatenate((rows.blank, rows.slots[is_blank])))


def _reject(
    rows: PointRows,
    edges: NDArray[np.intp],
    sizes: NDArray[np.intp],
    rejections: Rejections,
    texts: CellTexts,
    format: TimestampFormat,
) -> NDArray[np.bool_]:
    """Reject the rows after the first of each slot, with "same" only those that differ; return which slots have any."""
    first = np.repeat(edges, sizes)
    rejected = np.arange(len(first)) != first
    if rows.column.rule.repeats == "same":
        another_status = (rows.mantissas > MARKED) & (rows.statuses != rows.statuses[first])
        rejected &= (rows.mantissas != rows.mantissas[first]) | another_status
    at = np.flatnonzero(rejected)
    at = at[np.argsort(rows.lines[at], kind="stable")]
    name, within_day = rows.column.name, slot_minutes(rows.column.rule.grid.slot) is not None

    def each() -> Iterator[tuple[int, str, object, str]]:
        values, times = texts.values(rows.lines[at], rows.column.index), texts.timestamps(rows.lines[at])
        suspects = (
            _NO_TIME_OF_DAY if within_day and not any(_tells_slots(cell, format) for cell in times.values()) else ""
        )
        for i in at.tolist():
            line = int(rows.lines[i])
            why = f"a second row for its slot, beside line {rows.lines[first[i]]}; {suspects}{_REMEDY}"
            yield line, name, values[line], why

    if len(at):
        rejections.add_many(len(at), each())
    found: NDArray[np.bool_] = np.logical_or.reduceat(rejected, edges)
    return found


def _tells_slots(cell: Cell, format: TimestampFormat) -> bool:
    """Whether a timestamp has a time of the day; in a table, midnight may be that of a column of dates."""
    return format.has_time(cell) and not (isinstance(cell, datetime) and cell.time() == time())


def _sums(rows: PointRows, edges: NDArray[np.intp], rejections: Rejections) -> PointRows:
    """One row for each slot, with the sum of its rows; it has no value if one of them has none."""
    whole = rows.mantissas > MARKED
    values = np.where(whole, rows.mantissas, 0)
    if len(values) * int(np.abs(values).max()) > _MOST_SUM:
        values = values.astype(object)
    sums, left = _rounded_once(rows, whole, edges, np.add.reduceat(values, edges))
    too_large = np.flatnonzero(np.abs(sums) > _MOST_SUM)
    done = rows.part(edges)
    name, definition = rows.column.name, rows.column.definition
    why = "the sum of the rows of its slot is too large for the resolution; give a coarser `resolution`"
    each = ((int(done.lines[i]), name, definition.value(int(sums[i])), why) for i in too_large.tolist())
    rejections.add_many(len(too_large), each)
    sums[too_large] = BAD
    nothing = np.logical_and.reduceat(rows.mantissas == MISSING, edges)
    partly = ~np.logical_and.reduceat(whole, edges)
    sentinel = np.logical_or.reduceat(rows.mantissas == SENTINEL, edges)
    sums = _bounded(rows, whole, edges, sums)
    mantissas: Numbers = np.where(partly, np.where(sentinel, SENTINEL, MARKED), sums.astype(np.int64))
    mantissas[nothing] = MISSING
    statuses: Codes = _STATUS_OF_PARTS[np.maximum.reduceat(_FROM_MEASURED[rows.statuses], edges)]
    return replace(done, mantissas=mantissas, statuses=statuses, left=left)


def _rounded_once(
    rows: PointRows, whole: NDArray[np.bool_], edges: NDArray[np.intp], sums: NDArray[Any]
) -> tuple[NDArray[Any], Numbers | None]:
    """The sums of what the parts were before each was rounded, each sum rounded to a step; and what that left out."""
    if rows.left is None:
        return sums, None
    parts = np.where(whole, rows.left, 0)
    if len(parts) * int(np.abs(parts).max()) > _MOST_SUM:
        parts = parts.astype(object)
    left, several = np.add.reduceat(parts, edges), np.diff(edges, append=len(rows.slots)) > 1
    sums, unit, step = sums.astype(object), 10**LEFT_DIGITS, rows.column.definition.step
    for i in np.flatnonzero(several & (left != 0)).tolist():
        exact = int(sums[i]) * unit + int(left[i])
        sums[i] = round_half_even(exact, step * unit) * step
        left[i] = exact - sums[i] * unit
    return sums, left.astype(np.int64)


def _reject_unlike(sums: PointRows, counts: NDArray[np.intp], rejections: Rejections) -> None:
    """Reject the sums of slots with another number of rows than most slots have; slots without a value stay."""
    agrees, expected = compare_part_counts(counts, sums.slots, sums.column.rule.grid)
    at = np.flatnonzero(~agrees & (sums.mantissas > MARKED))
    at = at[np.argsort(sums.lines[at], kind="stable")]
    name, definition = sums.column.name, sums.column.definition

    def each() -> Iterator[tuple[int, str, object, str]]:
        for i in at.tolist():
            usual = "and no number is that of most slots" if expected is None else f"not {expected[i]} as most slots"
            why = f"its slot has {counted(int(counts[i]), 'row', 'rows')}, {usual}, {_PARTS_REMEDY}"
            yield int(sums.lines[i]), name, definition.value(int(sums.mantissas[i])), why

    if len(at):
        rejections.add_many(len(at), each())
        sums.mantissas[at] = BAD


def _bounded(rows: PointRows, whole: NDArray[np.bool_], edges: NDArray[np.intp], sums: Numbers) -> Numbers:
    """The sums; but in the place of one with a part that no bounded amount has, that part, which is no reading either.

    A part lies between nothing and the amount: one below a minimum above zero is none the worse for it.
    """
    lowest, highest, sums = rows.column.definition.lowest, rows.column.definition.highest, sums.copy()
    parts = np.where(whole, rows.mantissas, 0)
    if lowest is not None:
        least = np.minimum.reduceat(parts, edges)
        sums[least < min(lowest, 0)] = least[least < min(lowest, 0)]
    if highest is not None:
        most = np.maximum.reduceat(parts, edges)
        sums[most > max(highest, 0)] = most[most > max(highest, 0)]
    return sums
