"""The rule of steps, word by word and one reading at a time: what the fast code is compared with."""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.metering.register_track import RegisterRule, StepKind
from veriwatt.units import DAY, HOUR, MINUTE


@dataclass(frozen=True)
class Reading:
    """A reading of a register, or what an exchange states of one."""

    start: int
    stamp: int
    value: int
    stated: bool = False


@dataclass
class PlainStep:
    """What a reading adds, None if nothing counts, and the kinds of its step."""

    advance: int | None
    kinds: StepKind


def plain_steps(readings: list[Reading], rule: RegisterRule) -> dict[int, PlainStep]:
    """The step of every reading, by its stamp; `PROVISIONAL` is left out.

    A step that is another one without the exchanges recorded is the owner's word; the same step has the falls of both.
    """
    steps = _judged(readings, rule)
    for stamp, without in _judged(readings, rule.without_exchanges()).items():
        step = steps[stamp]
        kinds = (step.kinds ^ without.kinds) & ~(StepKind.EXCHANGE | StepKind.FALL | StepKind.BESIDE_FALL)
        same = step.advance == without.advance and not kinds
        step.kinds |= without.kinds & (StepKind.FALL | StepKind.BESIDE_FALL) if same else StepKind.EXCHANGE
    return steps


def _judged(readings: list[Reading], rule: RegisterRule) -> dict[int, PlainStep]:
    steps = {r.stamp: PlainStep(None, StepKind(0)) for r in readings}
    parts: dict[int, list[PlainStep]] = {}
    pending: list[PlainStep] = []
    marked, beside, either = list[int](), list[int](), list[list[Reading]]()
    for meter in _meters(readings, rule):
        before = None
        line = list[tuple[Reading, int]]()
        for day, segment in _days(meter, rule):
            kept, falls, lower, doubtful = _scan(segment, readings[-1], rule)
            for r in segment:
                if r not in kept and not r.stated:
                    steps[r.stamp].kinds |= StepKind.OUTLIER
            marked += _marked(segment, kept, falls, before is not None)
            beside += _beside(segment, falls) if rule.rate is None and not rule.backward else []
            marked += [r.stamp for r in kept for left, right in doubtful if left < r.stamp <= right and not r.stated]
            line += [(r, day) for r in kept if not r.stated]
            for r in kept:
                if before is not None:
                    step = _step(before, (r, day), falls.get(r), rule)
                    step.kinds |= StepKind.AT_LEAST if r in lower else 0
                    pending.append(step)
                    if not r.stated:
                        parts[r.stamp], pending = pending, []
                before = (r, day)
        either += _either(line, rule)
    for stamp, joined in parts.items():
        step = steps[stamp]
        for part in joined:
            step.kinds |= part.kinds
        if not step.kinds & (StepKind.FALL | StepKind.OPEN | StepKind.IMPLAUSIBLE):
            step.advance = sum(part.advance or 0 for part in joined)
    for stamp in marked:
        if stamp in steps and steps[stamp].advance is not None:
            steps[stamp].kinds |= StepKind.FALL
    for closing, *following in either:
        steps[closing.stamp].kinds |= StepKind.AT_LEAST
        for r in (closing, *following) if closing.value else ():
            steps[r.stamp].kinds |= StepKind.FALL
    for stamp in beside:
        if steps[stamp].advance is not None:
            steps[stamp].kinds |= StepKind.BESIDE_FALL
    return steps


def _may_begin(r: Reading, rule: RegisterRule) -> bool:
    """Whether a counter may show so much within a minute of beginning anew."""
    return rule.rate is None or r.value <= rule.rate * MINUTE // HOUR + rule.step


def _either(line: list[tuple[Reading, int]], rule: RegisterRule) -> list[list[Reading]]:
    """The readings at a day's end that may close it or be the restart, each with the one after it, if there is one."""
    if rule.rate is None or rule.day_starts is None:
        return []
    found = []
    for i, (r, day) in enumerate(line[1:], 1):
        following = [later for later, _ in line[i + 1 : i + 2]]
        at_end = line[i - 1][1] == day and r.stamp == rule.day_starts[day + 1]
        if at_end and all(r.value <= each.value for each in following) and _may_begin(r, rule):
            found.append([r, *following])
    return found


