"""Random registers with rollovers, exchanges, restarts, outliers, falls and gaps, against the rule word by word.

    tally = run_registers(seed, 1000)

The figures are taken as `query` and page take them (all readings of the series), as the hours do (the sum of hourly
figures), and as a verifier does (the part of the series that evidence discloses).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

import numpy as np

from veriwatt.metering.register_context import judge_period, judge_steps, period_context
from veriwatt.metering.register_steps import Steps
from veriwatt.metering.register_track import RegisterRule, StepKind, Times
from veriwatt.metering.step_totals import sum_steps
from veriwatt.model.points.register_record import ReadStep, RegisterExchange, RegisterRecord, StepConfirmation
from veriwatt.testing.actors import SIM_AUTHORITY
from veriwatt.testing.register_model import Reading, plain_steps
from veriwatt.units import DAY, HOUR, Interval

WIDTH = 1000
EVENTS = ("on",) * 8 + ("stay", "spike", "dip", "zero", "jump", "gap", "fall", "two spikes", "climb")


@dataclass
class RegisterTally:
    """What came of many registers; `problems` are sentences with the seed and the number of the register."""

    registers: int = 0
    negative: int = 0
    not_adding_up: int = 0
    disagreements: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, other: RegisterTally) -> None:
        self.registers += other.registers
        self.negative += other.negative
        self.not_adding_up += other.not_adding_up
        self.disagreements += other.disagreements
        self.problems += other.problems


def run_registers(seed: int, count: int) -> RegisterTally:
    """Judge so many random registers."""
    tally = RegisterTally(count)
    for number in range(count):
        where = f"register {number} of seed {seed}"
        rng = Random(f"{seed} {number}")
        readings, rule = random_register(rng)
        steps = judge_steps(*_columns(readings), rule)
        periods = _periods(rng, readings)
        figures = _figures(steps, periods, rule)
        if not rule.backward and any(value is not None and value < 0 for value in figures):
            tally.negative += 1
            tally.problems.append(f"{where}: a negative period")
        if _sum(figures[1:]) != figures[0]:
            tally.not_adding_up += 1
            tally.problems.append(f"{where}: its periods do not add up")
        if figures != _plainly(readings, periods, rule) or not _as_evidence(readings, rule, steps, rng):
            tally.disagreements += 1
            tally.problems.append(f"{where}: query, hours, evidence and the rule word by word disagree")
    return tally


def random_register(rng: Random) -> tuple[list[Reading], RegisterRule]:
    """Readings of slots of 1 h, 6 h or a day, and a rule and record that explain some of their falls."""
    slot, width, rate = rng.choice((HOUR, 6 * HOUR, DAY)), rng.choice((None, WIDTH)), rng.choice((None, 2, 40))
    restarts, backward = rng.random() < 0.3, rng.random() < 0.1
    value, stamp, readings = rng.randint(0, 1200), 0, list[Reading]()
    for _ in range(rng.randint(1, 60)):
        event = rng.choice(EVENTS)
        stamp += slot * (rng.randint(2, 40) if event == "gap" else 1)
        if restarts and (stamp - slot) % DAY == 0 and not backward:
            value = 0
        value += rng.randint(0, 12) if event != "stay" else 0
        if width and rng.random() < 0.2:
            value %= width
        if event == "fall":
            value = max(0, value - rng.randint(1, 900))
        if event == "jump":
            value += rng.randint(100, 900)
        shown = {"spike": value + 500, "two spikes": value + 400, "dip": max(0, value - 30), "zero": 0}.get(
            event, value
        )
        readings.append(Reading(stamp - slot, stamp, shown))
        if event == "climb":
            stamp = _climb(rng, readings, slot, shown)
        if event == "two spikes":
            stamp += slot
            readings.append(Reading(stamp - slot, stamp, shown + rng.randint(0, 3)))
    starts = np.arange(-DAY, stamp + 2 * DAY, DAY) if restarts else None
    record = _record(rng, stamp, readings)
    return readings, RegisterRule(width, rate, backward=backward, day_starts=starts, record=record)


def _climb(rng: Random, readings: list[Reading], slot: int, value: int) -> int:
    """Adds a spike that climbs in two or three steps, as an outlier or longer; returns its last stamp."""
    stamp, shown = readings[-1].stamp, value
    for _ in range(rng.choice((2, 2, 3))):
        shown += rng.randint(100, 900)
        for _ in range(rng.choice((1, 1, 2, 5, 9))):
            stamp += slot
            shown += rng.randint(0, 2)
            readings.append(Reading(stamp - slot, stamp, shown))
    return stamp


def _record(rng: Random, until: int, readings: list[Reading]) -> RegisterRecord:
    """Up to two exchanges, at any half hour, and confirmations of steps, of which some are not what was read."""
    exchanges = tuple(
        RegisterExchange(_at(rng, until), rng.randint(0, 1200), rng.randint(0, 1200), 1, 1, "m", "worn")
        for _ in range(rng.choice((0, 0, 1, 2)))
    )
    shown = [(r.stamp, r.value) for r in readings] + [(e.at, value) for e in exchanges for value in (e.last, e.first)]
    shown.sort(key=lambda each: each[0])
    pairs = [pair for pair in pairwise(shown) if rng.random() < 0.3] if rng.random() < 0.5 else []
    wrong = [(earlier, (at, value + 1)) for earlier, (at, value) in pairwise(shown) if rng.random() < 0.1]
    confirmed = tuple(StepConfirmation(ReadStep(*a, *b), 1, 1, "m", "x", SIM_AUTHORITY) for a, b in [*pairs, *wrong])
    return RegisterRecord(exchanges, confirmed)


def _at(rng: Random, until: int) -> int:
    return rng.randint(0, 2 * until // HOUR) * HOUR // 2


def _periods(rng: Random, readings: Sequence[Reading]) -> list[Interval]:
    """A whole span, and the parts of a cut of it at hours."""
    begin, end = readings[0].start, readings[-1].stamp + HOUR
    cuts = sorted({begin, end, *(rng.randrange(begin, end, HOUR) for _ in range(rng.randint(0, 12)))})
    parts = [Interval(a, b) for a, b in zip(cuts, cuts[1:], strict=False)]
    return [Interval(begin, end), *parts]


def _figures(steps: Steps, periods: Sequence[Interval], rule: RegisterRule) -> list[int | None]:
    starts, ends = (np.array([getattr(p, side) for p in periods], np.int64) for side in ("start", "end"))
    sums = sum_steps(steps, starts, ends, backward=rule.backward)
    return [int(v) if known else None for v, known in zip(sums.values.tolist(), sums.has_value.tolist(), strict=True)]


def _plainly(readings: Sequence[Reading], periods: Sequence[Interval], rule: RegisterRule) -> list[int | None]:
    """The figures by the rule word by word."""
    steps = plain_steps(list(readings), rule)
    found = []
    for period in periods:
        advances = [
            step.advance
            for stamp, step in steps.items()
            if step.advance is not None and period.start < stamp <= period.end
        ]
        found.append(sum(advances) if advances else None)
    return found


def _as_evidence(readings: Sequence[Reading], rule: RegisterRule, whole: Steps, rng: Random) -> bool:
    """Whether the part of the series that evidence discloses gives the same steps of a period."""
    stamps = [readings[0].start, *(r.stamp for r in readings)]
    begin, end = sorted(rng.sample(stamps, 2))
    period = Interval(begin, end)
    context = period_context(*_columns(readings), rule, period)
    part = readings[context.first : context.end]
    judged = judge_period(*_columns(part), rule, period, from_first=context.from_first)
    shown = whole if context.end == len(readings) else judge_steps(*_columns(readings[: context.end]), rule)
    return _inside(judged.steps, period) == _inside(shown, period)


def _inside(steps: Steps, period: Interval) -> tuple[list[int], list[bool], list[int]]:
    inside = (steps.stamps > period.start) & (steps.stamps <= period.end)
    kinds = steps.kinds[inside] & ~StepKind.PROVISIONAL
    return steps.advance[inside].tolist(), steps.counted[inside].tolist(), kinds.tolist()


def _sum(parts: Sequence[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def _columns(readings: Sequence[Reading]) -> tuple[Times, Times, Times]:
    rows = np.array([(r.start, r.stamp, r.value) for r in readings], np.int64).reshape(-1, 3)
    return rows[:, 0], rows[:, 1], rows[:, 2]
