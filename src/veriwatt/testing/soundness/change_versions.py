"""Registrations by the org's owner: whatever the machine accepts becomes part of what evidence may name.

Some are what an honest owner does, most are not; the machine refuses what it must, and the ground truth takes the rest
as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeAlias

from veriwatt.encoding import Value
from veriwatt.testing.soundness.naive_calendar import DAY, HOUR, MINUTE, Days, honest_days
from veriwatt.testing.soundness.sites import SLOTS, ZONES, definition
from veriwatt.testing.soundness.workshop import Registered, Workshop

Definitions: TypeAlias = list[dict[str, Value]]

FAR_AHEAD = 4_070_908_800_000
"""2099, when no slot of today ends."""


def register_next(rng: Random, shop: Workshop) -> None:
    """Try to register a next version of a group, with something changed."""
    newest = {each.group: each for each in shop.versions}
    before = rng.choice(list(newest.values()))
    definitions = [dict(each) for each in before.definitions]
    rng.choice(CHANGES)(rng, definitions)
    days = before.days if rng.random() < 0.8 else other_days(rng, before)
    key_window = before.key_window if rng.random() < 0.95 else rng.choice(("day", "month", "year", "week"))
    group = before.group if rng.random() < 0.95 else rng.choice(list(newest))
    shop.define(group, key_window, days, definitions, effective_from(rng, shop, before))


def effective_from(rng: Random, shop: Workshop, before: Registered) -> int:
    """A boundary to come, mostly; or one of the past, of 2099, or none at all."""
    today = before.days.day_at(shop.now)
    if today is None or today + 3 >= len(before.days.starts) or rng.random() < 0.1:
        return rng.choice((FAR_AHEAD, shop.now, shop.now + 1, before.effective_from - DAY, 0))
    ahead = rng.choice((1, 1, 1, 2, 0, -1, -30))
    return before.days.starts[max(0, today + ahead)] + rng.choice((0, 0, 0, 0, 0, 1, HOUR, 15 * MINUTE))


def other_days(rng: Random, before: Registered) -> Days:
    """Another calendar: another zone's, shifted, or with days of other lengths from some day on."""
    days = before.days
    which = rng.randrange(4)
    if which == 0:
        first = 1970 + days.first // 365
        return honest_days(rng.choice(ZONES), rng.choice((0, 6)), first + 1, first + 3)
    if which == 1:
        shift = rng.choice((HOUR, -HOUR, 1000, 15 * MINUTE))
        return Days(days.first, tuple(start + shift for start in days.starts))
    if which == 2:
        at, shift = rng.randrange(1, len(days.starts)), rng.choice((HOUR, -HOUR, 2 * HOUR, -2 * HOUR, 3 * HOUR, 1000))
        return Days(days.first, (*days.starts[:at], *(start + shift for start in days.starts[at:])))
    return Days(days.first + rng.choice((-1, 1)), days.starts)


def _nothing(rng: Random, definitions: Definitions) -> None:
    """The definitions stay as they are."""


def _field(rng: Random, definitions: Definitions) -> None:
    """One field of one definition."""
    changed = rng.choice(definitions)
    scale, slots = changed["scale"], sorted({each for names in SLOTS.values() for each in names})
    assert isinstance(scale, int)
    name, values = rng.choice(
        (
            ("multiplier", ([2, 0], [0, 0], [-1, 0], [2**63 - 1, 0], [1, 12], [10, -1])),
            ("scale", (scale - 1, scale + 1, -12, 12, 13)),
            ("step", (1, 5, 0)),
            ("slot", (*slots, "0m", "7m", "1ms", "25h", "week")),
            ("unit", ("MWh", "kW", "m3", "°C", "Wh")),
            ("energy", ("heat", "water", "electricity")),
            ("kind", ("interval", "register", "instant")),
            ("terminal", ("t1", "t2", None, "t3")),
            ("timezone", (*ZONES, "Mars/Phobos")),
            ("day_begins", (0, 6, 24)),
            ("minimum", (0, -5, None)),
            ("direction", ("import", "export", "generation", "sideways")),
            ("id", ("плант 0", str(changed["id"]) + " ", "another")),
            ("format", (1, 2, 3)),
        )
    )
    changed[name] = rng.choice(values)


def _added(rng: Random, definitions: Definitions) -> None:
    like = definitions[0]
    zone, begins = str(like["timezone"]), like["day_begins"]
    assert isinstance(begins, int)
    definitions.append(definition(f"added {rng.randrange(1000)}", str(like["slot"]), zone, begins))


def _removed(rng: Random, definitions: Definitions) -> None:
    if len(definitions) > 1:
        definitions.pop(rng.randrange(len(definitions)))


def _reordered(rng: Random, definitions: Definitions) -> None:
    rng.shuffle(definitions)


CHANGES: tuple[Callable[[Random, Definitions], None], ...] = (
    _nothing,
    _field,
    _field,
    _field,
    _added,
    _removed,
    _reordered,
)