def _beside(segment: list[Reading], falls: dict[Reading, StepKind]) -> list[int]:
    """The readings whose steps outliers just before a fall, or just after it, would make, if one of those told with it
    is unexplained.
    """
    stamps, together = list[int](), list[list[int]]()
    for n in range(1, len(segment)):
        if segment[n].value >= segment[n - 1].value:
            continue
        run = segment[together[-1][-1] : n] if together else []
        near = run and len(run) <= 4 and run[-1].stamp - run[0].stamp <= 48 * HOUR and not any(r.stated for r in run)
        if not near:
            together.append([])
        together[-1].append(n)
    for group in together:
        if not any(falls.get(segment[n], StepKind(0)) & (StepKind.FALL | StepKind.OPEN) for n in group):
            continue
        for n in group:
            for r in reversed(segment[max(0, n - 4) : n]):
                if r.stated or segment[n - 1].stamp - r.stamp > 48 * HOUR:
                    break
                stamps.append(r.stamp)
            for r, following in zip(segment[n : n + 4], segment[n + 1 :], strict=False):
                if r.stated or r.stamp - segment[n].stamp > 48 * HOUR:
                    break
                if not following.stated:
                    stamps.append(following.stamp)
    return stamps


def _marked(
    segment: list[Reading], kept: list[Reading], falls: dict[Reading, StepKind], has_earlier: bool
) -> list[int]:
    """The readings whose steps rose to above the value of a fall, from where a spike of the week before it may begin.

    Where slots before the fall have no kept reading, it may have fallen in the first of them.
    """
    stamps = []
    for later, kind in falls.items():
        number = sum(r in kept for r in segment[: segment.index(later)])
        last = kept[number - 1] if number else later
        fell = later.stamp if last.stated or last.stamp == later.start or not number else last.stamp
        begun = False
        for i, r in enumerate(kept[:number]):
            if kind != StepKind.FALL or r.stamp < fell - 7 * DAY or r.value <= later.value:
                continue
            begun = begun or (kept[i - 1].value <= later.value if i else has_earlier)
            if begun and not r.stated and (i == 0 or kept[i - 1].value < r.value):
                stamps.append(r.stamp)
    return stamps


def _meters(readings: list[Reading], rule: RegisterRule) -> list[list[Reading]]:
    left, meters, first = list(readings), list[list[Reading]](), list[Reading]()
    for e in rule.record.in_force():
        old = [r for r in left if r.stamp < e.at]
        old += [r for r in left if r.stamp == e.at and abs(r.value - e.last) <= abs(r.value - e.first)]
        if (not old and not meters) or len(old) == len(left):
            continue
        meters.append([*first, *old, Reading(e.at, e.at, e.last, stated=True)])
        first, left = [Reading(e.at, e.at, e.first, stated=True)], left[len(old) :]
    return [*meters, [*first, *left]] if left else meters


def _days(meter: list[Reading], rule: RegisterRule) -> list[tuple[int, list[Reading]]]:
    if rule.day_starts is None:
        return [(0, meter)]
    days: list[tuple[int, list[Reading]]] = []
    for i, r in enumerate(meter):
        day = max(n for n, start in enumerate(rule.day_starts.tolist()) if start < r.stamp)
        before = meter[i - 1] if i else None
        if before and r.stamp in rule.day_starts and before.stamp > rule.day_starts[day] and r.value < before.value:
            day += _may_begin(r, rule)
        if not days or days[-1][0] != day:
            days.append((day, []))
        days[-1][1].append(r)
    return days


