"""Whether what a frame states of a point's slot is the point's value there: one rule for verifier, view and terminal.

The point's timeline decides, at the slot's start (docs/spec/slots-and-periods.md, "What counts as a point's slot").
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from veriwatt.ids import Digest
from veriwatt.model.points.point_record import PointSeries


class Standing(Enum):
    """The texts are stored in the readings view."""

    COUNTS = "counts"
    OTHER_TERMINAL = "other terminal"
    """Origin *meter*, and the definition names another terminal than the frame's, or none."""
    NOT_DEFINED = "not defined then"
    REPLACED = "definition replaced"


@dataclass(frozen=True, slots=True)
class StatedUnder:
    """What a frame names for a point: version `n` of a group, the definition there, and who may state it.

    `by_right` is false if the origin is *meter* and the definition does not name the frame's terminal.
    """

    group: str
    n: int
    definition: Digest
    by_right: bool

    def standing(self, in_force: PointSeries | None) -> Standing:
        """The standing of a slot at whose start the point has this series, or none."""
        if not self.by_right:
            return Standing.OTHER_TERMINAL
        if in_force is None:
            return Standing.NOT_DEFINED
        same = (in_force.group, in_force.definition) == (self.group, self.definition)
        return Standing.COUNTS if same and in_force.first_version <= self.n else Standing.REPLACED
