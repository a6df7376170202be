"""Local time: zones, slot grids, calendar periods. Spec: docs/spec/slots-and-periods.md."""

from veriwatt.energy.calendar.grid import Grid
from veriwatt.energy.calendar.parse_time import parse_time
from veriwatt.energy.calendar.periods import (
    check_every,
    finer_than_slot,
    more_periods_than,
    most_periods,
    period_edges,
    periods,
)
from veriwatt.energy.calendar.zone import Zone

__all__ = [
    "Grid",
    "Zone",
    "check_every",
    "finer_than_slot",
    "more_periods_than",
    "most_periods",
    "parse_time",
    "period_edges",
    "periods",
]
