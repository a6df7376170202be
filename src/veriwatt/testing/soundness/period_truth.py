"""Is the figure of a proven period the one that its slots give? Slot by slot, and step by step for a register.

A verifier sees only what the file discloses. The truth also knows what was read before the context, for a figure that
another history would change must not be proven, and what was read after it, for none that is complete may change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from veriwatt.encoding import Value
from veriwatt.metering.register_track import RegisterRule, StepKind
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.testing.register_model import PlainStep, Reading, plain_steps
from veriwatt.testing.soundness.false_proof import FalseProof, require
from veriwatt.testing.soundness.naive_calendar import DAY
from veriwatt.testing.soundness.stated_slots import PointSlots, Slot, means
from veriwatt.testing.soundness.truth import Truth
from veriwatt.testing.soundness.workshop import Registered

IN_DOUBT = (
    StepKind.EXCHANGE | StepKind.FALL | StepKind.BESIDE_FALL | StepKind.IMPLAUSIBLE | StepKind.OPEN | StepKind.AT_LEAST
)
"""The kinds of step that no complete figure has."""

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a file claims: the figure of `period`, from the frames at `positions` and their slots in `context`."""

    period: Span
    context: Span
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PeriodTruth:
    """What is true of one point; `record` is what the ledger has of its meter."""

    slots: PointSlots
    truth: Truth
    record: RegisterRecord

    def is_due(self, shown: Shown) -> bool:
        """Whether the frames and the context of a file are such that its figure must be proven."""
        try:
            self._check_shown(shown)
        except FalseProof:
            return False
        return True

    def check(self, facts: Mapping[str, Any], caveats: Collection[str], shown: Shown) -> None:
        """Raise FalseProof unless the facts are those of the slots that the file shows."""
        self._check_shown(shown)
        frames = [self.slots.shop.frames[at].draft for at in shown.positions]
        _same("frames", facts["frames"], len(frames))
        _same("terminals", facts["terminals"], ", ".join(sorted({frame.terminal for frame in frames})))
        told = any(self.truth.is_contradicted(at) for at in shown.positions)
        _same("contradiction told", "contradicted" in caveats, told)
        self.truth.certified.check_period(facts, [self._moments(at, shown) for at in shown.positions])
        self._check_figure(facts, shown)

    def _moments(self, position: int, shown: Shown) -> tuple[str, Sequence[int]]:
        """The frame's terminal, and when it was read and collected: slots after the period count alone."""
        draft, stated = self.slots.shop.frames[position].draft, self.slots.within(position, shown.context)
        slots = [slot for slot in stated if slot.start < shown.period[1]] or stated
        moments = [t for slot in slots for t in (slot.end, slot.instant) if t is not None]
        if self._definition(shown)["kind"] == "interval":
            during = self.truth.certified.during
            moments += [t for slot in slots for t in during(draft.terminal, slot.start, slot.end)]
        return draft.terminal, [*(moments if draft.origin[0] == "meter" else ()), draft.collected_at]

    def _check_shown(self, shown: Shown) -> None:
        for position in shown.positions:
            self.slots.check(position, self.slots.within(position, shown.context))
        drafts = [self.slots.shop.frames[at].draft for at in shown.positions]
        numbers = {(draft.terminal, draft.epoch, draft.seq) for draft in drafts}
        require(len(numbers) == len(drafts), "two frames of one number")
        own, context = self._definition(shown), shown.context
        last = max(slot.end for slot in self._stated(shown).values())
        for series in self.slots.series:
            if series.begins < last and (series.ends is None or context[0] < series.ends):
                require(means(series.definition) == means(own), "two meanings of values in one context")
        version = self._version(shown)
        require(version.days.day_at(context[0]) is not None, "a context before its calendar")
        for position in shown.positions:
            each = self.slots.version(position)
            part = context[0], min(context[1], self._replaced(each, context[1]))
            same = part[0] >= part[1] or each.days == version.days
            require(same or _days(each.days, part) == _days(version.days, part), "two calendars")
        if own["kind"] == "register":
            starts = self._stated(shown)
            before = [start for start, _ in self._grid(shown, context) if start < shown.period[0]]
            require(all(start in starts for start in before), "a slot of the context before the period is not shown")

    def _check_figure(self, facts: Mapping[str, Any], shown: Shown) -> None:
        period, grid, stated = shown.period, self._grid(shown, shown.period), self._stated(shown)
        inside = [stated[start] for start, _ in grid if start in stated]
        _same("expected", facts["expected"], len(grid))
        for status, name in enumerate(("measured", "estimated", "manual", "gap"), 1):
            _same(name, facts[name], sum(slot.status == status for slot in inside))
        _same("not stated", facts["not_stated"], len(grid) - len(inside))
        if facts["complete"]:
            _same("slots of a complete period", sum(slot.status == 1 for slot in inside), len(grid))
        _same("value", self._mantissa(facts["value"], shown), self._value(inside, shown, stated))
        if self._definition(shown)["kind"] == "register":
            self._check_for_good(facts, shown, period, stated)

    def _check_for_good(self, facts: Mapping[str, Any], shown: Shown, period: Span, stated: Mapping[int, Slot]) -> None:
        """No reading that is on the ledger changes a complete figure, or gives less than the lower bound."""
        run = self.slots.run(shown.context[0])
        every = range(len(self.slots.shop.frames))
        ends = run[-1].ends
        latest = self.slots.counting(every, (run[0].begins, self.slots.shop.now if ends is None else ends))
        if any(latest.get(start) != slot for start, slot in stated.items()):
            return  # a later version of a slot is hidden, and none but the maker of the file knows
        with_all = self._advance(latest.values(), period, self._rule(shown))
        rule = self._rule(shown)
        plainly = replace(rule, record=replace(rule.record, exchanges=()))
        without = self._advance(latest.values(), period, plainly)
        if facts["complete"]:
            _same("complete value, by all readings", self._mantissa(facts["value"], shown), with_all)
            steps = self._steps(latest.values(), period, self._rule(shown))
            require(
                not any(step.kinds & IN_DOUBT for step in steps), "complete, and a step is in doubt by all readings"
            )
        bound = self._mantissa(facts["at_least"], shown)
        lowest = min(with_all or 0, without or 0)
        require(bound is None or bound <= lowest, f"at least {bound}: {with_all}, {without} are true")

    def _value(self, inside: Sequence[Slot], shown: Shown, stated: Mapping[int, Slot]) -> int | None:
        known = [slot.value for slot in inside if slot.value is not None]
        lengths = [slot.end - slot.start for slot in inside if slot.value is not None]
        definition = self._definition(shown)
        if definition["kind"] == "interval":
            return sum(known) if known else None
        if definition["kind"] == "instant":
            step = definition["step"]
            assert isinstance(step, int)
            over_time = sum(value * length for value, length in zip(known, lengths, strict=True))
            return round(Fraction(over_time, sum(lengths) * step)) * step if known else None
        return self._advance_shown(shown, stated)

    def _advance_shown(self, shown: Shown, stated: Mapping[int, Slot]) -> int | None:
        """The advance in the period, with everything that was read before the context.

        Where the series once began in the context, before all that is stated there, nothing is from before.
        """
        begins, first = shown.context[0], min(stated)
        run = self.slots.run(begins)
        before = dict[int, Slot]()
        if run and not any(begins <= former <= first for series in run for former in series.former):
            before = self.slots.counting(range(len(self.slots.shop.frames)), (run[0].begins, begins))
        return self._advance([*before.values(), *stated.values()], shown.period, self._rule(shown))

    def _advance(self, slots: Collection[Slot], period: Span, rule: RegisterRule) -> int | None:
        advances = [step.advance for step in self._steps(slots, period, rule) if step.advance is not None]
        return sum(advances) if advances else None

    def _steps(self, slots: Collection[Slot], period: Span, rule: RegisterRule) -> list[PlainStep]:
        """The steps of the readings stamped in the period."""
        ordered = sorted((slot for slot in slots if slot.value is not None), key=lambda slot: slot.start)
        if not ordered:
            return []
        steps = plain_steps([Reading(slot.start, slot.end, slot.value or 0) for slot in ordered], rule)
        return [step for stamp, step in steps.items() if period[0] < stamp <= period[1]]

    def _stated(self, shown: Shown) -> dict[int, Slot]:
        """The slots of the context that the file shows; of several versions the last counts."""
        found: dict[int, Slot] = {}
        for position in shown.positions:
            found |= {slot.start: slot for slot in self.slots.within(position, shown.context)}
        return found

    def _grid(self, shown: Shown, span: Span) -> list[tuple[int, int]]:
        return self._version(shown).days.slots(str(self._definition(shown)["slot"]), *span)

    def _definition(self, shown: Shown) -> dict[str, Value]:
        return self.slots.definition(shown.positions[-1])

    def _version(self, shown: Shown) -> Registered:
        """The newest version that a frame names: its days are those of the figure."""
        return max((self.slots.version(position) for position in shown.positions), key=lambda version: version.n)

    def _replaced(self, version: Registered, latest: int) -> int:
        """When the last series ends that a frame of the version may be of, at most `latest`."""
        ends = [series.ends for series in self.slots.series if series.version.n <= version.n]
        return max((latest if end is None else min(end, latest) for end in ends), default=latest)

    def _rule(self, shown: Shown) -> RegisterRule:
        own = self._definition(shown)
        width, rate, step = own["width"], own["rate"], own["step"]
        assert isinstance(step, int)
        assert width is None or isinstance(width, int)
        assert rate is None or isinstance(rate, int)
        near = self.slots.series[0].begins - 2 * DAY, self.slots.shop.now + 2 * DAY
        days = [start for start in self._version(shown).days.starts if near[0] <= start <= near[1]]
        starts = np.array(days, np.int64) if own["restart"] else None
        return RegisterRule(width, rate, step, backward=bool(own["backward"]), day_starts=starts, record=self.record)

    def _mantissa(self, value: str | None, shown: Shown) -> Decimal | None:
        scale = self._definition(shown)["scale"]
        assert isinstance(scale, int)
        return None if value is None else Decimal(value).scaleb(-scale)


def _days(days: Any, context: Span) -> dict[int, int]:
    """The days of a calendar that have a time of the context, by date, with where they and the last one end."""
    first, last = days.day_at(context[0]), days.day_at(context[1] - 1)
    if first is None or last is None:
        return {}
    return {days.first + at: days.starts[at] for at in range(first, last + 2)}


def _same(what: str, said: object, true: object) -> None:
    if said != true:
        raise FalseProof(f"{what}: {said} is said, {true} is true")
