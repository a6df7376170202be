"""What `veriwatt points show` tells of a point beside its list entry, as JSON and in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from veriwatt.energy.calendar import Zone
from veriwatt.metering.point_history import PointHistory
from veriwatt.model.points.point import PointDefinition
from veriwatt.reading.left_out import LeftOutSlots

_NAMES = {"data_code": "data code", "key_window": "key window", "effective_from": "effective from"}
_LATER = ("readings", "exchanges", "left_out")


def values_told(definition: PointDefinition) -> dict[str, Any]:
    """The bounds of a point's values, and the marks of a register; null where the definition states none."""

    def shown(mantissa: int | None) -> str | None:
        return None if mantissa is None else str(definition.value(mantissa))

    return {
        "minimum": shown(definition.minimum),
        "maximum": shown(definition.maximum),
        "width": shown(definition.width),
        "rate": shown(definition.rate),
        "restart": definition.restart,
        "backward": definition.backward,
    }


def exchanges_told(history: PointHistory, definition: PointDefinition, zone: Zone) -> list[dict[str, Any]]:
    """The exchanges of a register's meter in order of time, the last record of each instant, in the unit of then."""
    told = []
    for each in history.record.latest().values():
        stated = history.at(each.at, definition).definition
        told.append(
            {
                "at": zone.rfc3339(each.at),
                "last": str(stated.value(each.last)),
                "first": str(stated.value(each.first)),
                "unit": stated.unit,
                "withdrawn": each.withdraws,
                "reason": each.reason,
                "member": each.member,
                "recorded_at": zone.rfc3339(each.time),
            }
        )
    return told


def point_text(point: dict[str, Any]) -> str:
    """The answer of the command in words; what a point does not have is left out."""
    return "\n".join(f"{name:15} {value}" for name, value in _lines(point))


def _lines(point: dict[str, Any]) -> Iterator[tuple[str, str]]:
    words = {
        "restart": "the counter begins anew each day",
        "backward": "it runs backward by nature",
        "day_begins": f"{point['day_begins']:02d}:00",
        "width": f"{point['width']} {point['unit']}: there it starts again at 0",
        "rate": f"at most {point['rate']} {point['unit']} in one hour",
    }
    for name, value in point.items():
        if name not in _LATER and value not in (None, False, 0, ""):
            yield _NAMES.get(name, name.replace("_", " ")), words.get(name, str(value))
    span = point["readings"]
    yield "readings", "none yet" if span is None else f"{span['start']} to {span['end']}"
    for each in point["exchanges"]:
        what = "withdrawn" if each["withdrawn"] else f"{each['last']}, then {each['first']} {each['unit']}"
        yield "exchange", f"{each['at']}: {what}; {each['reason']} ({each['member']}, {each['recorded_at']})"
    for each in point["left_out"]:
        yield "left out", str(LeftOutSlots(**each))
