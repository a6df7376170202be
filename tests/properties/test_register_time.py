"""What judging a register costs grows with its readings, not with their square, whatever they show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from veriwatt.metering.register_context import judge_period
from veriwatt.metering.register_track import RegisterRule
from veriwatt.model.points.register_record import RegisterExchange, RegisterRecord
from veriwatt.units import HOUR, MINUTE, Interval


class Counted(np.ndarray[Any, Any]):
    """Values that count the elements of all arithmetic and comparison done with them."""

    elements = 0

    def __array_ufunc__(self, ufunc: np.ufunc, method: Any, *inputs: Any, **settings: Any) -> Any:
        plain = [each.view(np.ndarray) if isinstance(each, Counted) else each for each in inputs]
        Counted.elements += max(np.size(each) for each in plain)
        found = getattr(ufunc, method)(*plain, **settings)
        return found.view(Counted) if isinstance(found, np.ndarray) else found


def cost(count: int, shape: str, slot: int, absent_every: int | None) -> int:
    """The elements compared and added to judge so many readings."""
    numbers = np.arange(count, dtype=np.int64)
    values = {
        "falling": count - numbers,
        "rising": numbers,
        "six high, six low": 100 * (numbers // 6 % 2) + numbers % 6,
    }[shape]
    ends = (numbers + 1) * slot
    kept = np.ones(count, np.bool_) if absent_every is None else numbers % absent_every != 1
    exchanges = tuple(RegisterExchange((n + 1) * slot * 7, n, n + 1, 1, 1, "owner", "worn") for n in range(count // 40))
    rule = RegisterRule(10**6, 5, record=RegisterRecord(exchanges if absent_every else ()))
    Counted.elements = 0
    judge_period(
        ends[kept] - slot,
        ends[kept],
        values[kept].view(Counted),
        rule,
        Interval(0, count * slot),
        ends[~kept] - slot,
        from_first=True,
    )
    return Counted.elements


@pytest.mark.parametrize(
    ("shape", "slot", "absent_every"),
    [("falling", MINUTE, None), ("falling", HOUR, None), ("rising", HOUR, 2), ("six high, six low", HOUR, None)],
)
def test_twice_the_readings_cost_twice_as_much(shape: str, slot: int, absent_every: int | None) -> None:
    once, twice = (cost(count, shape, slot, absent_every) for count in (1000, 2000))
    assert once > 0
    assert twice < 2.3 * once
