"""What a point measures, as answers state it."""

from __future__ import annotations

from typing import Literal, TypedDict

from veriwatt.model.points.point import PointDefinition


class MeasuredFields(TypedDict):
    """The fields of `schemas.readings.Measured`, which `RegisteredPoint` has too."""

    energy: str
    unit: str
    kind: Literal["interval", "register", "instant"]
    direction: Literal["import", "export", "generation"]


def measured(definition: PointDefinition) -> MeasuredFields:
    return {
        "energy": definition.energy,
        "unit": definition.unit,
        "kind": definition.kind.value,
        "direction": definition.direction.value,
    }
