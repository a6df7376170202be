"""Random points of an enterprise, and honest frames of them: what the adversary starts from.

All randomness comes from one `Random`, so a seed gives the same site, and the same frames, again.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from veriwatt.encoding import Value
from veriwatt.testing.soundness.drafts import SLOTS_IN_LEAF, FrameDraft, GroupDraft, LeafDraft
from veriwatt.testing.soundness.naive_calendar import DAY, HOUR, MINUTE, Days, honest_days
from veriwatt.testing.soundness.workshop import ORG, Registered, Workshop

ZONES = (
    "UTC",
    "+08:00",
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/Havana",
    "Australia/Lord_Howe",
    "America/New_York",
    "-03:30",
)
SLOTS = {
    "day": ("1m", "15m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "day"),
    "month": ("1h", "day", "day", "month"),
    "year": ("day", "month", "quarter", "year"),
}
CALENDAR_SLOTS = ("day", "week", "month", "quarter", "year")
METER: tuple[str | bytes, ...] = ("meter",)
ORIGINS: tuple[tuple[str | bytes, ...], ...] = (
    METER,
    METER,
    METER,
    ("file", bytes(32), "readings.csv", bytes(32)),
    ("bridge", "scada"),
    ("manual", "ann", "read from the display"),
)


def definition(name: str, slot: str, zone: str, day_begins: int, **changes: Value) -> dict[str, Value]:
    """A point definition's fields, by name and in order; an interval point of terminal t1 unless `changes` say else."""
    fields: dict[str, Value] = {
        "format": 2,
        "id": name,
        "energy": "electricity",
        "unit": "kWh",
        "kind": "interval",
        "scale": -3,
        "step": 1,
        "slot": slot,
        "timezone": zone,
        "day_begins": day_begins,
        "multiplier": [1, 0],
        "direction": "import",
        "country": None,
        "minimum": None,
        "maximum": None,
        "width": None,
        "rate": None,
        "restart": False,
        "backward": False,
        "terminal": "t1",
        "parent": None,
        "data_code": None,
    }
    return {**fields, **changes}


def random_days(rng: Random, year: int) -> tuple[str, int, Days]:
    """A zone, the hour at which its days begin, and its calendar for some years."""
    zone, begins = rng.choice(ZONES), rng.choice((0, 0, 0, 6, 23))
    return zone, begins, honest_days(zone, begins, year - 1, year + 2)


def register_group(rng: Random, shop: Workshop, name: str) -> None:
    """The first version of a group of one to four points, in force for some days, or for years if key windows are."""
    key_window = rng.choice(("day", "day", "day", "month", "year"))
    zone, begins, days = random_days(rng, 2026)
    points = []
    for at in range(rng.randint(1, 4)):
        kind = rng.choice(("interval", "interval", "register", "instant"))
        terminal = rng.choice(("t1", "t1", "t2"))
        slot = rng.choice(SLOTS[key_window])
        points.append(definition(f"{name} {at}", slot, zone, begins, kind=kind, terminal=terminal))
    today = days.day_at(shop.now)
    assert today is not None
    long_ago = (400, 500) if key_window == "year" else (0, 1, 40, 70)
    effective = _edge(days, key_window, max(1, today - rng.choice(long_ago)))
    result = shop.define(name, key_window, days, points, effective)
    if not result.ok:
        raise RuntimeError(f"an honest group was refused: {result}")


def _edge(days: Days, key_window: str, index: int) -> int:
    """The start of the key window that the day is in."""
    while days.window_of(key_window, days.starts[index]) == days.window_of(key_window, days.starts[index - 1]):
        index -= 1
    return days.starts[index]


