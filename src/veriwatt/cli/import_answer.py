"""The answer of `veriwatt import`, as JSON and as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from veriwatt.counted import counted
from veriwatt.energy.calendar import Zone
from veriwatt.importing.import_readings import Imported
from veriwatt.importing.plan import MovedBeginning
from veriwatt.importing.planned_points import PlannedPoint, ReadSlot
from veriwatt.metering.rejections import Rejection
from veriwatt.metering.rounding import RoundedPoint
from veriwatt.metering.stated_gaps import StatedGaps
from veriwatt.metering.step_totals import STEP_KINDS
from veriwatt.metering.totals import Total
from veriwatt.model.points.status import STATED, SlotReason, Status
from veriwatt.units import Decimal10
from veriwatt.web.figure_marks import figure_marks, no_value

_STATED_GAPS = {
    SlotReason.SENTINEL: ("sentinel is a gap", "sentinels are gaps"),
    SlotReason.BELOW_MINIMUM: ("value below its minimum is a gap", "values below their minimum are gaps"),
    SlotReason.ABOVE_MAXIMUM: ("value above its maximum is a gap", "values above their maximum are gaps"),
    SlotReason.MARKED_MISSING: ("slot marked as having no value is a gap", "slots marked as having no value are gaps"),
}

MOST_SHOWN = 12
"""Points, and months of a point, that the text of a dry run shows; JSON has all."""


def imported_json(done: Imported) -> dict[str, Any]:
    return {
        "sheet": done.sheet,
        "frames": done.frames,
        "unanchored": done.unanchored,
        "slots": _counts(done.slots),
        "rejected": [rejection_json(r) for r in done.rejected],
        "rejected_count": done.rejected_count,
        "repeated": done.repeated,
        "not_ended": done.not_ended,
        "without_value": done.without_value,
        "set_aside": done.set_aside,
        "blanks_beyond": done.blanks_beyond,
        "stated_gaps": _gaps_json(done.stated_gaps),
        "rounded": [_rounded_json(rounded) for rounded in done.rounded],
        "gaps_over_values": done.gaps_over_values,
        "blanks_over_values": done.blanks_over_values,
        "begins_earlier": [_moved_json(moved) for moved in done.moved],
    }


def _gaps_json(gaps: Sequence[StatedGaps]) -> dict[str, Any]:
    """Of each reason the number of gaps, and the first of them; `value` is null where the source states none."""
    return {
        each.reason.name.lower(): {
            "count": each.count,
            "first": {"line": each.line, "field": each.field, "value": each.value or None},
        }
        for each in gaps
    }


def _rounded_json(rounded: RoundedPoint) -> dict[str, Any]:
    """The totals are null unless the point has amounts."""
    return {
        "point": rounded.point,
        "count": rounded.count,
        "to_zero": rounded.to_zero,
        "total_read": _plain(rounded.read),
        "total": None if rounded.stored is None else str(rounded.stored),
        "unit": rounded.unit,
    }


def _plain(value: Decimal10 | None) -> str | None:
    return None if value is None else str(value.normal())


def _moved_json(moved: MovedBeginning) -> dict[str, Any]:
    was, begins = map(Zone.parse(moved.definition.timezone).rfc3339, (moved.was, moved.begins))
    return {"point": moved.definition.id, "group": moved.group, "was": was, "effective_from": begins}


def rejection_json(r: Rejection) -> dict[str, Any]:
    return {"file": r.source, "line": r.line, "field": r.field, "value": r.value, "why": r.why}


def plan_json(done: Imported, points: Sequence[PlannedPoint]) -> dict[str, Any]:
    """The answer of a dry run: that of the import, and each point as it was read."""
    return imported_json(done) | {"dry_run": True, "points": [_point_json(point) for point in points]}


def imported_text(done: Imported) -> str:
    slots = _slots_text(done.slots) or "nothing new"
    nothing = done.rejected_count and not done.frames
    final = " and anchored" if not done.unanchored else ""
    lines = [
        "nothing was imported" if nothing else f"{counted(done.frames, 'frame', 'frames')} accepted{final}: {slots}"
    ]
    if done.unanchored:
        wait = counted(done.unanchored, "frame waits", "frames wait")
        lines.append(f"{wait} for an anchor: the running node makes it after the ledger's next block")
    return "\n".join(lines + _notes(done))


def plan_text(done: Imported, points: Sequence[PlannedPoint]) -> str:
    refused = done.rejected_count and not done.in_part
    would = "would be refused whole" if refused else f"would write {_slots_text(done.slots) or 'nothing new'}"
    lines = [f"dry run, nothing was written: the import {would}", *_notes(done)]
    for point in points[:MOST_SHOWN]:
        lines += _point_text(point)
    if len(points) > MOST_SHOWN:
        lines.append(f"and {counted(len(points) - MOST_SHOWN, 'more point', 'more points')}: --json has all")
    return "\n".join(lines)


def _counts(slots: Mapping[Status, int]) -> dict[str, int]:
    return {status.name.lower(): slots[status] for status in STATED}


def _slots_text(slots: Mapping[Status, int]) -> str:
    return ", ".join(f"{slots[status]:,} {status.name.lower()}" for status in STATED if slots[status])


def _notes(done: Imported) -> list[str]:
    lines = [] if done.sheet is None else [f"read from the sheet {done.sheet!r}"]
    if done.repeated:
        lines.append(f"{counted(done.repeated, 'row repeats', 'rows repeat')} another row in every field: left out")
    if done.not_ended:
        lines.append(
            f"{counted(done.not_ended, 'row', 'rows')} of a slot that has not ended: left out; import again when it has"
        )
    if done.without_value:
        rows = counted(done.without_value, "row", "rows")
        lines.append(f"{rows} without a value for a slot of which another row says more: left out")
    if done.set_aside:
        rows = counted(done.set_aside, "row", "rows")
        lines.append(f"{rows} set aside, as `repeats` says, for another row of their slot")
    if done.blanks_beyond:
        cells = counted(done.blanks_beyond, "cell", "cells")
        lines.append(f"{cells} without a value before the first reading of a point or after its last: nothing stated")
    for gaps in done.stated_gaps:
        first = ": ".join(filter(None, (gaps.field, gaps.value)))
        lines.append(f"{counted(gaps.count, *_STATED_GAPS[gaps.reason])}; the first in line {gaps.line}: {first}")
    lines += map(_rounded_text, done.rounded[:MOST_SHOWN])
    if len(done.rounded) > MOST_SHOWN:
        lines.append(f"and so {counted(len(done.rounded) - MOST_SHOWN, 'more point', 'more points')}: --json has all")
    if done.gaps_over_values:
        slots = counted(done.gaps_over_values, "slot has a recorded value", "slots have recorded values")
        lines.append(
            f"{slots} where the file marks that there is none: not taken, the values stay; "
            "`veriwatt correct` states another value"
        )
    if done.blanks_over_values:
        slots = counted(done.blanks_over_values, "slot has a recorded value", "slots have recorded values")
        lines.append(f"{slots} where the file has a cell without one: not taken, the values stay")
    for moved in map(_moved_json, done.moved[:MOST_SHOWN]):
        lines.append(
            f"{moved['point']}: the file begins earlier, so its definition holds from {moved['effective_from']} on, "
            f"not from {moved['was']}"
        )
    if len(done.moved) > MOST_SHOWN:
        lines.append(f"and so {counted(len(done.moved) - MOST_SHOWN, 'more point', 'more points')}: --json has all")
    lines += map(str, done.rejected)
    if (more := done.rejected_count - len(done.rejected)) > 0:
        lines.append(f"and {counted(more, 'more problem', 'more problems')}; --rejects FILE writes all")
    return lines


def _rounded_text(rounded: RoundedPoint) -> str:
    values = counted(rounded.count, "value was rounded", "values were rounded")
    zeros = f", {rounded.to_zero:,} of them to 0" if rounded.to_zero else ""
    if rounded.read is None:
        return f"{rounded.point}: {values} to its resolution{zeros}"
    totals = f"the values read are {_plain(rounded.read)} {rounded.unit} in all, those stored {rounded.stored}"
    return f"{rounded.point}: {values} to its resolution{zeros}: {totals}"


def _point_json(point: PlannedPoint) -> dict[str, Any]:
    definition, stamp = point.definition, point.zone.rfc3339

    def slot(read: ReadSlot) -> dict[str, Any]:
        value = None if read.value is None else str(read.value)
        status = read.status.name.lower()
        return {"line": read.line, "start": stamp(read.start), "end": stamp(read.end), "value": value, "status": status}

    return {
        "id": definition.id,
        "group": point.group,
        "energy": definition.energy,
        "kind": definition.kind.value,
        "unit": definition.unit,
        "slot": definition.slot,
        "timezone": definition.timezone,
        "new": _counts(point.new_slots),
        "read": _counts(point.read_slots) | {"refused": point.read_slots[Status.ABSENT]},
        "stated_gaps": _gaps_json(point.stated_gaps),
        "first": slot(point.first),
        "last": slot(point.last),
        "months": [_month(point, *each) for each in zip(point.months, point.unrounded, strict=True)],
    }


def _month(point: PlannedPoint, month: Total, unrounded: Decimal10 | None) -> dict[str, Any]:
    """The total of a month by the names of figures; `steps` is null but for a register.

    `value_read` is the total before values were rounded, null where none was.
    """
    return {
        "start": point.zone.rfc3339(month.start),
        "value": None if month.value is None else str(point.definition.value(month.value)),
        "value_read": _plain(unrounded),
        "expected": month.expected,
        "measured": month.measured,
        "estimated": month.estimated,
        "manual": month.manual,
        "gap": month.gap,
        "bridged": month.bridged,
        "steps": None if month.steps is None else dict(zip(STEP_KINDS, month.steps.counts, strict=True)),
    }


def _point_text(point: PlannedPoint) -> list[str]:
    definition, stamp = point.definition, point.zone.rfc3339
    meaning = f"{definition.energy}, {definition.kind.value}, slots of {definition.slot} in {definition.timezone}"
    lines = [f"{definition.id}: {meaning}; new: {_slots_text(point.new_slots) or 'nothing'}"]
    for name, read in (("first", point.first), ("last", point.last)):
        value = read.status.name.lower() if read.value is None else f"{read.value} {definition.unit}"
        lines.append(f"  {name:5} line {read.line}: {stamp(read.start)} to {stamp(read.end)}: {value}")
    shown = zip(point.months[:MOST_SHOWN], point.unrounded, strict=False)
    for month in (_month(point, *each) for each in shown):
        value = no_value(month | {"due": 1}) if month["value"] is None else f"{month['value']} {definition.unit}"
        notes = [f"{month['value_read']} before rounding"] if month["value_read"] else []
        notes += [counted(month["gap"], "gap", "gaps")] if month["gap"] else []
        lines.append(f"  {month['start'][:7]}: {', '.join([value, *notes, *figure_marks(month)])}")
    if len(point.months) > MOST_SHOWN:
        lines.append(f"  and {counted(len(point.months) - MOST_SHOWN, 'more month', 'more months')}")
    return lines