def _scan(
    segment: list[Reading], newest: Reading, rule: RegisterRule
) -> tuple[list[Reading], dict[Reading, StepKind], set[Reading], list[tuple[int, int]]]:
    """What is kept, the falls, the readings whose step is a lower bound, and stamps between which it may go round."""
    kept, left, falls = list[Reading](), list(segment), dict[Reading, StepKind]()
    lower, doubtful = set[Reading](), list[tuple[int, int]]()
    while left:
        later = left[0]
        if kept and later.value < kept[-1].value and not rule.backward:
            runs = [] if later.stated or kept[-1].stated else _runs(kept, left, rule)
            _, within, _, before, after = max(runs, default=(0, False, 0, 0, 0))
            neighbour, beyond = kept[-before - 1], left[after] if after < len(left) else later
            if runs and _may_go_round(beyond.value - neighbour.value, neighbour, beyond, rule):
                doubtful.append((neighbour.stamp, beyond.stamp))
                falls[later] = _kind(kept[-1], later, newest, rule)
            elif runs:
                if before + after > 1 or beyond.stamp - neighbour.stamp > 4 * DAY:
                    lower.add(beyond)
                all_do = {(b, a) for _, w, _, b, a in runs if w >= within}
                rivals = [(b, a) for b, a in all_do if not any(x <= b and y <= a for x, y in all_do - {(b, a)})]
                if _kind(kept[-1], later, newest, rule) == StepKind.ROLLOVER:
                    doubtful.append((neighbour.stamp, left[min(after + 1, len(left) - 1)].stamp))
                elif len(rivals) > 1:
                    most, latest = (max(reach) for reach in zip(*rivals, strict=True))
                    doubtful.append((kept[-most - 1].stamp, left[latest].stamp))
                kept, left = kept[: len(kept) - before], left[after:]
            else:
                falls[later] = _kind(kept[-1], later, newest, rule)
        kept.append(left.pop(0))
    return kept, falls, lower, doubtful


def _runs(kept: list[Reading], left: list[Reading], rule: RegisterRule) -> list[tuple[int, bool, int, int, int]]:
    """The runs without which the register does not fall: how short, whether within the rate, how late, and where."""
    found = []
    for length in (1, 2, 3, 4):
        for after in range(length + 1):
            before = length - after
            if before >= len(kept) or after >= len(left):
                continue
            run = kept[len(kept) - before :] + left[:after]
            if any(r.stated for r in run) or run[-1].stamp - run[0].stamp > 48 * HOUR:
                continue
            neighbour, beyond = kept[-before - 1], left[after]
            advance = beyond.value - neighbour.value
            if advance >= 0:
                found.append((-length, _plausible(advance, neighbour, beyond, rule), after, before, after))
    return found


def _plausible(advance: int, earlier: Reading, later: Reading, rule: RegisterRule) -> bool:
    return rule.rate is None or (abs(advance) - rule.step) * HOUR <= rule.rate * (later.stamp - earlier.stamp)


def _may_go_round(advance: int, earlier: Reading, later: Reading, rule: RegisterRule) -> bool:
    if rule.width is None or rule.rate is None:
        return False
    return _plausible(rule.width + advance, earlier, later, rule)


def _kind(earlier: Reading, later: Reading, newest: Reading, rule: RegisterRule) -> StepKind:
    if later == newest:
        return StepKind.OPEN
    if rule.width is not None and earlier.value >= rule.width:
        return StepKind.FALL
    return StepKind.ROLLOVER if _may_go_round(later.value - earlier.value, earlier, later, rule) else StepKind.FALL


def _step(
    earlier: tuple[Reading, int], later: tuple[Reading, int], fall: StepKind | None, rule: RegisterRule
) -> PlainStep:
    (before, day), (after, next_day) = earlier, later
    kinds = fall or StepKind(0)
    advance = after.value - before.value
    if day != next_day:
        assert rule.day_starts is not None
        kinds |= StepKind.RESTART
        advance = after.value
        only = after.stamp == rule.day_starts[next_day + 1]
        if before.stamp < rule.day_starts[day + 1] or next_day > day + 1 or only:
            kinds |= StepKind.AT_LEAST
    if before.stated or after.stated:
        kinds |= StepKind.EXCHANGE
    if kinds & StepKind.ROLLOVER and rule.width is not None:
        advance += rule.width
    counts = not kinds & (StepKind.FALL | StepKind.OPEN)
    if counts and not rule.backward and _may_go_round(advance, before, after, rule):
        kinds |= StepKind.AT_LEAST
    if counts and not _plausible(advance, before, after, rule):
        named = (before.stamp, before.value, after.stamp, after.value)
        confirmed = any(c.step == named for c in rule.record.confirmations)
        kinds |= StepKind.CONFIRMED if confirmed else StepKind.IMPLAUSIBLE
    return PlainStep(advance, kinds)
