"""Periods by a seed: days of frames of a register, an interval and an instant, and files that show a part of them.

    outcome = run_period_lot(folder, seed)

The adversary chooses period, context and frames; honest files show everything from the beginning of the series on.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from veriwatt.encoding import Value, encode
from veriwatt.model.ledger.state_keys import register_key
from veriwatt.model.points.register_record import RegisterRecord
from veriwatt.testing.actors import START
from veriwatt.testing.soundness.drafts import FrameDraft, GroupDraft, LeafDraft, sign_draft
from veriwatt.testing.soundness.evidence_maker import EvidenceMaker, Shown
from veriwatt.testing.soundness.naive_calendar import DAY, HOUR
from veriwatt.testing.soundness.period_truth import PeriodTruth, slots_of_frames
from veriwatt.testing.soundness.raw_bodies import RawExchange
from veriwatt.testing.soundness.registers import random_register
from veriwatt.testing.soundness.sites import column, definition, random_days
from veriwatt.testing.soundness.tally import Tally
from veriwatt.testing.soundness.workshop import ORG, Registered, Workshop

FILES_IN_LOT = 100
LARGEST = 2**63 - 1
NAMES = ("register", "interval", "instant")


def run_period_lot(folder: Path, seed: int, files: int = FILES_IN_LOT) -> Tally:
    """Make and judge so many files of the lot with this seed, on a ledger in `folder`."""
    rng = Random(f"periods {seed}")
    shop = Workshop(folder, START + rng.randrange(60, 300) * DAY)
    try:
        version = _registered(rng, shop)
        _signed_days(rng, shop, version)
        return _judged(rng, shop, version, seed, files)
    finally:
        shop.ledger.close()


def _registered(rng: Random, shop: Workshop) -> Registered:
    """A group whose days began some time ago, by the rules of a random register."""
    zone, begins, days = random_days(rng, 2026)
    _, rule = random_register(rng)
    slot = rng.choice(("1h", "4h", "6h", "12h", "day"))
    changes: dict[str, dict[str, Value]] = {
        "register": {
            "width": rule.width,
            "rate": rule.rate,
            "restart": rule.day_starts is not None,
            "backward": rule.backward,
        }
    }
    points = [definition(name, slot, zone, begins, kind=name, **changes.get(name, {})) for name in NAMES]
    today = days.day_at(shop.now)
    assert today is not None
    result = shop.define("meters", "day", days, points, days.starts[today - rng.randint(3, 14)])
    if not result.ok:
        raise RuntimeError(f"an honest group was refused: {result}")
    return shop.versions[-1]


def _signed_days(rng: Random, shop: Workshop, version: Registered) -> None:
    """A frame for each day, some stated again, some left out; and sometimes an exchange of the meter."""
    first, today = version.days.day_at(version.effective_from), version.days.day_at(shop.now)
    assert first is not None
    assert today is not None
    absent = rng.choice((0, 0, 3))  # in a hundred slots, and days without a frame
    readings = iter([reading.value for _ in range(40) for reading in random_register(rng)[0]])
    for day in range(first, today):
        window = version.days.starts[day], version.days.starts[day + 1]
        for _ in range(rng.choice((1, 1, 1, 1, 2, 0 if absent else 1))):
            draft = _frame(rng, shop, version, window, readings, absent)
            shop.append([sign_draft(draft, shop.terminals["t1"].key)])
    if not shop.frames:
        window = version.days.starts[today - 1], version.days.starts[today]
        shop.append([sign_draft(_frame(rng, shop, version, window, readings, absent), shop.terminals["t1"].key)])
    for _ in range(rng.choice((0, 0, 1, 2))):
        at = rng.randrange(version.effective_from, shop.now, HOUR)
        body: list[Value] = ["register", at, rng.randint(0, 1200), rng.randint(0, 1200), "worn out"]
        shop.submit(shop.owner.sign(RawExchange(body)))
    shop.anchor(shop.now + 1)


def _frame(
    rng: Random, shop: Workshop, version: Registered, window: tuple[int, int], readings: Any, absent: int
) -> FrameDraft:
    columns = []
    for each in version.definitions:
        starts = [start for start, _ in version.days.slots(str(each["slot"]), *window)]
        (leaf,) = column(rng, str(each["id"]), starts)
        if each["kind"] == "register":
            codes = bytes(rng.choices((1, 4, 0), (92, 5, absent), k=len(starts)))
            width = each["width"]
            assert width is None or isinstance(width, int)
            values = tuple(next(readings) % (width or LARGEST) if code == 1 else None for code in codes)
            leaf = LeafDraft("register", starts[0], values, codes)
        columns.append((leaf,))
    group = GroupDraft(version.group, version.n, version.root, tuple(columns))
    now, seq = shop.now, len(shop.frames) + 1
    return FrameDraft(
        shop.ledger.chain_id, ORG, "t1", 1, 1, seq, bytes(32), *window, max(now, window[1]), ("meter",), (group,)
    )


def _judged(rng: Random, shop: Workshop, version: Registered, seed: int, files: int) -> Tally:
    tally, trust = Tally(), shop.trust()
    drafts = [frame.draft for frame in shop.frames]
    raw = shop.ledger.get(register_key(ORG, "register"))
    record = RegisterRecord() if raw is None else RegisterRecord.from_bytes(raw)
    with shop.ledger.snapshot() as now:
        maker = EvidenceMaker(shop, now)
        for number in range(files):
            at = rng.randrange(len(NAMES))
            truth = PeriodTruth(version, at, slots_of_frames(drafts, version, at), record)
            honest = rng.random() < 0.3
            period, context, positions = _choice(rng, shop, truth, honest=honest)
            shown = [_shown(truth, drafts[p], p, context) for p in positions]
            if not shown or not all(each.leaves for each in shown):
                continue
            file = maker.period(period, context, encode(list(truth.definition.values())), shown, NAMES[at])
            tally.cases += 1
            where = f"period lot {seed} file {number} {'honest' if honest else ''} {NAMES[at]}"
            _verify(tally, shop, truth, encode(file), trust, (honest, period, context, positions), where)
    return tally


def _choice(
    rng: Random, shop: Workshop, truth: PeriodTruth, *, honest: bool
) -> tuple[tuple[int, int], tuple[int, int], list[int]]:
    """A period, a context around it, and the frames to show; all that is stated in the context if it is honest."""
    slots = sorted(truth.every.values(), key=lambda slot: slot.start)
    edges = [truth.version.effective_from, *(slot.end for slot in slots)]
    if len(edges) < 3 or rng.random() < 0.1:
        edges = [truth.version.effective_from, shop.now, shop.now - DAY // 2, shop.now - HOUR - 1]
    start, end = sorted(rng.sample(sorted(set(edges)), 2))
    context = (start, end)
    if truth.definition["kind"] == "register":
        whole = truth.version.effective_from, max(end, slots[-1].end if slots else end)
        context = whole if honest else (rng.choice([e for e in edges if e <= start]), max(end, rng.choice(edges)))
    own = range(len(shop.frames))
    positions = [p for p in own if _states(truth, shop.frames[p].draft, context)]
    if not honest and rng.random() < 0.5:
        positions = [p for p in positions if rng.random() < 0.8]
    return (start, end), context, positions


def _states(truth: PeriodTruth, frame: FrameDraft, context: tuple[int, int]) -> bool:
    """Whether the frame states a slot of the point that lies in the context."""
    slots = slots_of_frames([frame], truth.version, truth.column).values()
    return any(context[0] <= slot.start and slot.end <= context[1] for slot in slots)


def _shown(truth: PeriodTruth, frame: FrameDraft, position: int, context: tuple[int, int]) -> Shown:
    slots = truth.version.days.slots(str(truth.definition["slot"]), frame.start, frame.end)
    leaves = sorted({at // 96 for at, slot in enumerate(slots) if slot[1] > context[0] and slot[0] < context[1]})
    return Shown(position, 0, truth.version, truth.column, tuple(leaves))


def _verify(
    tally: Tally,
    shop: Workshop,
    truth: PeriodTruth,
    raw: bytes,
    trust: Any,
    chosen: tuple[bool, tuple[int, int], tuple[int, int], Sequence[int]],
    where: str,
) -> None:
    honest, period, context, positions = chosen
    frames = [shop.frames[at].draft for at in positions]
    shown = slots_of_frames(frames, truth.version, truth.column)
    inside = {t: slot for t, slot in shown.items() if context[0] <= slot.start and slot.end <= context[1]}
    due = honest and not truth.has_hole_before(period[0], inside, context)
    tally.judge(
        raw, trust, shop.now, honest=due, check=lambda proven: truth.check(proven.facts(), inside, context), where=where
    )
