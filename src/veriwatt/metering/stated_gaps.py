"""The gaps that a source states, by reason, with the first of each: a bound in another unit makes many of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from veriwatt.model.points.status import SlotReason


@dataclass(frozen=True, slots=True)
class StatedGaps:
    """How many slots a source states to be gaps for one reason, and the first of them by its line.

    `line` and `field` are as in a `Rejection`. `value` is the point's value with its unit, which is no reading as it
    lies beyond a bound; empty where the source states no value.
    """

    reason: SlotReason
    count: int
    line: int
    field: str
    value: str


def by_reason(gaps: Iterable[StatedGaps]) -> tuple[StatedGaps, ...]:
    """The stated gaps of several points, one entry for each reason, in the order of the reasons."""
    found = dict[SlotReason, StatedGaps]()
    for each in gaps:
        other = found.get(each.reason)
        first = each if other is None else min(other, each, key=lambda one: one.line)
        found[each.reason] = replace(first, count=each.count + (0 if other is None else other.count))
    return tuple(found[reason] for reason in sorted(found))
