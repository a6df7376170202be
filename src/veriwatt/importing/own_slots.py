"""Which slots of a series a source can state, and under which version of a group: the one in force at a slot's start.

That version defines the point as the source does, apart from what a source need not say; else the rows are refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from veriwatt.membership.definition_differences import Difference, difference_text, differences, factor_of
from veriwatt.metering.point_history import ALWAYS
from veriwatt.metering.series import Series
from veriwatt.model.points.group import GroupVersion
from veriwatt.readmodel.points import Points
from veriwatt.units import UtcMillis

UNSTATED = ("terminal", "parent", "data_code", "multiplier")
"""What a source need not say of a registered point: it takes that of the registered definition."""

_UNDEFINED = (
    "lies in a time in which the point has no definition; leave out the rows of that time, or import them into a point "
    "id of their own"
)


@dataclass(frozen=True, slots=True)
class OwnSlots:
    """The slots of a series by the definition of its point that is in force at their start, in masks.

    Attributes:
        stated: the slots that can be stated, by the group version that states them; None is the newest one of the
            point's group, which may still have to be registered.
        refused: the others, each time with the reason for which its rows are refused.
        begins: when the point's first definition took effect; the end of time if there is none. Slots of before are
            stated if the point can begin earlier: one can that never changed.
    """

    stated: Mapping[GroupVersion | None, NDArray[np.bool_]]
    refused: tuple[tuple[str, NDArray[np.bool_]], ...] = ()
    begins: UtcMillis = ALWAYS.end

    @property
    def held(self) -> NDArray[np.bool_]:
        """All slots that can be stated; in the others a value of the point means something else than in the series."""
        held: NDArray[np.bool_] = np.logical_or.reduce(list(self.stated.values()))
        return held


def own_slots(series: Series, points: Points, org: str) -> OwnSlots:
    """The slots of a series; of a point that is not registered all can be stated."""
    definition, starts = series.definition, series.starts
    record = points.record(org, definition.id)
    if record is None:
        return OwnSlots({None: np.full(len(starts), True)})
    begins, newest = record.series[0].effective_from, points.newest(org, record.newest.group).version
    early = (starts < begins) & (record.one_definition and record.newest.until is None)
    stated: dict[GroupVersion | None, NDArray[np.bool_]] = {None: early}
    refused, undefined = [], ~early
    for each in record.series:
        within = (each.effective_from <= starts) & (starts < (ALWAYS.end if each.until is None else each.until))
        undefined &= ~within
        found = differences(points.defined(org, definition.id, each), definition)
        if other := [difference for difference in found if difference.field not in UNSTATED]:
            refused.append((_defined_otherwise(other), within))
        else:
            version = points.stating(org, definition.id, each).version
            key = None if version == newest else version
            stated[key] = within | stated.get(key, False)
    return OwnSlots(stated, (*refused, (_UNDEFINED, undefined)), begins)


def _defined_otherwise(found: Sequence[Difference]) -> str:
    units = next((each for each in found if each.field == "unit"), None)
    factor = None if units is None else factor_of(units)
    converted = "" if units is None or factor is None else f"; where the rows are in {units.now}, with {factor}"
    return (
        f"lies in a time in which the point has another definition: {difference_text(found)}; import the rows of that "
        f"time from a file of their own, under a mapping that states this definition{converted}"
    )
