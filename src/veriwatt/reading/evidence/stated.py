"""Whether frames state slots of a period: without one there is no evidence, and a period that has some is named."""

from __future__ import annotations

from veriwatt.errors import NotFound
from veriwatt.metering.slots import grid_of
from veriwatt.model.evidence.period_claim import LONGEST_PERIOD
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.units import Interval


def check_stated(view: ReadingsView, org: str, definition: PointDefinition, period: Interval) -> None:
    """Raise NotFound unless frames state a slot in the period or, of a register, one that the period cuts.

    The message names the slot to ask for: the one that the period cuts, the last before it, or else the first; its
    reading, where it is longer than a period may be.
    """
    grid, point = grid_of(definition.timezone, definition.slot, definition.day_begins), definition.id
    low, high = grid.slot_at(period.start).start, grid.slot_at(period.end - 1).end
    rows, why = view.read(org, point, low, high), f"no whole slot of point {point!r} lies in this period"
    whole = (rows.starts >= period.start) & (rows.stops <= period.end)
    if whole.any() or (len(rows) and definition.kind is Kind.REGISTER):
        return
    if not len(rows):
        why = f"no frame states a slot of point {point!r} in this period"
        span = view.span(org, point)
        if span is None:
            raise NotFound(why)
        rows = view.read(org, point, *span)
        rows = rows.part(slice(max(0, int((rows.stops <= period.start).sum()) - 1), None))
    if rows.stops[0] - rows.starts[0] > LONGEST_PERIOD:
        start = grid.zone.rfc3339(int(rows.starts[0]))
        raise NotFound(f"{why}; no period of evidence holds its slots: ask for evidence of the reading of {start}")
    start, end = (grid.zone.rfc3339(int(each)) for each in (rows.starts[0], rows.stops[0]))
    raise NotFound(f"{why}; ask for one from {start} to {end}")
