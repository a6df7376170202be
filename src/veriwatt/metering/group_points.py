"""A registered version of a group with the definitions of its points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

from veriwatt.errors import NotFound, Refused
from veriwatt.metering.key_windows import key_window_of
from veriwatt.model.frames.statuses import Spans, join_spans
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.group import GroupVersion
from veriwatt.model.points.key_window import KeyWindow
from veriwatt.model.points.point import PointDefinition
from veriwatt.units import Interval, UtcMillis


class WrongSlots(Refused):
    """A frame whose spans of statuses differ from the slots of the group's registered points in its window."""

    code = "wrong-slots"

    def __init__(self, group: str, window: Interval) -> None:
        span = f"[{window.start}, {window.end})"
        super().__init__(f"group {group!r}: its spans are not the slots of its points in {span}")
        self.group, self.window = group, window


class NotItsTerminal(Refused):
    """A frame of origin *meter* from a terminal that none of the group's definitions names."""

    code = "not-its-terminal"

    def __init__(self, group: str, terminal: str) -> None:
        super().__init__(f"group {group!r}: none of its points names {terminal} as the terminal that reads its meter")
        self.group, self.terminal = group, terminal


@dataclass(frozen=True)
class GroupPoints:
    """A registered version of an org's group, with the definitions of its points in the order of the root.

    `grids` are runs of consecutive points with one slot length: pairs (number of points, slot).
    """

    org: str
    version: GroupVersion
    definitions: tuple[PointDefinition, ...]
    grids: tuple[tuple[int, str], ...]

    @cached_property
    def _ordinals(self) -> dict[str, int]:
        """The index of each point: one of 10,000 would be looked for among 10,000, and pages ask for all of them."""
        return {definition.id: i for i, definition in enumerate(self.definitions)}

    def has(self, point: str) -> bool:
        """Whether the version lists the point."""
        return point in self._ordinals

    def ordinal(self, point: str) -> int:
        """The index of a point in the group, from 0; raises NotFound if the group does not have it."""
        ordinal = self._ordinals.get(point)
        if ordinal is None:
            raise NotFound(f"group {self.version.group!r} has no point {point!r}")
        return ordinal

    def definition(self, point: str) -> PointDefinition:
        """The definition of a point by its id; raises NotFound if the group does not have it."""
        return self.definitions[self.ordinal(point)]

    def check_meter(self, terminal: str) -> None:
        """Raise NotItsTerminal if no definition names this terminal as the one that reads its meter."""
        if all(definition.terminal != terminal for definition in self.definitions):
            raise NotItsTerminal(self.version.group, terminal)

    def check_slots(self, group: str, spans: Spans, start: UtcMillis, end: UtcMillis) -> None:
        """Check that a frame's spans of statuses for a group match its points' slots in `[start, end)`.

        Raises:
            CrossesKeyWindow: the window spans two key windows.
            OutsideCalendar: the registered calendar does not cover the window.
            WrongSlots: a point has more or fewer slots in the window.
        """
        version = self.version
        if spans != _spans(version.key_window, version.calendar, self.grids, start, end):
            raise WrongSlots(group, Interval(start, end))


@lru_cache(1 << 12)  # frames of one group repeat the same windows
def _spans(
    kind: KeyWindow, calendar: Calendar, grids: tuple[tuple[int, str], ...], start: UtcMillis, end: UtcMillis
) -> Spans:
    """The number of slots of each point in a window; raises CrossesKeyWindow if it spans two key windows."""
    window = Interval(start, end)
    key_window_of(kind, calendar, window)
    return join_spans((points, calendar.count(slot, window)) for points, slot in grids)
