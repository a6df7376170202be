"""Is the figure of a proven period the one that its slots give? Slot by slot, and step by step for a register.

A verifier sees only what the file discloses. The truth also knows what was read before the context, for a figure that
another history would change must not be proven.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from veriwatt.encoding import Value
from veriwatt.metering.register_track import RegisterRule
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.testing.register_model import Reading, plain_steps
from veriwatt.testing.soundness.drafts import FrameDraft
from veriwatt.testing.soundness.false_proof import FalseProof
from veriwatt.testing.soundness.workshop import Registered


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot as a frame states it; `value` is None for a gap."""

    start: int
    end: int
    status: int
    value: int | None


def slots_of_frames(frames: Sequence[FrameDraft], version: Registered, column: int) -> dict[int, Slot]:
    """The slots of a point that these frames state; of several versions the last counts."""
    found: dict[int, Slot] = {}
    slot = str(version.definitions[column]["slot"])
    for frame in frames:
        leaves = frame.groups[0].columns[column]
        places = version.days.slots(slot, frame.start, frame.end)
        stated = [pair for leaf in leaves for pair in zip(leaf.statuses, leaf.values, strict=True)]
        for (start, end), (status, value) in zip(places, stated, strict=True):
            if status:
                found[start] = Slot(start, end, status, value)
    return found


@dataclass(frozen=True, slots=True)
class PeriodTruth:
    """What is true of one point: `every` slot that was ever stated of it, `record` what the ledger has of its meter."""

    version: Registered
    column: int
    every: Mapping[int, Slot]
    record: RegisterRecord

    @property
    def definition(self) -> dict[str, Value]:
        return self.version.definitions[self.column]

    def check(self, facts: Mapping[str, Any], shown: Mapping[int, Slot], context: tuple[int, int]) -> None:
        """Raise FalseProof unless the facts are those of the slots `shown` in the context."""
        period = facts["start"], facts["end"]
        grid = self.version.days.slots(str(self.definition["slot"]), *period)
        inside = [shown[start] for start, end in grid if start in shown and period[0] <= start and end <= period[1]]
        _same("expected", facts["expected"], len(grid))
        for status, name in enumerate(("measured", "estimated", "manual", "gap"), 1):
            _same(name, facts[name], sum(slot.status == status for slot in inside))
        if facts["complete"]:
            _same("slots of a complete period", sum(slot.status == 1 for slot in inside), len(grid))
        value = self._value(inside, shown, period, context)
        scale = self.definition["scale"]
        assert isinstance(scale, int)
        _same("value", None if facts["value"] is None else Decimal(facts["value"]), _decimal(value, scale))

    def _value(
        self, inside: Sequence[Slot], shown: Mapping[int, Slot], period: tuple[int, int], context: tuple[int, int]
    ) -> int | None:
        known = [slot.value for slot in inside if slot.value is not None]
        kind = self.definition["kind"]
        if kind == "interval":
            return sum(known) if known else None
        if kind == "instant":
            return round(Fraction(sum(known), len(known))) if known else None
        return self._advance(shown, period, context)

    def _advance(self, shown: Mapping[int, Slot], period: tuple[int, int], context: tuple[int, int]) -> int | None:
        """The advance in the period, with everything that was read before the context."""
        missing = self._missing(shown, context)
        if self.has_hole_before(period[0], shown, context):
            raise FalseProof("a slot of the context before the period is not disclosed")
        until = min((start for start in missing if start >= period[1]), default=context[1])
        before = [each for each in self.every.values() if each.end <= context[0] and each.value is not None]
        after = [each for each in shown.values() if each.start < until and each.value is not None]
        readings = [Reading(s.start, s.end, s.value or 0) for s in sorted([*before, *after], key=lambda s: s.start)]
        if not readings:
            return None
        steps = plain_steps(readings, self._rule())
        stamps = [stamp for stamp in steps if period[0] < stamp <= period[1]]
        advances = [advance for stamp in stamps if (advance := steps[stamp].advance) is not None]
        return sum(advances) if advances else None

    def has_hole_before(self, start: int, shown: Mapping[int, Slot], context: tuple[int, int]) -> bool:
        """Whether a slot of a register's context that ends by `start` is not disclosed."""
        ends = (end for begin, end in self._grid(context) if begin not in shown)
        return self.definition["kind"] == "register" and any(end <= start for end in ends)

    def _missing(self, shown: Mapping[int, Slot], context: tuple[int, int]) -> list[int]:
        return [start for start, _ in self._grid(context) if start not in shown]

    def _grid(self, context: tuple[int, int]) -> list[tuple[int, int]]:
        return self.version.days.slots(str(self.definition["slot"]), *context)

    def _rule(self) -> RegisterRule:
        width, rate, own = self.definition["width"], self.definition["rate"], self.definition
        assert width is None or isinstance(width, int)
        assert rate is None or isinstance(rate, int)
        starts = np.array(self.version.days.starts, np.int64) if own["restart"] else None
        return RegisterRule(width, rate, backward=bool(own["backward"]), day_starts=starts, record=self.record)


def _decimal(mantissa: int | None, scale: int) -> Decimal | None:
    return None if mantissa is None else Decimal(mantissa).scaleb(scale)


def _same(what: str, said: object, true: object) -> None:
    if said != true:
        raise FalseProof(f"{what}: {said} is said, {true} is true")
