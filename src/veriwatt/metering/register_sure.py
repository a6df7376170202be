"""Which readings of a part of a series are sure to be kept, and which steps a slot that is not stated leaves open.

A part begins with readings of which nobody knows whether an outlier before them takes them in. Sure is the first
reading of a segment, and the reading after a stretch that does not fall and is as long as an outlier can be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from veriwatt.metering.register_falls import LONGEST_OUTLIER, LONGEST_RUN, ContextInsufficient
from veriwatt.metering.register_judge import NO_READINGS, judge_track
from veriwatt.metering.register_steps import Steps
from veriwatt.metering.register_track import (
    STATED,
    Mantissas,
    RegisterRule,
    RuleByTime,
    StepKind,
    Times,
    Track,
    track_of,
)


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """What slots that are not stated leave open: the readings whose step one in them could change.

    `sure` are the first readings that are sure to be kept after such slots: a spike may have begun before each.
    """

    left_open: NDArray[np.bool_]
    sure: Times


@dataclass(frozen=True, slots=True, eq=False)
class SureStart:
    """The steps from reading `given` on, where reading `sure` is the first that is sure, and `kept` the first kept one
    from there on. `begins_segment`: the sure reading is the first of its segment.
    """

    given: int
    sure: int
    kept: int
    begins_segment: bool
    steps: Steps


def beginnings(latest: int, earliest: int) -> Iterator[int]:
    """Readings to begin with: the nearest first, then fewer and fewer, so that long parts are not tried for hours."""
    first, back = latest, 1
    while first >= earliest:
        yield first
        back += (latest - first) // 64
        first -= back


def sure_reading(track: Track, places: Times, rule: RegisterRule) -> tuple[int, int] | None:
    """The first reading that no run which began before can take in, and the one to scan from; None: not known.

    `places` are those of the readings in question, in the track.
    """
    ambiguous = rule.day_starts is not None and track.stamps[places[0]] in rule.day_starts  # of which day it is
    if rule.backward:
        return None if ambiguous else (0, 0)
    stamps, segments, values = track.stamps[places], track.segment[places], track.values[places]
    reach = min(LONGEST_RUN, int(np.searchsorted(stamps, stamps[0] + LONGEST_OUTLIER, "right")))
    if len(places) <= reach:
        return None
    if segments[1] != segments[0]:
        return None if ambiguous and places[0] == 0 else (1, 0)
    steady = segments[reach] == segments[0] and not np.any(np.diff(values[: reach + 1]) < 0)
    return (reach, reach) if steady and rule.day_starts is None else None


def stretches_of(starts: Times, stamps: Times, values: Mantissas, rule: RegisterRule, holes: Times) -> Stretches:
    """The stretches of readings between slots that are not stated, each judged for itself.

    A step is not left open if it is settled in its stretch, and no reading before the stretch can change it. What lies
    before the first of all readings leaves no step open here.

    Args:
        starts, stamps, values, rule: as for `judge_steps`.
        holes: the start of each span of slots that are not stated, in order.
    """
    found, sure = np.zeros(len(stamps), np.bool_), list[int]()
    if not len(holes):
        return Stretches(found, np.array(sure, np.int64))
    cuts = np.unique(np.searchsorted(stamps, holes, "right"))
    edges = [0, *cuts[(cuts > 0) & (cuts < len(stamps))].tolist(), len(stamps)]
    by_time = RuleByTime(rule)
    for begin, end in zip(edges[:-1], edges[1:], strict=True):
        stretch, known = slice(begin, end), begin == 0 and bool(cuts[0])
        if not known and end - begin < 2:  # one reading decides nothing
            found[stretch] = True
            continue
        own = by_time.within(int(stamps[begin]), int(stamps[end - 1]))
        track = track_of(starts[stretch], stamps[stretch], values[stretch], own)
        if known:
            steps = judge_track(track, own)
        elif (start := first_sure(track, own)) is None:
            found[stretch] = True
            continue
        else:
            sure.append(begin + start.sure)
            found[begin : begin + start.kept + 1] = True
            steps = start.steps
        if cuts[-1] >= end:  # what may still come after the last reading leaves no step open here
            found[end - len(steps.stamps) : end] |= steps.of_kind(StepKind.PROVISIONAL)
    return Stretches(found, np.array(sure, np.int64))


def first_sure(track: Track, rule: RegisterRule, also_sure: Times = NO_READINGS) -> SureStart | None:
    """The first reading of a part of a series that is sure whatever was read before it; None: none is.

    Args:
        also_sure: readings that are sure after slots within the part that are not stated.
    """
    places = np.flatnonzero(track.at != STATED)
    first = 0
    while first < len(places) - 1:
        found = sure_reading(track, places[first : first + LONGEST_RUN + 1], rule)
        if found is not None:
            sure, given = first + found[0], first + found[1]
            begins_segment = bool(track.segment[places[given]] != track.segment[places[sure]])
            unseen = NO_READINGS if begins_segment else np.array([sure])
            known = np.append(also_sure[also_sure >= given], unseen) - given
            try:
                steps = judge_track(track.part(int(places[given])), rule, unknown_before=True, sure=known)
            except ContextInsufficient:
                pass
            else:
                kept = ~steps.of_kind(StepKind.OUTLIER)[sure - given :]
                return SureStart(given, sure, min(len(places) - 1, sure + int(np.argmax(kept))), begins_segment, steps)
        first += 1 + first // 256  # so that a long stretch of falls is not tried for hours
    return None
