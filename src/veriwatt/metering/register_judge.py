"""Judging the steps of a register (docs/spec/slots-and-periods.md).

A register that falls is never subtracted. `register_falls` says which readings are outliers and what each other fall
is; here every kept reading gets its step.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from veriwatt.metering.register_falls import LONGEST_OUTLIER, LONGEST_RUN, Scan, scan_falls
from veriwatt.metering.register_marks import MARKED_BEFORE_FALL, mark_beside, mark_closings, mark_doubtful, mark_falls
from veriwatt.metering.register_steps import Steps
from veriwatt.metering.register_track import STATED, Mantissas, RegisterRule, StepKind, Times, Track, next_reading

SETTLED_AFTER = MARKED_BEFORE_FALL + LONGEST_OUTLIER
"""A fall this long after a span marks no step in it, and one before that has settled."""
_MOST = 2**62
NO_READINGS = np.zeros(0, np.int64)


def judge_track(track: Track, rule: RegisterRule, *, unknown_before: bool = False, sure: Times = NO_READINGS) -> Steps:
    """The steps of the readings of a track.

    Args:
        track: the readings.
        rule: what the steps are judged by.
        unknown_before: the first reading is kept, and the series has earlier ones that are not given.
        sure: readings that are kept, but before which a spike may have begun that is not shown.

    Raises:
        ContextInsufficient: a fall cannot be judged without the readings before the first.
    """
    count = int((track.at != STATED).sum())
    scan = scan_falls(track, rule, unknown_before)
    steps = _steps(track, scan, rule, count)
    steps.kinds[track.at[~scan.kept]] |= StepKind.OUTLIER
    steps.kinds[~_settled(track, scan, count)] |= StepKind.PROVISIONAL
    mark_closings(track, scan, steps, rule)
    if rule.rate is None:
        mark_beside(track, scan, steps)
    falls = (*mark_falls(track, scan, steps, sure), *mark_doubtful(track, scan, steps))
    return replace(steps, falls=falls, unchecked=rule.unchecked)


def _steps(track: Track, scan: Scan, rule: RegisterRule, count: int) -> Steps:
    """Each step between neighbours of the track, added to the reading that it leads to."""
    kept = np.flatnonzero(scan.kept)
    before, after = kept[:-1], kept[1:]
    same_meter = track.meter[before] == track.meter[after]
    to_reading = next_reading(track.at[kept])[1:]
    before, after, to_reading = before[same_meter], after[same_meter], to_reading[same_meter]
    kinds = scan.kinds[after].copy()
    restart = track.day[before] != track.day[after]
    kinds[restart] |= StepKind.RESTART
    kinds[restart & _misses_end_of_day(track, before, after, rule)] |= StepKind.AT_LEAST
    kinds[(track.at[before] == STATED) | (track.at[after] == STATED)] |= StepKind.EXCHANGE
    advance = track.values[after] - np.where(restart, 0, track.values[before])
    if rule.width is not None:
        advance = advance + np.where((kinds & StepKind.ROLLOVER) != 0, rule.width, 0)
    lower = (np.asarray(advance < 0, np.bool_) & (not rule.backward)) | ((kinds & StepKind.FALL) != 0)
    kinds[lower & ((kinds & StepKind.OPEN) == 0)] |= StepKind.FALL
    counts = (kinds & (StepKind.FALL | StepKind.OPEN)) == 0
    if rule.rate is not None:
        durations = track.stamps[after] - track.stamps[before]
        if rule.width is not None and not rule.backward:
            kinds[counts & ~_beyond(advance + rule.width, durations, rule)] |= StepKind.AT_LEAST
        beyond = counts & _beyond(advance, durations, rule)
        confirmed = beyond & _confirmed(track, before, after, rule)
        kinds[confirmed] |= StepKind.CONFIRMED
        beyond &= ~confirmed
        kinds[beyond] |= StepKind.IMPLAUSIBLE
        counts &= ~beyond
    return _joined(track, before, after, to_reading, advance, kinds, counts, count)


def _joined(
    track: Track,
    before: Times,
    after: Times,
    to_reading: Times,
    advance: Mantissas,
    kinds: Times,
    counts: NDArray[np.bool_],
    count: int,
) -> Steps:
    """By reading: where an exchange lies between, its parts together; they count together or not at all."""
    total = np.zeros(count, advance.dtype)
    np.add.at(total, to_reading, advance)
    of_reading = np.zeros(count, np.int64)
    np.bitwise_or.at(of_reading, to_reading, kinds)
    counted = np.zeros(count, np.bool_)
    counted[to_reading] = True
    counted[to_reading[~counts]] = False
    total[~counted] = 0
    bridged = np.zeros(count, np.bool_)
    stamped = np.where(track.at[before] == STATED, track.starts[after], track.stamps[before])
    bridged[to_reading] = stamped != track.starts[after]
    return Steps(track.stamps[track.at >= 0], total, counted, of_reading, bridged, ())


def _misses_end_of_day(track: Track, before: Times, after: Times, rule: RegisterRule) -> NDArray[np.bool_]:
    """Whether no reading closes the counter's day at a restart, or a whole day lies between.

    What it counted after its last reading of a day is not known, nor where the reading at the day's end is the restart;
    it may be where it is the only one of its day.
    """
    if rule.day_starts is None:
        return np.zeros(len(before), np.bool_)
    end, own_end = (rule.day_starts[np.minimum(track.day[at] + 1, len(rule.day_starts) - 1)] for at in (before, after))
    missed: NDArray[np.bool_] = (track.stamps[before] < end) | (track.day[after] > track.day[before] + 1)
    missed |= track.stamps[after] == own_end
    return missed


def _beyond(advance: Mantissas, durations: Times, rule: RegisterRule) -> NDArray[np.bool_]:
    """Whether each advance exceeds the rate; few durations differ, so the limit of each is computed once."""
    lengths, which = np.unique(durations, return_inverse=True)
    limits = np.array([min(rule.most(length) or 0, _MOST) for length in lengths.tolist()], np.int64)
    beyond: NDArray[np.bool_] = np.asarray(abs(advance) > limits[which], np.bool_)
    return beyond


def _confirmed(track: Track, before: Times, after: Times, rule: RegisterRule) -> NDArray[np.bool_]:
    """Whether each step is one that was confirmed: between just these readings, so that no restated one passes."""
    named = {c.step for c in rule.record.confirmations}
    found = np.isin(track.stamps[after], [c.step.at for c in rule.record.confirmations])
    for i in np.flatnonzero(found).tolist():
        earlier, later = int(before[i]), int(after[i])
        shown = int(track.values[earlier]), int(track.values[later])
        found[i] = (int(track.stamps[earlier]), shown[0], int(track.stamps[later]), shown[1]) in named
    return found


def _settled(track: Track, scan: Scan, count: int) -> NDArray[np.bool_]:
    """Readings whose step no later reading can change; they come before all others.

    Before any fall that is not settled itself, such a reading has LONGEST_RUN later kept readings, or a kept one
    stamped more than LONGEST_OUTLIER later.
    """
    stamps = track.stamps[track.at >= 0]
    until = count
    following = next_reading(np.where(scan.kept, track.at, STATED))
    for later in reversed(scan.falls):
        reading = int(following[later] if scan.kept[later] else track.at[later])
        if count - 1 - reading >= LONGEST_RUN or stamps[-1] - stamps[reading] > LONGEST_OUTLIER:
            break
        until = reading
    kept = track.at[scan.kept & (track.at != STATED) & (track.at < until)]
    if not len(kept):
        return np.zeros(count, np.bool_)
    long_ago = int(np.searchsorted(stamps[kept], stamps[kept[-1]] - LONGEST_OUTLIER, "left"))
    number = max(len(kept) - LONGEST_RUN, long_ago)
    return np.arange(count) <= (kept[number - 1] if number else -1)
