"""A series of days of one group: definitions that change, meters handed over, exchanges, numbers given up, and history
of before that comes later.

    build(rng, shop, site)      the shop has frames, versions and anchors then

Frames are made by the version in force, and by each terminal that its definitions name; some are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from veriwatt.encoding import Value
from veriwatt.testing.actors import START
from veriwatt.testing.soundness.change_points import change_points
from veriwatt.testing.soundness.change_standing import act, second_certifier
from veriwatt.testing.soundness.drafts import SLOTS_IN_LEAF, FrameDraft, GroupDraft, LeafDraft, SignedFrame, sign_draft
from veriwatt.testing.soundness.naive_calendar import DAY, Days
from veriwatt.testing.soundness.period_deeds import confirm_steps, record_exchanges, unsay
from veriwatt.testing.soundness.registers import random_register
from veriwatt.testing.soundness.sites import ORIGINS, column, definition, random_days
from veriwatt.testing.soundness.workshop import ORG, Registered, Workshop

GROUP, NAMES = "meters", ("register", "interval", "instant")
FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    *(("day", ("15m", "30m", "1h")), ("day", ("1h", "4h", "6h", "8h", "12h")), ("month", ("6h", "12h", "day"))),
    *(("day", ("1h", "4h", "6h", "8h", "12h")), ("week", ("week", "day")), ("year", ("month", "day"))),
)
"""Key windows, and the slots that a group of them may have one after the other."""
LONG_SLOTS = ("week", "month")
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Site:
    """Where and when a series is: `now` is the time at which the ledger begins, `slots` what points may have."""

    zone: str
    day_begins: int
    days: Days
    key_window: str
    slots: tuple[str, ...]
    now: int

    @property
    def long(self) -> bool:
        """Whether windows are whole key windows, or months of one."""
        return any(slot in LONG_SLOTS for slot in self.slots)


def random_site(rng: Random) -> Site:
    """A site whose days are often those of a change of the clock."""
    zone, begins, days = random_days(rng, 2026)
    key_window, slots = rng.choice(FAMILIES)
    now = START + rng.randrange(90, 600) * DAY
    changes = [days.starts[at] for at in range(450, 900) if days.starts[at + 1] - days.starts[at] != DAY]
    if changes and rng.random() < 0.6:
        now = rng.choice(changes) + rng.randint(1, 9) * DAY
    return Site(zone, begins, days, key_window, slots, now + rng.randrange(DAY))


def build(rng: Random, shop: Workshop, site: Site) -> None:
    """Register the group and sign, anchor and change it for some days, weeks or months."""
    _register(rng, shop, site)
    if rng.random() < 0.6:
        second_certifier(rng, shop)
    read = _readings(rng)
    history = rng.choice((0, 0, 200))
    readings = iter([*([0] if history and rng.random() < 0.5 else []), *read[history:]])
    absent = rng.choice((0, 0, 3))
    at = site.days.day_at(shop.versions[0].effective_from)
    assert at is not None
    for _ in range(rng.randint(2, 5)):
        today = site.days.day_at(shop.now)
        assert today is not None
        for begin, end in _windows(rng, site, at, today):
            for _ in range(rng.choice((1, 1, 1, 1, 2, 0 if absent else 1))):
                window = site.days.starts[begin], site.days.starts[end]
                shop.append(_frames(rng, shop, window, readings, absent))
            at = end
        record_exchanges(rng, shop)
        if len(shop.frames) > len(shop.anchored):
            shop.anchor(shop.now + 1)
            unsay(rng, shop)
            confirm_steps(rng, shop)
            act(rng, shop)
        if history and shop.frames:
            _begin_earlier(rng, shop, site, iter(read[:history]))
            history = 0
        if rng.random() < 0.6:
            change_points(rng, shop, site.days, site.slots)
        shop.clock.advance_to(shop.now + rng.choice((1, 2, 4)) * (31 * DAY if site.long else DAY))
    if len(shop.frames) > len(shop.anchored):
        shop.anchor(shop.now + 1)
    record_exchanges(rng, shop)


def _begin_earlier(rng: Random, shop: Workshop, site: Site, readings: Iterator[int]) -> None:
    """The group begins earlier than it did, and some of what was read before is stated."""
    newest = shop.versions[-1]
    first = site.days.day_at(newest.effective_from)
    assert first is not None
    begins = _boundary(site, first - (rng.randint(30, 70) if site.long else rng.randint(1, 6)))
    if begins < first:
        shop.define(GROUP, site.key_window, site.days, newest.definitions, site.days.starts[begins])
        share = rng.choice((0.5, 0.9, 1))
        for begin, end in _windows(rng, site, begins, first):
            if rng.random() < share:
                shop.append(_frames(rng, shop, (site.days.starts[begin], site.days.starts[end]), readings, 3))


def _readings(rng: Random) -> list[int]:
    """What the register shows, one slot after the other: seldom a fall or a spike, or many of everything."""
    if rng.random() < 0.4:
        return [reading.value for _ in range(60) for reading in random_register(rng)[0]]
    value, found = 0, list[int]()
    for _ in range(3000):
        value = max(0, value + (rng.randint(0, 2) if rng.random() < 0.97 else -rng.randint(1, 60)))
        found.append(value + (rng.randint(50, 500) if rng.random() < 0.02 else 0))
    return found


def _register(rng: Random, shop: Workshop, site: Site) -> None:
    """A register by the rules of a random one, an interval and an instant, since some time already."""
    _, rule = random_register(rng)
    slot = rng.choice(site.slots)
    own: dict[str, Value] = {"width": rule.width, "rate": rule.rate, "backward": rule.backward}
    own["restart"] = rule.day_starts is not None
    points = [
        definition(name, slot, site.zone, site.day_begins, kind=name, **(own if name == "register" else {}))
        for name in NAMES
    ]
    today = site.days.day_at(shop.now)
    assert today is not None
    back = rng.randint(30, 70) if site.long else rng.randint(2, 8)
    begins = site.days.starts[_boundary(site, today - back)]
    result = shop.define(GROUP, site.key_window, site.days, points, begins)
    if not result.ok:
        raise RuntimeError(f"an honest group was refused: {result}")


def _boundary(site: Site, index: int) -> int:
    """The first day from this one on at which a slot of any length of the site begins."""
    slot = next((each for each in LONG_SLOTS if each in site.slots), "day")
    while site.days.slot_at(slot, site.days.starts[index]) != (site.days.starts[index], _end(site, slot, index)):
        index += 1
    return index


def _end(site: Site, slot: str, index: int) -> int:
    found = site.days.slot_at(slot, site.days.starts[index])
    assert found is not None
    return found[1]


def _windows(rng: Random, site: Site, at: int, today: int) -> Iterator[tuple[int, int]]:
    """Windows from day `at` that are over, each in one key window; by number of day."""
    while at < today:
        end = at + 1
        if site.long:
            end = _boundary(site, end)
        elif site.key_window != "day" and rng.random() < 0.3:
            end = min(at + rng.randint(1, 3), today)
        names = {site.days.window_of(site.key_window, site.days.starts[day]) for day in range(at, end)}
        if end > today:
            return
        yield at, end if len(names) == 1 else at + 1
        at = end if len(names) == 1 else at + 1


def _frames(
    rng: Random, shop: Workshop, window: tuple[int, int], readings: Iterator[int], absent: int
) -> list[SignedFrame]:
    """A frame of the window by each terminal that the definitions name."""
    in_force = [each for each in shop.versions if each.effective_from <= window[0]]
    version = max(in_force, key=lambda each: each.n)
    if rng.random() < 0.06:
        version = rng.choice(shop.versions)
    terminals = sorted({str(each["terminal"]) for each in version.definitions}) or ["t1"]
    if rng.random() < 0.06:
        terminals = ["t1", "t2"]
    made = list[SignedFrame]()
    for terminal in terminals:
        columns = tuple(
            _column(
                rng, version, each, window, readings, absent, own=each["terminal"] == terminal or rng.random() < 0.1
            )
            for each in version.definitions
        )
        made.append(_frame(rng, shop, version, window, terminal, columns, len(shop.frames) + len(made) + 1))
    return made


def _frame(
    rng: Random,
    shop: Workshop,
    version: Registered,
    window: tuple[int, int],
    terminal: str,
    columns: tuple[tuple[LeafDraft, ...], ...],
    seq: int,
) -> SignedFrame:
    origin = rng.choice(ORIGINS) if rng.random() < 0.1 else ORIGINS[0]
    group = GroupDraft(version.group, version.n, version.root, columns)
    draft = FrameDraft(
        shop.ledger.chain_id, ORG, terminal, 1, 1, seq, bytes(32), *window, max(shop.now, window[1]), origin, (group,)
    )
    return sign_draft(draft, shop.terminals[terminal].key)


def _column(
    rng: Random,
    version: Registered,
    point: dict[str, Value],
    window: tuple[int, int],
    readings: Iterator[int],
    absent: int,
    *,
    own: bool,
) -> tuple[LeafDraft, ...]:
    """The leaves of a point; nothing is stated in them unless it is the terminal's own."""
    starts = [start for start, _ in version.days.slots(str(point["slot"]), *window)]
    if own and point["kind"] != "register":
        return column(rng, str(point["id"]), starts)
    width = point["width"]
    assert width is None or isinstance(width, int)
    codes = (
        bytes(rng.choices((1, 4, 0), (95, 5 if absent else 1, absent), k=len(starts))) if own else bytes(len(starts))
    )
    values = [next(readings, 0) % (width or LARGEST) if code == 1 else None for code in codes]
    parts = [slice(at, at + SLOTS_IN_LEAF) for at in range(0, len(starts), SLOTS_IN_LEAF)]
    return tuple(LeafDraft(str(point["id"]), starts[p.start], tuple(values[p]), codes[p]) for p in parts)
