"""Writes register_steps.json: the steps of registers, after docs/spec/slots-and-periods.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from veriwatt.metering.register_context import judge_steps
from veriwatt.metering.register_track import RegisterRule, StepKind
from veriwatt.model.points.register_record import ReadStep, RegisterExchange, RegisterRecord, StepConfirmation
from veriwatt.testing.actors import SIM_AUTHORITY
from veriwatt.units import DAY, HOUR

EXCHANGED = [2 * HOUR - 1, 54300, 0]
CASES: tuple[tuple[list[int], dict[str, Any]], ...] = (
    ([100, 50, 101, 60, 61, 102], {}),
    ([99, 100, 999, 5, 101], {}),
    ([5000, 0, 5001], {"width": 100_000}),
    ([100, 101, 999, 102], {}),
    ([100, 101, 5], {}),
    ([99998, 3, 7], {"width": 100_000, "rate": 10}),
    ([99998, 3, 7], {"width": 100_000, "rate": 3}),
    ([99998, 3, 7], {"width": 100_000, "rate": 1, "step": 4}),
    ([0, 400, 800, 200, 600, 0, 400], {"width": 1000, "rate": 500}),
    ([0, 40, 95, 30, 130, 230], {"slot": 30 * DAY}),
    ([0, 600, 200, 800, 400], {"slot": 30 * DAY, "width": 1000, "rate": 1}),
    ([0, 10, 20], {"slot": 30 * DAY, "width": 1000, "rate": 2}),
    ([99998, 3, 7], {"width": 100_000}),
    ([54300, 25, 130], {}),
    ([0, 3, 8, 9, 0, 3, 8, 9], {"slot": 6 * HOUR, "restart": True}),
    ([10, 8, 12], {"slot": DAY, "restart": True}),
    ([54300, 25, 130], {"exchanges": [EXCHANGED]}),
    ([54300, 25, 130], {"exchanges": [[2 * HOUR, 54310, 0]]}),
    ([54300, 9999, 25, 130], {"exchanges": [EXCHANGED]}),
    ([54300, 25, 130], {"exchanges": [[2 * HOUR - 1, 54299, 0]]}),
    ([100, 101, 999, 102, 103], {"exchanges": [[4 * HOUR - 1, 999, 102]]}),
    ([100, 101, 900, 901, 902, 903, 904, 102, 103], {"exchanges": [[8 * HOUR - 1, 904, 102]]}),
    ([100, 101, 102], {"exchanges": [[2 * HOUR - n, 2**61 - 1, 0] for n in range(1, 6)]}),
    ([100, 500, 501], {"rate": 5}),
    ([100, 500, 501], {"rate": 5, "confirmed": [[HOUR, 100, 2 * HOUR, 500]]}),
    ([100, 900, 901], {"rate": 5, "confirmed": [[HOUR, 100, 2 * HOUR, 500]]}),
    ([60, 500, 501], {"rate": 5, "confirmed": [[HOUR, 100, 2 * HOUR, 500]]}),
    ([54300, 25, 130], {"rate": 5, "exchanges": [EXCHANGED], "confirmed": [[2 * HOUR - 1, 0, 2 * HOUR, 25]]}),
    ([100, 101, 900, 901, 902, 903, 904, 102, 103, 104, 105, 106], {}),
    ([100, 90, 95], {"backward": True}),
    ([5, 100, 50, 101], {}),
    ([*range(100, 106), 999, 106, *range(107, 120)], {"left_out": [7]}),
    ([*range(100, 106), *[105] * 11, 505, *range(506, 518)], {"rate": 40, "left_out": [*range(6, 17)]}),
    ([5, 100, 50, 160], {"rate": 25}),
    ([100, 101, 5000, 9000, 102, 103], {}),
    ([100, 101, *[5000] * 5, 9000, 9001, 102, 103, 104], {}),
    ([5000, 5000, 9000, 9001, 9002, 102, 103, 104], {}),
    ([100, 5000, *[9000] * 5, 9010, 102, 103], {"slot": DAY}),
    ([100, 5000, *[9000] * 6, 9010, 102, 103], {"slot": DAY}),
    ([8700, 8701, 999999, 0, 1, 2, 3, 4, 5], {}),
    ([8700, 8701, 9000, 0, 1, 2], {"rate": 400}),
    ([8722, 0, 5000, 5001, 5002, 5003, 5004, 5005], {"slot": DAY}),
    ([*range(8000, 8265, 24), 999999, 0, 24, 1500000, *range(72, 240, 24)], {"slot": DAY}),
    ([100, 102, 110, 104, 111, 112], {}),
    ([9920, 9950, 9980, 10, 40, 9990, 100, 130], {"width": 10_000, "rate": 120}),
    ([0, 5, 0, 0, 0, 3], {"slot": 12 * HOUR, "rate": 120, "restart": True}),
    ([0, 5, 1, 2, 3, 4], {"slot": 12 * HOUR, "rate": 120, "restart": True}),
    ([0, 500, 90, 95, 96, 97], {"slot": 12 * HOUR, "rate": 120, "restart": True}),
    ([0, 5, 0, 0, 0], {"slot": 12 * HOUR, "rate": 120, "restart": True}),
    ([0, 5, 0, 0, 2], {"slot": 12 * HOUR, "rate": 120, "restart": True}),
    ([0, 5, 0, 0, 5], {"slot": 12 * HOUR, "rate": 120, "restart": True}),
    ([0, 0, 2, 0, 5], {"slot": 12 * HOUR, "rate": 120, "restart": True, "exchanges": [[24 * HOUR + 1, 40, 0]]}),
    ([*range(100, 106), 5000, *range(5001, 5008), 9000, *[9000] * 5, 102, 103, 104], {"left_out": [6]}),
)


def rule_of(stated: dict[str, Any]) -> RegisterRule:
    """The rule that a vector states; its days are those of UTC."""
    exchanges = tuple(
        RegisterExchange(at, last, first, 1, 0, "owner", "worn") for at, last, first in stated.get("exchanges", ())
    )
    named = [ReadStep(*step) for step in stated.get("confirmed", ())]
    confirmed = tuple(StepConfirmation(step, 1, 0, "metro", "judge", SIM_AUTHORITY) for step in named)
    days = np.arange(-DAY, 10 * DAY, DAY) if stated.get("restart") else None
    backward = stated.get("backward", False)
    record = RegisterRecord(exchanges, confirmed)
    width, rate, step = stated.get("width"), stated.get("rate"), stated.get("step", 1)
    return RegisterRule(width, rate, step, backward=backward, day_starts=days, record=record)


def judged(values: list[int], stated: dict[str, Any]) -> dict[str, Any]:
    slot, left_out = stated.get("slot", HOUR), stated.get("left_out", [])
    stamps = np.arange(len(values), dtype=np.int64) * slot + (0 if slot != HOUR else slot)
    holes = stamps[left_out] - slot
    stamps = np.delete(stamps, left_out)
    shown = np.delete(np.array(values, np.int64), left_out)
    steps = judge_steps(stamps - slot, stamps, shown, rule_of(stated), holes)
    advances = [int(a) if c else None for a, c in zip(steps.advance, steps.counted, strict=True)]
    kinds = [[kind.name.lower() for kind in StepKind if kind & int(bits) and kind.name] for bits in steps.kinds]
    falls = [[fall.at, fall.height, fall.since] for fall in steps.falls]
    return {"stamps": stamps.tolist(), "advance": advances, "kinds": kinds, "falls": falls}


def vectors() -> list[dict[str, Any]]:
    return [{"values": values, **stated, **judged(values, stated)} for values, stated in CASES]


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(vector) for vector in vectors())
    Path(__file__).with_name("register_steps.json").write_text(f"[\n{lines}\n]\n")
