"""Which definition of a point is in force when: from the group versions that the machine accepted, one after another.

A changed definition takes effect when its version does; a version that begins in the past gives a point that it leaves
as it is an earlier beginning, if that is its first series; a calendar that differs begins a new series; one that had
not begun when another replaced it never holds.
Spec: docs/spec/transaction.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from veriwatt.encoding import Value
from veriwatt.testing.soundness.naive_calendar import Days
from veriwatt.testing.soundness.workshop import Registered


@dataclass(frozen=True, slots=True)
class Series:
    """A definition over `[begins, ends)`; `version` is the first that has it, `former` when it once began."""

    version: Registered
    definition: dict[str, Value]
    begins: int
    ends: int | None = None
    former: tuple[int, ...] = ()

    def covers(self, t: int) -> bool:
        return self.begins <= t and (self.ends is None or t < self.ends)


def series_of(point: str, versions: Sequence[Registered]) -> list[Series]:
    """The series of a point after all these versions, which are in the order of their registration."""
    found: list[Series] = []
    before: dict[str, Registered] = {}
    for version in versions:
        definition = next((each for each in version.definitions if each["id"] == point), None)
        open_one = found[-1] if found and found[-1].ends is None else None
        if open_one is not None and open_one.version.group != version.group:
            open_one = None if definition is None else open_one
        if definition is None:
            if open_one is not None:
                found[-1] = replace(open_one, ends=version.effective_from)
        elif open_one is None:
            found.append(Series(version, definition, version.effective_from))
        else:
            found = _continued(found, version, definition, before[version.group].days)
        before[version.group] = version
    return found


def _continued(found: list[Series], version: Registered, definition: dict[str, Value], days: Days) -> list[Series]:
    newest = found[-1]
    if definition == newest.definition:
        differs = _first_difference(days, version.days)
        if differs is not None:
            begins = version.effective_from
            return [*found[:-1], replace(newest, ends=begins), Series(version, definition, begins)]
        if len(found) == 1 and version.effective_from < newest.begins:
            return [replace(newest, begins=version.effective_from, former=(newest.begins, *newest.former))]
        return found
    begins = version.effective_from
    kept = [each for each in found if each.begins < begins]
    if kept:
        ends = kept[-1].ends
        kept[-1] = replace(kept[-1], ends=begins if ends is None else min(begins, ends))
    return [*kept, Series(version, definition, begins)]


def _first_difference(before: Days, after: Days) -> int | None:
    """The first instant from which the days of two calendars differ, where both cover."""
    one, other = dict(enumerate(before.starts, before.first)), dict(enumerate(after.starts, after.first))
    both = sorted(one.keys() & other.keys())
    differing = [min(one[day], other[day]) for day in both if one[day] != other[day]]
    return min(differing, default=None)
