"""What a point's rows state of their slots: a value, or a gap for a reason. A value out of bounds is no reading."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from veriwatt.bridges.files.decimals import MARKED, SENTINEL
from veriwatt.bridges.files.point_rows import Codes, Numbers, PointRows
from veriwatt.metering.stated_gaps import StatedGaps
from veriwatt.model.points.status import SlotReason, Status


@dataclass(frozen=True, slots=True)
class StatedSlots:
    """One entry for each row: the value, 0 for a gap; the status; and the reason of a gap. `gaps` counts these."""

    values: Numbers
    statuses: Codes
    reasons: Codes
    gaps: tuple[StatedGaps, ...]


def stated_slots(rows: PointRows) -> StatedSlots:
    """What the rows state; each is the only one of its slot, and none was rejected."""
    definition, mantissas = rows.column.definition, rows.mantissas
    reasons = np.zeros(len(mantissas), np.uint8)
    if definition.lowest is not None:
        reasons[mantissas < definition.lowest] = SlotReason.BELOW_MINIMUM
    if definition.highest is not None:
        reasons[mantissas > definition.highest] = SlotReason.ABOVE_MAXIMUM
    reasons[mantissas == SENTINEL] = SlotReason.SENTINEL
    reasons[mantissas == MARKED] = SlotReason.MARKED_MISSING
    is_gap = reasons > 0
    values, statuses = np.where(is_gap, 0, mantissas), np.where(is_gap, np.uint8(Status.GAP), rows.statuses)
    found = map(SlotReason, np.unique(reasons[is_gap]).tolist())
    return StatedSlots(values, statuses, reasons, tuple(_gaps(rows.part(reasons == each), each) for each in found))


def _gaps(rows: PointRows, reason: SlotReason) -> StatedGaps:
    """The gaps of rows that all state one for the same reason."""
    first, definition = int(np.argmin(rows.lines)), rows.column.definition
    mantissa = int(rows.mantissas[first])
    value = f"{definition.value(mantissa)} {definition.unit}" if mantissa > MARKED else ""
    return StatedGaps(reason, len(rows.lines), int(rows.lines[first]), rows.column.name, value)
