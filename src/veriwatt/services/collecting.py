"""From a terminal's spool to its frames: which slots go into which frame, and when.

A frame holds one group. While a key window is open, a frame is made as soon as the slots of `every`
milliseconds wait; what waits of a closed key window becomes one frame, so that a long backlog makes few.
A slot that no sample speaks of yet is stated in a later frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from veriwatt.energy.calendar import Zone
from veriwatt.errors import Refused
from veriwatt.ids import Digest
from veriwatt.model.columns import Column
from veriwatt.model.group import KeyWindow, definitions_root
from veriwatt.model.handover import RequestedGroup
from veriwatt.model.origin import ClockState, Meter
from veriwatt.model.point import PointDefinition
from veriwatt.model.status import Status
from veriwatt.readmodel.grids import key_window, key_windows, slots_of
from veriwatt.services.import_file import key_window_for
from veriwatt.terminal.config import TerminalConfig
from veriwatt.terminal.framer import Framer, GroupSlots, Occasion, Window
from veriwatt.terminal.samples import SampleColumns
from veriwatt.terminal.spool import Spool
from veriwatt.units import DAY, MINUTE, Interval, UtcMillis
from veriwatt.verify.root_log import NOTHING_KNOWN, Known

FRAME_EVERY = 15 * MINUTE

WindowKey = Callable[[str, int], bytes]
"""The key of (group, key window number)."""


@dataclass(frozen=True, slots=True)
class CollectedGroup:
    """A group as its terminal seals it."""

    name: str
    definitions: tuple[PointDefinition, ...]
    key_window: KeyWindow
    root: Digest

    @property
    def timezone(self) -> str:
        return self.definitions[0].timezone

    @property
    def points(self) -> list[str]:
        return [definition.id for definition in self.definitions]

    def number(self, t: UtcMillis) -> int:
        """The key window that `t` lies in."""
        return key_window(self.key_window, self.timezone, t)

    def window_start(self, number: int) -> UtcMillis:
        """The first instant of a key window."""
        zone = Zone.parse(self.timezone)
        match self.key_window:
            case KeyWindow.DAY:
                return zone.midnight(number)
            case KeyWindow.MONTH:
                return zone.month_start(number)
            case KeyWindow.YEAR:
                return zone.year_start(number + 1970)


def requested_groups(config: TerminalConfig) -> tuple[RequestedGroup, ...]:
    """The groups of a configuration, their points in its order."""
    names = dict.fromkeys(point.group for point in config.points)
    return tuple(
        RequestedGroup(name, tuple(p.definition for p in config.points if p.group == name)) for name in names
    )


def collected_groups(config: TerminalConfig) -> tuple[CollectedGroup, ...]:
    """The same groups as they are sealed."""
    return tuple(
        CollectedGroup(g.group, g.definitions, key_window_for(g.definitions), definitions_root(g.definitions))
        for g in requested_groups(config)
    )


def days_until_end(group: CollectedGroup, end: int | None, now: UtcMillis) -> int:
    """Whole days from `now` to the end of the last key window before number `end`; 0 without keys."""
    return 0 if end is None else max(0, (group.window_start(end) - now) // DAY)


class Collector:
    """Frames the samples of one terminal, one thread at a time."""

    def __init__(
        self,
        groups: Sequence[CollectedGroup],
        spool: Spool,
        framer: Framer,
        window_key: WindowKey,
        clock: ClockState,
        known: Callable[[], Known] = lambda: NOTHING_KNOWN,
        every: UtcMillis = FRAME_EVERY,
    ) -> None:
        """`known` says what the terminal knows of the ledger; `clock` is its account of its own clock."""
        self._groups, self._spool, self._framer, self._window_key = groups, spool, framer, window_key
        self._clock, self._known, self._every = clock, known, every

    def frame(self, until: UtcMillis) -> int:
        """Frame what waits and is due among the slots that end by `until`, up to which sampling is done.

        The frames are durable and unsigned on return. Returns how many were made.

        Raises:
            NoWindowKey: some slots lie in a key window whose key is not at hand; all others that are due are framed.
        """
        made, refused = 0, None
        for group in self._groups:
            for part in self._due(group, until):
                try:
                    made += self._frame(group, part)
                except Refused as error:
                    refused = refused or error
        if refused is not None:
            raise refused
        return made

    def oldest_open(self, now: UtcMillis) -> dict[str, int]:
        """For each group, the first key window that may still get a frame."""
        found = {}
        for group in self._groups:
            waiting = self._spool.unframed(group.points, now)
            oldest = min((int(columns.starts[0]) for columns in waiting.values()), default=now)
            found[group.name] = group.number(min(oldest, now))
        return found

    def days_of_keys(self, keys_end: Callable[[str], int | None], now: UtcMillis) -> int:
        """Whole days from `now` for which every group has window keys; `keys_end` says before which window they end."""
        return min(days_until_end(group, keys_end(group.name), now) for group in self._groups)

    def _due(self, group: CollectedGroup, until: UtcMillis) -> Iterator[dict[str, SampleColumns]]:
        """What waits, key window by key window, as far as it is due."""
        waiting = self._spool.unframed(group.points, until)
        numbers = {p: key_windows(group.key_window, group.timezone, c.starts) for p, c in waiting.items()}
        present = group.number(until)
        for number in sorted({int(n) for each in numbers.values() for n in np.unique(each)}):
            part = {p: _within(c, numbers[p], number) for p, c in waiting.items() if number in numbers[p]}
            span = _span(part)
            if number < present or span.end - span.start >= self._every:
                yield part

    def _frame(self, group: CollectedGroup, part: Mapping[str, SampleColumns]) -> int:
        span, known = _span(part), self._known()
        columns = [_column(definition, span, part.get(definition.id)) for definition in group.definitions]
        key = self._window_key(group.name, group.number(span.start))
        window = Window(span, (GroupSlots(group.name, group.root, columns, key),))
        collected_at = max(int(c.collected_at.max()) for c in part.values())
        when = Occasion(collected_at, Meter(), known.size, known.leaf, self._clock)
        self._framer.prepare([window], when, list(part.values()))
        return 1


def _within(columns: SampleColumns, numbers: np.ndarray[tuple[int], np.dtype[np.int64]], number: int) -> SampleColumns:
    """The rows of one key window; slots are in order, so they are neighbours."""
    first, last = np.searchsorted(numbers, [number, number + 1])
    return columns.take(int(first), int(last))


def _span(part: Mapping[str, SampleColumns]) -> Interval:
    low = min(int(columns.starts[0]) for columns in part.values())
    return Interval(low, max(int(columns.ends[-1]) for columns in part.values()))


def _column(definition: PointDefinition, span: Interval, samples: SampleColumns | None) -> Column:
    slots = slots_of(definition, span)
    values = np.zeros(len(slots.starts), np.int64)
    codes = np.full(len(slots.starts), Status.ABSENT, np.uint8)
    if samples is not None:
        at = np.searchsorted(slots.starts, samples.starts)
        values[at], codes[at] = samples.values, samples.statuses
    return Column(definition.id, slots.starts, slots.ends, values, codes, slots.calendar)