def honest_window(rng: Random, version: Registered, now: int) -> tuple[int, int] | None:
    """A window that is over, of a key window or a part of it, in which the version is in force; None if there is none.

    A part ends where slots of every length end. Days on which the clock changes are chosen often.
    """
    days, first, today = version.days, version.days.day_at(version.effective_from), version.days.day_at(now)
    assert first is not None
    assert today is not None
    chosen = rng.randint(first, max(first, today - 1))
    changing = [day for day in range(first, today) if days.starts[day + 1] - days.starts[day] != DAY]
    if changing and rng.random() < 0.3:
        chosen = rng.choice(changing)
    start = max(_edge(days, version.key_window, chosen), version.effective_from)
    at = days.day_at(start)
    assert at is not None
    end = at + 1
    long = all(str(each["slot"]) in CALENDAR_SLOTS for each in version.definitions)
    while (
        end < today and (long or end < at + 3) and _same_window(version, days.starts[end], start)
    ):  # a window is over, and lies in one key window
        end += 1
    window = start, days.starts[end]
    if (
        version.key_window == "day"
        and rng.random() < 0.4
        and all(each["slot"] != "day" for each in version.definitions)
    ):
        window = rng.choice(((start, start + 12 * HOUR), (start + 12 * HOUR, days.starts[end])))
    return window if window[1] <= now else None


def _same_window(version: Registered, one: int, other: int) -> bool:
    return version.days.window_of(version.key_window, one) == version.days.window_of(version.key_window, other)


def honest_columns(rng: Random, version: Registered, window: tuple[int, int]) -> tuple[tuple[LeafDraft, ...], ...]:
    """A column for every point of the version: mostly measured, with some gaps, estimates and absent slots."""
    columns = []
    for each in version.definitions:
        starts = [start for start, _ in version.days.slots(str(each["slot"]), *window)]
        columns.append(column(rng, str(each["id"]), starts))
    return tuple(columns)


def column(rng: Random, point: str, starts: Sequence[int]) -> tuple[LeafDraft, ...]:
    """The leaves of a point whose slots begin at `starts`."""
    codes = bytes(rng.choices((1, 2, 3, 4, 0), (90, 3, 2, 3, 2), k=len(starts)))
    base = rng.choice((0, 1000, 10**6, -(10**6)))
    values = [base + rng.randint(0, 5000) if code in (1, 2, 3) else None for code in codes]
    leaves = []
    for at in range(0, len(starts), SLOTS_IN_LEAF):
        part = codes[at : at + SLOTS_IN_LEAF]
        reasons = bytes(rng.randint(1, 6) if code == 4 else 0 for code in part) if rng.random() < 0.5 else b""
        instants = tuple(starts[at] + 1 if code in (1, 2, 3) and rng.random() < 0.1 else None for code in part)
        leaves.append(
            LeafDraft(
                point,
                starts[at],
                tuple(values[at : at + SLOTS_IN_LEAF]),
                part,
                reasons if any(reasons) else b"",
                instants if any(t is not None for t in instants) else (),
            )
        )
    return tuple(leaves)


def honest_frame(rng: Random, shop: Workshop, version: Registered, seq: int) -> FrameDraft | None:
    """A frame as an honest terminal would sign it now; None where no window of the version is over yet."""
    window = honest_window(rng, version, shop.now)
    if window is None:
        return None
    terminal = rng.choice(("t1", "t1", "t2"))
    columns = honest_columns(rng, version, window)
    root_log = shop.ledger.head()
    known = rng.random() < 0.8
    return FrameDraft(
        chain=shop.ledger.chain_id,
        org=ORG,
        terminal=terminal,
        passport_version=1,
        epoch=1,
        seq=seq,
        prev=bytes(32),
        start=window[0],
        end=window[1],
        collected_at=min(shop.now, max(window[1] + rng.choice((0, 1, MINUTE, HOUR, 3 * DAY)), shop.enrolled)),
        origin=rng.choice(ORIGINS),
        groups=(GroupDraft(version.group, version.n, version.root, columns),),
        root_log_size=root_log.root_log_size if known else 0,
        root_log_leaf=bytes(root_log.root_log_leaf) if known else bytes(32),
    )
