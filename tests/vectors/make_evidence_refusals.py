"""Writes evidence_refusals.json: evidence that is refused for the reasons that evidence.json does not have."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.vectors.evidence_edits import ClaimVectors, case_of, get, put, spliced, written
from tests.vectors.evidence_worlds import REGISTER, defined, hours, reading_of, stated, vectors_of
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.chain.anchor import RootLogLeaf
from veriwatt.model.frames.columns import NO_INSTANT
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.ledger.block import Validator, ValidatorSet, VoteFlag, validators_hash
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.status import Status
from veriwatt.model.terminals.revocation_rules import ANCHOR_LAG, SPOOL_AGE
from veriwatt.testing.actors import START, sim_key, sim_point
from veriwatt.testing.edits import replace
from veriwatt.testing.frames import Edit
from veriwatt.testing.worlds import FIRST_DAY, PLANT, Made, SimWorld, redefined
from veriwatt.units import DAY, HOUR, MINUTE, SECOND, Interval
from veriwatt.verify.period_total import MOST_SLOTS

FORMAT, COLUMNS, FRAMES, FLAG, POWER = (0,), (2, 8), (3,), (8, 2, 3, 0, 0), (8, 3, 0, 2)
IN_2103 = 4_200_000_000_000
METER = sim_point("main")
PLAIN = replace(METER, slot="6h")


def vectors() -> dict[str, object]:
    with TemporaryDirectory() as folder:
        at = Path(folder)
        return written(
            [
                _altered(SimWorld(at / "1", "altered", points=1)),
                _headers(SimWorld(at / "2", "headers", points=1)),
                _records(SimWorld(at / "3", "records", points=1)),
                _late(SimWorld(at / "4", "late", points=1)),
                _slots(SimWorld(at / "5", "slots", points=1)),
                _periods(SimWorld(at / "6", "periods", points=1)),
                _calendars(TwoCalendars(at / "7", "calendars", points=1)),
            ]
        )


def _altered(world: SimWorld) -> ClaimVectors:
    trust = world.trust()
    made = stated(world, 0)
    world.anchor()
    found = vectors_of(world, {"honest": reading_of(world, made)}, trust)
    raw, now = found.files["honest"], world.clock.now()
    validators = ValidatorSet.of(Validator.of(sim_key("stranger").public.raw, 1))
    strangers = replace(trust.header, validators_hash=validators_hash(validators))
    cases = [
        ("step 1: of format 1", put(raw, FORMAT, 1)),
        ("step 3: a validator of another power", put(raw, POWER, 2)),
        ("step 3: the only vote is for no block", put(raw, FLAG, VoteFlag.NIL.value)),
    ]
    return ClaimVectors(
        found.files,
        {**found.trusts, "strangers": replace(trust, validators=validators, header=strangers)},
        [
            *found.cases,
            *(spliced(name, "honest", raw, other, "altered", now) for name, other in cases),
            case_of("step 4: a trust file of other validators", "honest", "strangers", now),
        ],
    )


HEADERS: dict[str, Edit] = {
    "step 5: a group version that the ledger does not have": lambda h: replace(
        h, groups=(h.groups[0]._replace(version=9),)
    ),
    "step 8: a passport version that the ledger does not have": lambda h: replace(h, passport_version=9),
    "step 8: collected before the enrolment": lambda h: replace(h, collected_at=START - HOUR),
    "step 10: collected after the anchor": lambda h: replace(h, collected_at=h.collected_at + 90 * DAY),
    "step 12: a window of two days": lambda h: replace(h, window=Interval(h.window.start, h.window.end + DAY)),
    "step 12: a window beyond the calendar": lambda h: replace(h, window=Interval(h.window.start, IN_2103)),
    "step 14: collected before the slot ended": lambda h: replace(h, collected_at=h.window.start + HOUR),
}
"""What is false in the header of a frame, each of another day."""


def _headers(world: SimWorld) -> ClaimVectors:
    trust = world.trust()
    frames = {name: stated(world, day, edit=edit) for day, (name, edit) in enumerate(HEADERS.items())}
    world.anchor()
    files = {
        name: world.shown(made, world.columns(day)[PLANT], world.claim(day, 41))
        for day, (name, made) in enumerate(frames.items())
    }
    return vectors_of(world, files, trust)


def _slots(world: SimWorld) -> ClaimVectors:
    """Frames of groups of one point; of the first one three slots are not what its definition admits."""
    trust = world.trust()
    for group, point in {
        "bounded": replace(PLAIN, minimum=0, maximum=100_000),
        "nobody": replace(PLAIN, terminal=None),
        "replaced": PLAIN,
    }.items():
        defined(world, group, replace(point, id=group))
    old = world.groups["replaced"]
    defined(world, "replaced", redefined(old[0]), effective_from=FIRST_DAY + 2 * DAY)
    world.groups["replaced"] = old
    values = np.array([777_777, 0, 0, 0], np.int64)
    codes = np.array([Status.MEASURED, Status.WITHDRAWN, Status.ABSENT, Status.MEASURED], np.uint8)
    bounded = stated(world, 0, "bounded", values=values, codes=codes)
    instants = np.full(4, NO_INSTANT, np.int64)
    instants[0], instants[1] = FIRST_DAY + 2 * DAY + 2 * MINUTE, FIRST_DAY + 999 * DAY
    read = stated(world, 1, "replaced", instants=instants)
    before, nobody = stated(world, -1, "replaced"), stated(world, 1, "nobody")
    replaced = stated(world, 2, "replaced")
    world.anchor()
    files = {
        "step 14: a value beyond its maximum": reading_of(world, bounded, "bounded"),
        "step 14: a slot that was taken back": reading_of(world, bounded, "bounded", 24),
        "step 14: a slot that is not stated": reading_of(world, bounded, "bounded", 48),
        "step 14: a meter whose definition names no terminal": reading_of(world, nobody, "nobody"),
        "step 14: read after it was collected": reading_of(world, read, "replaced"),
        "step 14: read after it was anchored": reading_of(world, read, "replaced", 24),
        "step 14: before the point's first definition": reading_of(world, before, "replaced"),
        "step 14: under a definition that was replaced": reading_of(world, replaced, "replaced"),
    }
    return vectors_of(world, files, trust)


def _records(world: SimWorld) -> ClaimVectors:
    """Frames that were anchored after what the ledger records of their numbers or their key; one foresaw its anchor."""
    trust, files = world.trust(), {}
    void = stated(world, 0)
    world.must(world.owner.void(world.terminal, void.upload, "given up"))
    twin = world.made(world.window(1), {PLANT: world.group_columns(PLANT, world.window(1))})
    one = stated(world, 1)
    world.must(world.city.report_equivocation(world.terminal, one.upload, twin.upload))
    head, anchored_at = world.ledger.head(), world.window(2).end + 2 * MINUTE + SECOND
    to_come = leaf_hash(RootLogLeaf(head.height + 1, anchored_at, head.app_hash).to_bytes())
    foreseen = stated(world, 2, edit=lambda h: replace(h, root_log_size=head.root_log_size + 1, root_log_leaf=to_come))
    world.anchor()
    world.must(world.inspector.report_compromised(world.terminal, FIRST_DAY))
    reported = stated(world, 3)
    world.anchor()
    files = {
        "step 8: a number that was voided before the anchor": reading_of(world, void),
        "step 8: a number that two headers had before the anchor": reading_of(world, one),
        "step 8: anchored after a report of the key": reading_of(world, reported),
        "step 10: a root-log leaf of the anchor's own block": reading_of(world, foreseen),
    }
    return vectors_of(world, files, trust)


def _late(world: SimWorld) -> ClaimVectors:
    """The last frame of a retired terminal, when no spool stores it any more."""
    last = stated(world, 0)
    world.must(world.owner.retire(world.terminal, parse_frame(last.upload).ref))
    world.clock.advance_to(world.clock.now() + SPOOL_AGE + ANCHOR_LAG + SECOND)
    world.anchor()
    return vectors_of(world, {"step 8: anchored long after the retirement": reading_of(world, last)})


def _periods(world: SimWorld) -> ClaimVectors:
    trust = world.trust()
    defined(world, "registers", REGISTER)
    first = stated(world, 0, "registers")
    world.frames.remove(first)
    stated(world, 1, "registers")
    world.anchor()
    files = {
        "step 1: two frames of one number": world.period("main", hours(0, 48), [0, 1]),
        "step 14: a context of too many slots": world.period("main", hours(0, 24), [0], hours(0, MOST_SLOTS + 1)),
    }
    found, name = vectors_of(world, files, trust), "step 14: a context of too many slots"
    raw = found.files[name]
    made = spliced("step 1: frames of nine terminals", name, raw, _of_nine(raw, first), "periods", world.clock.now())
    return replace(found, cases=[*found.cases, made])


def _of_nine(raw: bytes, made: Made) -> bytes:
    """The file of one frame with nine, each of another terminal."""
    frames, columns = get(raw, FRAMES), get(raw, COLUMNS)
    assert isinstance(frames, list)
    assert isinstance(columns, list)
    headers = [replace(made.header, terminal=f"t{n}").to_bytes() for n in range(9)]
    return put(put(raw, FRAMES, [[h, *frames[0][1:3], n] for n, h in enumerate(headers)]), COLUMNS, columns * 9)


class TwoCalendars(SimWorld):
    """Day 0 of group "one" has 26 hours, and the day after it 22."""

    def calendar(self, group: str) -> Calendar:
        days = super().calendar(group)
        if group != "one":
            return days
        starts = days.starts.copy()
        starts[days.day_of(FIRST_DAY) - days.first_day + 1] += 2 * HOUR
        return Calendar.of_starts(days.first_day, starts)


def _calendars(world: SimWorld) -> ClaimVectors:
    """A point moves from one group to another with day 2."""
    trust, point, other, moves = (
        world.trust(),
        replace(METER, slot="day"),
        replace(METER, id="other"),
        FIRST_DAY + 2 * DAY,
    )
    defined(world, "one", point, other)
    defined(world, "one", other, effective_from=moves)
    defined(world, "two", point, effective_from=moves)
    world.groups["one"] = (point, other)
    long = Interval(FIRST_DAY, FIRST_DAY + 26 * HOUR)
    world.clock.advance_to(long.end + MINUTE)
    world.append(world.made(long, {"one": world.group_columns("one", long)}))
    stated(world, 2, "two")
    world.anchor()
    period = Interval(FIRST_DAY, FIRST_DAY + 3 * DAY)
    return vectors_of(world, {"step 14: days of two lengths": world.period("main", period, [0, 1])}, trust)


if __name__ == "__main__":
    Path(__file__).with_name("evidence_refusals.json").write_text(json.dumps(vectors(), indent=1) + "\n")
