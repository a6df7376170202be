"""Periods by a seed: frames of a register, an interval and an instant, and files that show a part of them.

    outcome = run_period_lot(folder, seed)

The adversary chooses period, context and frames; honest files show everything from the beginning of the series on.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

from veriwatt.encoding import encode
from veriwatt.model.ledger.state_keys import register_key
from veriwatt.model.points.register_record import RegisterRecord, StepConfirmation
from veriwatt.testing.actors import SIM_AUTHORITY
from veriwatt.testing.soundness.change_standing import random_cast
from veriwatt.testing.soundness.drafts import SLOTS_IN_LEAF
from veriwatt.testing.soundness.evidence_maker import EvidenceMaker
from veriwatt.testing.soundness.evidence_maker import Shown as ShownFrame
from veriwatt.testing.soundness.false_proof import FalseProof
from veriwatt.testing.soundness.naive_calendar import DAY, HOUR
from veriwatt.testing.soundness.period_truth import PeriodTruth, Shown, Span
from veriwatt.testing.soundness.period_world import NAMES, build, random_site
from veriwatt.testing.soundness.standing_truth import Standing
from veriwatt.testing.soundness.stated_slots import PointSlots
from veriwatt.testing.soundness.tally import Tally
from veriwatt.testing.soundness.truth import Truth
from veriwatt.testing.soundness.workshop import ORG, Workshop

FILES_IN_LOT = 100
LONGEST = 31 * DAY
WITHIN = -(10**15), 10**15


def run_period_lot(folder: Path, seed: int, files: int = FILES_IN_LOT) -> Tally:
    """Make and judge so many files of the lot with this seed, on a ledger in `folder`."""
    rng = Random(f"periods {seed}")
    site = random_site(rng)
    shop = Workshop(folder, site.now, random_cast(rng))
    try:
        build(rng, shop, site)
        return _judged(rng, shop, seed, files) if shop.frames else Tally()
    finally:
        shop.ledger.close()


def _judged(rng: Random, shop: Workshop, seed: int, files: int) -> Tally:
    tally, trust = Tally(), shop.trust()
    truth, record = Truth(shop), _record(shop)
    truths = [PeriodTruth(PointSlots(shop, truth, name), truth, record) for name in NAMES]
    with shop.ledger.snapshot() as now:
        maker = EvidenceMaker(shop, now)
        for number in range(files):
            own = rng.choice(truths)
            honest = rng.random() < 0.3
            shown = _choice(rng, own.slots, honest=honest)
            if shown is None:
                continue
            frames = [_leaves(own.slots, at, shown.context) for at in shown.positions]
            unnamed = _unnamed(own.slots, shown)
            if not honest and unnamed and rng.random() < 0.3:
                unnamed = rng.sample(unnamed, len(unnamed) - 1)
            file = maker.period(shown.period, shown.context, unnamed, frames, own.slots.point)
            tally.cases += 1
            tally.judge(
                encode(file),
                trust,
                shop.now,
                honest=honest and own.is_due(shown),
                check=lambda claim, own=own, shown=shown: own.check(  # type: ignore[misc]
                    claim.facts(), [caveat.code for caveat in claim.caveats(trust, shop.now)], shown
                ),
                where=f"period lot {seed} file {number} {'honest ' if honest else ''}{own.slots.point}",
            )
    return tally


def _record(shop: Workshop) -> RegisterRecord:
    """The exchanges that the ledger has of the register, and the steps that were confirmed by the rules."""
    raw = shop.ledger.get(register_key(ORG, "register"))
    exchanges = () if raw is None else RegisterRecord.from_bytes(raw).exchanges
    confirmed = Standing(shop.cast, shop.deeds).confirmed.get("register", set())
    entries = (StepConfirmation(named, 1, 1, "metro", "metrology", SIM_AUTHORITY) for named in confirmed)
    return RegisterRecord(exchanges, tuple(entries))


def _choice(rng: Random, slots: PointSlots, *, honest: bool) -> Shown | None:
    """A period, a context around it, and the frames to show; all that counts in the context if it is honest."""
    shop, every = slots.shop, range(len(slots.shop.frames))
    counting = slots.counting(every, WITHIN)
    begins = {begin for each in slots.series for begin in (each.begins, *each.former)}
    edges = sorted({*begins, *(slot.end for slot in counting.values())})
    if len(edges) < 3 or rng.random() < 0.1:
        edges = sorted({slots.series[0].begins, shop.now - DAY // 2, shop.now - HOUR - 1, shop.now})
    start = rng.choice(edges[:-1])
    ends = [end for end in edges if start < end <= start + LONGEST] or [start + 1]
    period = start, rng.choice(ends[:4] if rng.random() < 0.5 else ends)
    context = period
    if slots.definition(0)["kind"] == "register":
        context = _around(rng, slots, period, edges, honest=honest)
    positions = [at for at in every if slots.within(at, context)]
    if honest or rng.random() < 0.8:
        positions = [at for at in positions if _counts(slots, at, context)]
    if not honest and rng.random() < 0.5:
        positions = [at for at in positions if rng.random() < 0.8]
    return Shown(period, context, tuple(positions)) if positions else None


def _around(rng: Random, slots: PointSlots, period: Span, edges: Sequence[int], *, honest: bool) -> Span:
    """A context of a register's period; the whole series of values for an honest file."""
    run = slots.run(period[0])
    if honest and run:
        ends = edges[-1] if run[-1].ends is None else min(edges[-1], run[-1].ends)
        return run[0].begins, max(period[1], ends)
    earlier = [edge for edge in edges if edge <= period[0]]
    once = [begin for begin in (run[0].begins, *run[0].former) if begin <= period[0]] if run else []
    begin = rng.choice(once) if once and rng.random() < 0.5 else rng.choice(earlier)
    return begin, max(period[1], rng.choice((edges[-1], rng.choice(edges))))


def _counts(slots: PointSlots, position: int, context: Span) -> bool:
    """Whether an honest maker shows the frame: it may be built on, and all its slots of the context count."""
    try:
        slots.check(position, slots.within(position, context))
    except FalseProof:
        return False
    return True


def _leaves(slots: PointSlots, position: int, context: Span) -> ShownFrame:
    draft, version = slots.shop.frames[position].draft, slots.version(position)
    grid = version.days.slots(str(slots.definition(position)["slot"]), draft.start, draft.end)
    leaves = {at // SLOTS_IN_LEAF for at, slot in enumerate(grid) if slot[1] > context[0] and slot[0] < context[1]}
    return ShownFrame(position, 0, version, version.index(slots.point), tuple(sorted(leaves)))


def _unnamed(slots: PointSlots, shown: Shown) -> list[bytes]:
    """The definitions of the context up to the last shown slot, and the one before it, that no frame names."""
    begin = shown.context[0]
    end = max(slot.end for at in shown.positions for slot in slots.within(at, shown.context))
    inside = [n for n, s in enumerate(slots.series) if s.begins < end and (s.ends is None or begin < s.ends)]
    wanted = [*(n - 1 for n in inside[:1] if n), *inside]
    named = [slots.definition(at) for at in shown.positions]
    found = [slots.series[n].definition for n in wanted if slots.series[n].definition not in named]
    return list(dict.fromkeys(encode(list(each.values())) for each in found))
