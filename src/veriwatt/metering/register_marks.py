"""The falls of a register that nothing explains, and the steps that each casts doubt on.

A spike may have begun in the seven days before a fall, where the register rose above what it fell to. The steps from
there on that rose above it are in doubt (docs/spec/slots-and-periods.md). All falls are looked up together, so that the
time for many falls grows with the readings and not with their square.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from veriwatt.metering.register_falls import LONGEST_OUTLIER, LONGEST_RUN, Scan
from veriwatt.metering.register_steps import Fall, Steps
from veriwatt.metering.register_track import STATED, RegisterRule, StepKind, Times, Track, next_reading
from veriwatt.units import DAY

MARKED_BEFORE_FALL = 7 * DAY
"""A spike that a fall ends begins within this time before it, or marks nothing."""


def mark_falls(track: Track, scan: Scan, steps: Steps, sure: Times) -> tuple[Fall, ...]:
    """The falls that nothing explains, in order; marks the steps that one casts doubt on, unless it is the last step.

    Args:
        track, scan: the readings, and what was found of each.
        steps: their steps; the marks are added to its kinds.
        sure: readings that are kept, but before which a spike may have begun that is not shown.
    """
    places = np.flatnonzero((scan.kinds & (StepKind.FALL | StepKind.OPEN)) != 0)
    if not len(places):
        return ()
    falls = _Falls.of(track, scan, places)
    rises = _Rises.of(track, falls.kept, steps)
    begins = np.minimum(_crossed(track, falls), _unknown(track, scan, falls, sure))
    first, end = np.searchsorted(rises.places, begins), np.searchsorted(rises.places, places)
    since = np.array(_first_below(_negative(rises.high), first.tolist(), _negative(falls.values)), np.int64)
    since = np.where(falls.unseen, np.searchsorted(rises.places, falls.first), since)
    marks = ~falls.is_open & (begins < places)
    covers = zip(first[marks].tolist(), end[marks].tolist(), falls.values[marks].tolist(), strict=True)
    steps.kinds[rises.readings[_covered(rises.high.tolist(), sorted(covers))]] |= StepKind.FALL
    following = next_reading(np.where(scan.kept, track.at, STATED))
    at = np.where(scan.kept[places], following[places], track.at[places]).tolist()
    readings = rises.readings.tolist()
    heights = (track.values[places - 1] - falls.values).tolist()
    return tuple(
        Fall(at[i], heights[i], readings[j] if j < end[i] else at[i], unseen=bool(falls.unseen[i]))
        for i, j in enumerate(since.tolist())
    )


def mark_beside(track: Track, scan: Scan, steps: Steps) -> None:
    """Mark the steps that outliers just before a fall, or just after it, would make: as many as a run may have.

    The register falls with them or without, so no run is found; or the readings that are right are taken for one. So
    falls as near to each other as a run is long are told together, also those that a run explains.
    """
    falls = np.flatnonzero(
        np.append(False, np.asarray(np.diff(track.values) < 0, np.bool_) & (np.diff(track.segment) == 0))
    )
    stated = np.append(0, np.cumsum(track.at == STATED))
    first, second = falls[:-1], falls[1:]
    apart = (second - first > LONGEST_RUN) | (track.stamps[second - 1] - track.stamps[first] > LONGEST_OUTLIER)
    apart |= (track.segment[first] != track.segment[second]) | (stated[second] > stated[first])
    together = np.append(0, np.cumsum(apart))[: len(falls)]
    unexplained = (scan.kinds[falls] & (StepKind.FALL | StepKind.OPEN)) != 0
    falls = falls[np.isin(together, together[unexplained])]
    for way, nearest in ((-1, falls - 1), (1, falls)):
        may_be = np.ones(len(falls), np.bool_)
        for number in range(LONGEST_RUN):
            place, to = (np.clip(nearest + way * number + more, 0, len(track.at) - 1) for more in (0, way > 0))
            may_be &= (track.at[place] != STATED) & (track.segment[place] == track.segment[falls])
            may_be &= abs(track.stamps[place] - track.stamps[nearest]) <= LONGEST_OUTLIER
            readings = track.at[to[may_be & (track.segment[to] == track.segment[falls]) & (track.at[to] != STATED)]]
            steps.kinds[readings[steps.counted[readings]]] |= StepKind.BESIDE_FALL


def mark_closings(track: Track, scan: Scan, steps: Steps, rule: RegisterRule) -> None:
    """Mark the steps beside a reading at the end of a day that may close it, and may be the restart as well.

    It may be either where it is no lower than the one before it, no more than the counter shows within a minute, and no
    higher than the one after it; of its meter's last reading nothing tells which it is.
    """
    if rule.day_starts is None or (most := rule.most_at_restart) is None:
        return
    kept = np.flatnonzero(scan.kept & (track.at != STATED))
    before, closing, after = kept[:-1], kept[1:], np.append(kept[2:], kept[-1:])
    either = (track.day[before] == track.day[closing]) & (track.meter[before] == track.meter[closing])
    either &= track.stamps[closing] == rule.day_starts[np.minimum(track.day[closing] + 1, len(rule.day_starts) - 1)]
    followed = (track.meter[closing] == track.meter[after]) & (closing != after)
    fell_after = followed & np.asarray(track.values[closing] > track.values[after], np.bool_)
    either &= np.asarray(track.values[closing] <= most, np.bool_) & ~fell_after
    steps.kinds[track.at[closing[either]]] |= StepKind.AT_LEAST
    counted = either & np.asarray(track.values[closing] > 0, np.bool_)
    steps.kinds[track.at[closing[counted]]] |= StepKind.FALL
    steps.kinds[track.at[after[counted & followed]]] |= StepKind.FALL


def mark_doubtful(track: Track, scan: Scan, steps: Steps) -> tuple[Fall, ...]:
    """One fall for each run that may be a register that went round; marks every step of it, and nothing bounds it."""
    found = list[Fall]()
    for left, right in scan.doubtful:
        at = track.at[left + 1 : right + 1]
        if len(readings := at[at != STATED]):
            steps.kinds[readings[steps.counted[readings]]] |= StepKind.FALL
            found.append(Fall(int(readings[-1]), 0, int(readings[0]), unseen=True))
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Falls:
    """The places that the register fell to, its values there, and the first places where a spike may have begun.

    `kept` are all kept places. `unseen`: slots before the fall have no kept reading, so that the register may have
    fallen in the first of them.
    """

    places: Times
    values: NDArray[np.generic]
    first: Times
    kept: Times
    is_open: NDArray[np.bool_]
    unseen: NDArray[np.bool_]

    @classmethod
    def of(cls, track: Track, scan: Scan, places: Times) -> _Falls:
        kept = np.flatnonzero(scan.kept)
        before = kept[np.searchsorted(kept, places) - 1]
        unseen = (track.at[before] != STATED) & (track.stamps[before] != track.starts[places])
        fell = track.stamps[np.where(unseen, before, places)]
        first = np.maximum(
            np.searchsorted(track.stamps, fell - MARKED_BEFORE_FALL),
            np.searchsorted(track.segment, track.segment[places]),
        )
        return cls(places, track.values[places], first, kept, (scan.kinds[places] & StepKind.OPEN) != 0, unseen)


@dataclass(frozen=True, slots=True, eq=False)
class _Rises:
    """The kept places whose counted step rose, or that come first on a day; the value there, and the reading."""

    places: Times
    high: NDArray[np.generic]
    readings: Times

    @classmethod
    def of(cls, track: Track, kept: Times, steps: Steps) -> _Rises:
        before, after = kept[:-1], kept[1:]
        rose = (track.segment[before] != track.segment[after]) | (track.values[before] < track.values[after])
        rose = rose.astype(np.bool_) & (track.meter[before] == track.meter[after]) & (track.at[after] != STATED)
        places = after[rose]
        places = places[steps.counted[track.at[places]]]
        return cls(places, track.values[places], track.at[places])


def _crossed(track: Track, falls: _Falls) -> Times:
    """For each fall the first place near it where the register rose from its value, or lower, to above it.

    So does the first reading of a day above it. Else the place of the fall.
    """
    kept, values = falls.kept, track.values[falls.kept]
    same_meter, same_segment = (np.append(False, np.diff(of[kept]) == 0) for of in (track.meter, track.segment))
    begin, end = np.searchsorted(kept, falls.first), np.searchsorted(kept, falls.places)
    at = np.minimum(begin, len(kept) - 1)
    from_below = np.where(same_segment[at], values[at - 1] <= falls.values, same_meter[at])
    at_once = (values[at] > falls.values).astype(np.bool_) & from_below.astype(np.bool_)
    not_above = _first_below(values.tolist(), begin.tolist(), (falls.values + 1).tolist())
    above = _first_below(_negative(values), not_above, _negative(falls.values))
    found = np.where(at_once, begin, above)
    return np.where(found < end, kept[np.minimum(found, len(kept) - 1)], falls.places)


def _unknown(track: Track, scan: Scan, falls: _Falls, sure: Times) -> Times:
    """For each fall the first place near it, above it, before which a spike may have begun; else that of the fall."""
    unknown = np.flatnonzero(np.isin(track.at, sure) & scan.kept)
    begin = np.searchsorted(unknown, falls.first)
    found = np.array(_first_below(_negative(track.values[unknown]), begin.tolist(), _negative(falls.values)))
    places: Times = np.minimum(np.append(unknown, len(track.at))[found], falls.places)
    return places


def _negative(values: NDArray[np.generic]) -> list[int]:
    return [-value for value in values.tolist()]


def _first_below(values: Sequence[int], begins: Sequence[int], bounds: Sequence[int]) -> list[int]:
    """For each beginning the first index from there on of a value below the bound; the number of values if none is."""
    found, waiting = [len(values)] * len(begins), sorted(range(len(begins)), key=begins.__getitem__)
    lowest, at = list[int](), list[int]()  # the values from index i on that are lower than all before them, last first
    while waiting and begins[waiting[-1]] == len(values):
        waiting.pop()
    for i in range(len(values) - 1, -1, -1):
        while lowest and lowest[-1] >= values[i]:
            lowest.pop()
            at.pop()
        lowest.append(values[i])
        at.append(i)
        while waiting and begins[waiting[-1]] == i:
            number = waiting.pop()
            if below := bisect_left(lowest, bounds[number]):
                found[number] = at[below - 1]
    return found


def _covered(values: Sequence[int], covers: Sequence[tuple[int, int, int]]) -> list[int]:
    """The indices of the values that are above the level of a cover: its first index, the one after its last, level."""
    found, levels, number = list[int](), list[tuple[int, int]](), 0
    for i, value in enumerate(values):
        while number < len(covers) and covers[number][0] <= i:
            _, end, level = covers[number]
            heappush(levels, (level, end))
            number += 1
        while levels and levels[0][1] <= i:
            heappop(levels)
        if levels and levels[0][0] < value:
            found.append(i)
    return found
