"""Changes of the definitions of a group that take effect on a boundary to come: hand-overs, scales, slots, bounds."""

from __future__ import annotations

from random import Random

from veriwatt.encoding import Value
from veriwatt.testing.soundness.naive_calendar import HOUR, Days
from veriwatt.testing.soundness.workshop import Registered, Workshop


def change_points(rng: Random, shop: Workshop, days: Days, slots: tuple[str, ...]) -> None:
    """Try to register the next version: one point of it is another one, or all are handed over to another terminal."""
    before = shop.versions[-1]
    points = [dict(each) for each in before.definitions]
    if rng.random() < 0.4:
        _hand_over(rng, points)
    else:
        name, values = rng.choice(_changes(slots))
        for each in points if name == "slot" or rng.random() < 0.3 else [rng.choice(points)]:
            each[name] = rng.choice(values)
    if rng.random() < 0.1:
        rng.shuffle(points)
    today = days.day_at(shop.now)
    assert today is not None
    effective = days.starts[today + rng.choice((1, 1, 2, 3))]
    long = next((slot for slot in ("week", "month") if slot in slots), None)
    if long is not None and (slot := days.slot_at(long, effective)) is not None:
        effective = slot[1]
    shop.define(before.group, before.key_window, _days(rng, before, effective), points, effective)


def _hand_over(rng: Random, points: list[dict[str, Value]]) -> None:
    """All points, or one, get the other terminal."""
    for each in points if rng.random() < 0.7 else [rng.choice(points)]:
        each["terminal"] = "t2" if each["terminal"] == "t1" else "t1"


def _changes(slots: tuple[str, ...]) -> tuple[tuple[str, tuple[Value, ...]], ...]:
    return (
        ("data_code", ("A", "B", None)),
        ("parent", ("hall", None)),
        ("slot", slots),
        ("slot", slots),
        ("unit", ("kWh", "MWh")),
        ("multiplier", ([2, 0], [1, 0], [1, 1])),
        ("scale", (-2, -3, -1)),
        ("rate", (None, 3, 50)),
        ("maximum", (None, 10**7)),
        ("minimum", (None, -(10**7))),
        ("direction", ("import", "export")),
        ("step", (1, 5)),
    )


def _days(rng: Random, before: Registered, effective: int) -> Days:
    """The same calendar mostly; at times one that differs from the beginning of the version on."""
    days = before.days
    at = days.day_at(effective)
    if at is None or rng.random() < 0.8:
        return days
    later = at + rng.randint(1, 3)
    shift = rng.choice((HOUR, -HOUR))
    return Days(days.first, (*days.starts[:later], *(start + shift for start in days.starts[later:])))
