"""From a terminal's spool to its frames: which slots go into which frame, and when.

A frame holds one group, and is made under the version of it that is in force where the frame's window
starts; it crosses no start of a version, and no border of a key window. While both are open, a frame is made
as soon as the slots of `every` milliseconds wait; what waits of a closed one becomes one frame, so that a long
backlog makes few. A slot that no sample speaks of yet is stated in a later frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from veriwatt.energy.calendar import Zone
from veriwatt.errors import Refused
from veriwatt.ids import Digest
from veriwatt.metering.frame_limits import frame_spans
from veriwatt.metering.key_windows import key_window, key_window_for, key_windows
from veriwatt.metering.slots import slots_of
from veriwatt.model.frames.columns import Column, Ints
from veriwatt.model.frames.origin import ClockState, Meter
from veriwatt.model.points.group import KeyWindow, definitions_root
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Status
from veriwatt.model.terminals.handover import HandedGroup, RequestedGroup
from veriwatt.terminal.config.terminal_config import TerminalConfig
from veriwatt.terminal.framing.framer import FrameContext, Framer, GroupSlots, Window
from veriwatt.terminal.sampling.samples import SampleColumns
from veriwatt.terminal.spool.spool import Spool
from veriwatt.units import DAY, MINUTE, Interval, UtcMillis
from veriwatt.verify.root_log_head import NOTHING_KNOWN, ProvenRootLogHead

FRAME_EVERY = 15 * MINUTE
NEVER: UtcMillis = 2**63 - 1

WindowKey = Callable[[str, int], bytes]
"""The key of (group, key window number)."""


@dataclass(frozen=True, slots=True)
class CollectedGroup:
    """A version of a group as its terminal seals it, for what starts in `[since, until)`."""

    name: str
    definitions: tuple[PointDefinition, ...]
    key_window: KeyWindow
    root: Digest
    since: UtcMillis = 0
    until: UtcMillis = NEVER

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
    return tuple(RequestedGroup(name, tuple(p.definition for p in config.points if p.group == name)) for name in names)


def collected_groups(config: TerminalConfig, handed: Sequence[HandedGroup]) -> tuple[CollectedGroup, ...]:
    """The versions of the groups that were handed over, and as configured those groups that never were."""
    known = {group.group for group in handed}
    fresh = [
        _collected(g.group, key_window_for(g.definitions), g.definitions)
        for g in requested_groups(config)
        if g.group not in known
    ]
    return (*(version for group in handed for version in _versions(group)), *fresh)


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
        known: Callable[[], ProvenRootLogHead] = lambda: NOTHING_KNOWN,
        every: UtcMillis = FRAME_EVERY,
    ) -> None:
        """`known` says what the terminal knows of the ledger; `clock` is its account of its own clock."""
        self._groups, self._spool, self._framer, self._window_key = groups, spool, framer, window_key
        self._clock, self._known, self._every = clock, known, every

    def frame(self, until: UtcMillis) -> int:
        """Frame what waits and is due among the slots that end by `until`, up to which sampling is done.

        The frames are durable and unsigned on return. Returns how many were made.

        Raises:
            WindowKeyNotFound: a due slot's window key is not at hand; all other slots that are due are framed.
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
        found: dict[str, int] = {}
        for group in self._groups:
            oldest = min((int(columns.starts[0]) for columns in self._waiting(group, now).values()), default=now)
            found[group.name] = min(group.number(min(oldest, now)), found.get(group.name, NEVER))
        return found

    def days_of_keys(self, keys_end: Callable[[str], int | None], now: UtcMillis) -> int:
        """Whole days from `now` for which every group has window keys; `keys_end` says before which window they end."""
        return min(days_until_end(group, keys_end(group.name), now) for group in self._groups)

    def _due(self, group: CollectedGroup, until: UtcMillis) -> Iterator[dict[str, SampleColumns]]:
        """What waits for this version, key window by key window, as far as it is due."""
        waiting = self._waiting(group, until)
        numbers = {p: key_windows(group.key_window, group.timezone, c.starts) for p, c in waiting.items()}
        present = group.number(until)
        for number in sorted({int(n) for each in numbers.values() for n in np.unique(each)}):
            part = {p: _within(c, numbers[p], number, number + 1) for p, c in waiting.items() if number in numbers[p]}
            span, closed = _span(part), number < present or group.until <= until
            if closed or span.end - span.start >= self._every:
                yield from _cut(group.definitions, part)

    def _waiting(self, group: CollectedGroup, until: UtcMillis) -> dict[str, SampleColumns]:
        """The unframed slots that start while this version is in force and end by `until`."""
        unframed = self._spool.unframed(group.points, until)
        own = {p: _within(c, c.starts, group.since, group.until) for p, c in unframed.items()}
        return {p: c for p, c in own.items() if len(c)}

    def _frame(self, group: CollectedGroup, part: Mapping[str, SampleColumns]) -> int:
        span, known = _span(part), self._known()
        columns = [_column(definition, span, part.get(definition.id)) for definition in group.definitions]
        key = self._window_key(group.name, group.number(span.start))
        window = Window(span, (GroupSlots(group.name, group.root, columns, key),))
        collected_at = max(int(c.collected_at.max()) for c in part.values())
        when = FrameContext(collected_at, Meter(), known.size, known.leaf, self._clock)
        self._framer.prepare([window], when, list(part.values()))
        return 1


def _versions(group: HandedGroup) -> Iterator[CollectedGroup]:
    ends = [*(version.effective_from for version in group.versions[1:]), NEVER]
    for version, until in zip(group.versions, ends, strict=True):
        yield _collected(group.group, group.key_window, version.definitions, version.effective_from, until)


def _collected(
    name: str, kind: KeyWindow, definitions: tuple[PointDefinition, ...], since: UtcMillis = 0, until: UtcMillis = NEVER
) -> CollectedGroup:
    return CollectedGroup(name, definitions, kind, definitions_root(definitions), since, until)


def _within(columns: SampleColumns, places: Ints, low: int, high: int) -> SampleColumns:
    """The rows whose places are in `[low, high)`; slots are in order, so they are neighbours."""
    first, last = np.searchsorted(places, [low, high])
    return columns.take(int(first), int(last))


def _cut(
    definitions: Sequence[PointDefinition], part: Mapping[str, SampleColumns]
) -> Iterator[dict[str, SampleColumns]]:
    """The part in pieces of which each makes a frame that every log host takes."""
    for span in frame_spans(definitions, _span(part)):
        within = {p: _within(c, c.starts, span.start, span.end) for p, c in part.items()}
        if piece := {p: c for p, c in within.items() if len(c)}:
            yield piece


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
