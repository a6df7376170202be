"""The forward scan over the falls of a register: which readings are outliers, and what each other fall is.

Only falls are visited; between them every reading is kept (docs/spec/slots-and-periods.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from veriwatt.errors import NotProven
from veriwatt.metering.register_track import STATED, RegisterRule, StepKind, Times, Track
from veriwatt.units import DAY, HOUR

LONGEST_RUN = 4
LONGEST_OUTLIER = 48 * HOUR
LONGEST_WAY_ROUND = 4 * DAY
"""A longer step around a run is a lower bound: of a reading a month nobody can say which one is wrong."""


class ContextInsufficient(NotProven):
    """The readings given do not decide what the steps of a period are."""

    code = "context-insufficient"

    def __init__(self) -> None:
        super().__init__("too few readings before the period to judge its steps")


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """What a scan found.

    Attributes:
        kept: reading i of the track is no outlier.
        kinds: what the fall to reading i is, or AT_LEAST where the step to it goes around a run that may be none.
        falls: the later reading of every fall visited, in order.
        doubtful: places between which the readings tell two tales: neighbours of a run that the register may have gone
            round over, or of several runs that would do.
    """

    kept: NDArray[np.bool_]
    kinds: Times
    falls: list[int]
    doubtful: list[tuple[int, int]]


def scan_falls(track: Track, rule: RegisterRule, unknown_before: bool = False) -> Scan:
    """Judge every fall in order.

    Args:
        track: the readings.
        rule: the register's rule.
        unknown_before: the first reading of the track is kept, but those before it are not given.

    Raises:
        ContextInsufficient: a fall cannot be judged without the readings before the first.
    """
    scan = Scan(np.ones(len(track.at), np.bool_), np.zeros(len(track.at), np.int64), [], [])
    if rule.backward or len(track.at) < 2:
        return scan
    lower = np.asarray(np.diff(track.values) < 0, np.bool_) & (np.diff(track.segment) == 0)
    judged = 0
    for later in (np.flatnonzero(lower) + 1).tolist():
        if later <= judged:
            continue
        scan.falls.append(later)
        run = _outlier(track, rule, scan.kept, later, unknown_before)
        if run is None:
            scan.kinds[later] |= _kind(track, rule, later)
            judged = later
            continue
        left, right = run.left, run.right
        duration, skipped = int(track.stamps[right] - track.stamps[left]), int(scan.kept[left + 1 : right].sum())
        if rule.may_go_round(int(track.values[right]) - int(track.values[left]), duration):
            scan.kinds[later] |= _kind(track, rule, later)
            scan.doubtful.append((left, right))
            judged = later
        else:
            scan.kept[left + 1 : right] = False
            scan.kinds[right] |= StepKind.AT_LEAST if skipped > 1 or duration > LONGEST_WAY_ROUND else 0
            if _kind(track, rule, later) == StepKind.ROLLOVER:  # then what follows the run may be the outlier
                following = min(right + 1, len(track.at) - 1)
                scan.doubtful.append((left, following if track.segment[following] == track.segment[right] else right))
            elif run.reach != (left, right):
                scan.doubtful.append(run.reach)
            judged = right
    return scan


def _kind(track: Track, rule: RegisterRule, later: int) -> StepKind:
    if later == len(track.at) - 1:
        return StepKind.OPEN
    earlier_value, later_value = int(track.values[later - 1]), int(track.values[later])
    duration = int(track.stamps[later] - track.stamps[later - 1])
    goes_round = rule.may_go_round(later_value - earlier_value, duration)
    return StepKind.ROLLOVER if goes_round and earlier_value < (rule.width or 0) else StepKind.FALL


class _Run(NamedTuple):
    """A run to skip: its neighbours, and between which places it and its rivals lie."""

    left: int
    right: int
    reach: tuple[int, int]


def _outlier(
    track: Track, rule: RegisterRule, kept: NDArray[np.bool_], later: int, unknown_before: bool
) -> _Run | None:
    """The run to skip at the fall to `later`: the shortest, then within the rate, then the latest.

    A run that takes in another one that would do skips more than there is need to, and is no rival.
    """
    if track.at[later - 1] == STATED or track.at[later] == STATED:
        return None
    lefts, rights = _neighbours(track, kept, later - 1, -1), _neighbours(track, kept, later, 1)
    unknown = unknown_before and len(lefts) <= LONGEST_RUN and _may_begin_before(track, lefts)
    stamps, values, found, not_given = track.stamps, track.values, [], [LONGEST_RUN + 1]
    for length in range(1, LONGEST_RUN + 1):
        for right in range(min(length, len(rights) - 1) + 1):
            left = length - right
            last = stamps[rights[right - 1] if right else lefts[0]]
            first = stamps[lefts[min(left, len(lefts)) - 1] if left else rights[0]]
            if last - first > LONGEST_OUTLIER:
                continue
            if left >= len(lefts):
                not_given.append(right)
                continue
            before, after = lefts[left], rights[right]
            advance = int(values[after]) - int(values[before])
            duration = int(stamps[after] - stamps[before])
            if advance >= 0:
                found.append((-length, rule.within_rate(advance, duration), right, before, after))
    _, within, after, left, right = max(found, default=(0, False, LONGEST_RUN + 1, 0, 0))
    if unknown and min(not_given) < after:
        raise ContextInsufficient
    if not found:
        return None
    runs = [(a, b) for _, plausible, _, a, b in found if plausible >= within]
    least = [(a, b) for a, b in runs if not any(a <= x and y <= b for x, y in runs if (x, y) != (a, b))]
    return _Run(left, right, (min(a for a, _ in least), max(b for _, b in least)))


def _neighbours(track: Track, kept: NDArray[np.bool_], nearest: int, way: int) -> list[int]:
    """The kept readings of one segment from `nearest` on: the longest run and the neighbour beyond it.

    A stated reading is a neighbour, and never part of a run.
    """
    found, i, segment = list[int](), nearest, track.segment[nearest]
    while 0 <= i < len(track.at) and track.segment[i] == segment and len(found) <= LONGEST_RUN:
        if kept[i]:
            found.append(i)
            if track.at[i] == STATED:
                break
        i += way
    return found


def _may_begin_before(track: Track, lefts: list[int]) -> bool:
    """Whether the track's first reading is of this segment, so that the segment may begin before it."""
    return bool(track.segment[lefts[-1]] == track.segment[0] and track.at[lefts[-1]] != STATED)
