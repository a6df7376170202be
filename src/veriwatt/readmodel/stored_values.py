"""Values as the view's tables have them: one that no frame can have stated is damage, and no answer is made of it."""

from __future__ import annotations

from typing import Any

from veriwatt.energy.calendar.wall_clock import HORIZON
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.points.standing import Standing
from veriwatt.model.points.status import STATED
from veriwatt.readmodel.reading_rows import LeftOut, ReadingRows
from veriwatt.units import UtcMillis

LEFT_OUT = """point, start, last, slots, standing, name, n, definition, name_in_force, n_in_force,
    definition_in_force"""
"""The columns of the view's table `left_out` that `as_left_out` takes, in order."""


def as_left_out(point: str, start: int, last: int, slots: int, standing: str, *under: Any) -> LeftOut:
    """Slots left out, from a row of the view; raises Malformed for one that is never written."""
    group, n, definition, group_in_force, n_in_force, in_force = under
    digest = None if in_force is None else Digest(in_force)
    as_times(start, last)
    try:
        found = Standing(standing)
    except ValueError as error:
        raise Malformed(f"{standing!r} is no standing of slots") from error
    return LeftOut(point, start, last, slots, found, group, n, Digest(definition), group_in_force, n_in_force, digest)


def as_times(start: Any, end: Any) -> tuple[UtcMillis, UtcMillis]:
    """Two times of slots, in order; raises Malformed beyond the years of slots."""
    if not HORIZON[0] <= start <= end <= HORIZON[1]:
        raise Malformed(f"{start} to {end} are no times of slots")
    return int(start), int(end)


def check_rows(rows: ReadingRows) -> ReadingRows:
    """Return rows whose values a frame can have stated; raises Malformed otherwise."""
    if len(rows):
        as_times(rows.starts.min(), rows.stops.max())
        if not (rows.starts < rows.stops).all():
            raise Malformed("a slot ends before it starts")
        if rows.statuses.min() < STATED[0] or rows.statuses.max() > STATED[-1]:
            raise Malformed("a status is none that frames state")
        if rows.positions.min() < 0:
            raise Malformed("a position is negative")
    return rows
