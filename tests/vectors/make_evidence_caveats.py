"""Writes evidence_caveats.json: evidence that is proven with the caveats that evidence.json does not have."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.vectors.evidence_edits import ClaimVectors, written
from tests.vectors.evidence_worlds import REGISTER, defined, hours, reading_of, stated, vectors_of
from veriwatt.crypto.signing import Protection
from veriwatt.ids import FrameId
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.paths import StatePart
from veriwatt.model.evidence.reading_claim import ReadingClaim
from veriwatt.model.frames.columns import NO_INSTANT
from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.model.frames.origin import Bridge, Manual
from veriwatt.model.points.calendar import Calendar
from veriwatt.model.points.register_record import ConfirmStep, ReadStep
from veriwatt.model.points.status import Status
from veriwatt.reading.evidence.build import refresh
from veriwatt.testing.actors import START
from veriwatt.testing.certifiers import admitted_certifier
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import FIRST_DAY, PLANT, SimWorld
from veriwatt.units import DAY, HOUR, MINUTE, SECOND
from veriwatt.verify.frame_proof import ParsedFrame
from veriwatt.verify.procedure import state_keys

STEP = ReadStep(FIRST_DAY + 30 * HOUR, 129, FIRST_DAY + 31 * HOUR, 630)
LEVELS = [*[*range(100, 120), 0, 0, 0, 123], *[*range(124, 130), *range(630, 646), 9000, 9001], *range(648, 672)]
"""Hours of a register: three gaps and an estimate end day 0, a step of 501 in day 1, and two outliers at its end."""


def vectors() -> dict[str, object]:
    with TemporaryDirectory() as folder:
        at = Path(folder)
        return written(
            [
                _numbers(
                    SimWorld(at / "1", "numbers", points=1, origin=Bridge("scada"), protection=Protection.UNPROTECTED)
                ),
                _by_hand(at / "2"),
                _backward(SimWorld(at / "3", "backward", points=1)),
                _register(SimWorld(at / "4", "steps", points=1)),
                _restarting(SimWorld(at / "5", "restarts", points=1)),
                _other_days(OtherDays(at / "6", "days", points=1)),
                *_authorities(at / "7"),
                _given_up(SimWorld(at / "8", "given-up", points=1)),
            ]
        )


def _numbers(world: SimWorld) -> ClaimVectors:
    """Two frames, and what became of their numbers after they were anchored; then the key is reported."""
    first = stated(world, 0)
    world.frames.clear()
    twin = world.made(world.window(0), {PLANT: world.group_columns(PLANT, world.window(0))}, edit=_later)
    world.frames.append(first)
    second = stated(world, 1)
    world.anchor()
    world.must(world.city.report_equivocation(world.terminal, first.upload, twin.upload))
    world.must(world.owner.void(world.terminal, second.upload, "given up"))
    world.must(world.inspector.report_compromised(world.terminal, FIRST_DAY))
    world.must(world.owner.answer(world.terminal, "the key never left its device"))
    files = {
        "a number that two headers have": reading_of(world, first),
        "a number that was voided, of a terminal with another one that two headers have": reading_of(world, second),
    }
    return vectors_of(world, files)


def _given_up(world: SimWorld) -> ClaimVectors:
    """A frame that was anchored before the org gave up acknowledged frames, and one that was sent again after it."""
    first = stated(world, 0)
    world.anchor()
    world.must(world.owner.recover(1, world.owner.lost(5)))
    second = stated(world, 1)
    world.anchor()
    files: dict[str, Evidence[ReadingClaim]] = {
        "a frame that was anchored before acknowledged frames were given up": reading_of(world, first)
    }
    files["a file of before there were log epochs"] = _of_before(world, reading_of(world, first))
    world.must(world.owner.recover(2, world.owner.lost(3, epoch=2), epoch=3))
    files["a frame between two times at which acknowledged frames were given up"] = reading_of(world, second)
    return vectors_of(world, files)


def _of_before(world: SimWorld, made: Evidence[ReadingClaim]) -> Evidence[ReadingClaim]:
    """The same without the value of the log epochs."""
    keys = state_keys(made.claim, [ParsedFrame.of(part) for part in made.proofs.frames], made.chain)[:-1]
    with world.ledger.snapshot() as now:
        proof = now.prove(keys)
    return replace(made, state=StatePart(tuple(proof.values[key] for key in keys), proof.proof), light=proof.light)


def _later(header: FrameHeader) -> FrameHeader:
    return replace(header, collected_at=header.collected_at - SECOND)


def _by_hand(folder: Path) -> ClaimVectors:
    """A person's values; a certification that is registered after they were anchored ended before they were."""
    origin = Manual("ann", "the meter was out of order")
    world = SimWorld(folder, "by-hand", points=1, certifier="", origin=origin, protection=Protection.KEYRING)
    made = stated(world, 0, codes=np.full(96, Status.MANUAL, np.uint8))
    world.anchor()
    trust, bare = world.trust(), reading_of(world, made)
    world.must(world.inspector.certify(world.terminal, START, made.header.collected_at + SECOND))
    files = {"by hand": bare, "by hand, certified afterwards": refresh(world.ledger, bare)}
    return vectors_of(world, files, trust)


def _backward(world: SimWorld) -> ClaimVectors:
    """A register that runs backward, read an hour before its slot, and stated after its terminal was retired."""
    defined(world, "registers", replace(REGISTER, slot="6h", backward=True))
    last = FrameRef("t1", FrameNumber(2**40, 2**40), FrameId(b"\1" * 32))
    world.must(world.owner.retire(world.terminal, last))
    made = stated(world, 0, "registers", instants=np.array([FIRST_DAY - HOUR, *[NO_INSTANT] * 3], np.int64))
    world.anchor()
    return vectors_of(world, {"a backward register's reading": reading_of(world, made, "main")})


def _register(world: SimWorld) -> ClaimVectors:
    """Periods of one register; then it is registered from a day earlier on."""
    defined(world, "registers", replace(REGISTER, rate=100))
    for day in range(3):
        codes = np.full(24, Status.MEASURED, np.uint8)
        if day == 0:
            codes[20:] = [*[Status.GAP] * 3, Status.ESTIMATED]
        stated(world, day, "registers", values=np.array(LEVELS[24 * day : 24 * day + 24], np.int64), codes=codes)
    world.anchor()
    world.must(world.inspector.sign(ConfirmStep("acme", "main", STEP)))
    periods = {
        "a register's first hours": hours(0, 12),
        "a register from within a gap on": hours(22, 28),
        "a register from an estimate on, up to an outlier, over a confirmed step": hours(24, 48),
        "a register with slots cut": hours(50.5, 60.5),
        "a register within a slot": hours(50.2, 50.8),
    }
    files = {name: world.period("main", period, range(3), hours(0, 72)) for name, period in periods.items()}
    trust = world.trust()
    world.must(world.define("registers", FIRST_DAY - DAY))
    early = refresh(world.ledger, files["a register's first hours"])
    return vectors_of(world, {**files, "a register that began earlier since": early}, trust)


def _restarting(world: SimWorld) -> ClaimVectors:
    """The second day of a counter that begins anew each day, whose last reading is far above the others."""
    defined(world, "registers", replace(REGISTER, restart=True))
    for day in range(2):
        stated(world, day, "registers", values=np.array([*range(1, 24), 900 * day + 24], np.int64))
    world.anchor()
    return vectors_of(
        world, {"a counter that begins anew": world.period("main", hours(24, 48), range(2), hours(0, 48))}
    )


class OtherDays(SimWorld):
    """Of group "shifted" each day but the first begins an hour late."""

    def calendar(self, group: str) -> Calendar:
        days = super().calendar(group)
        if group != "shifted":
            return days
        today = days.day_of(FIRST_DAY) - days.first_day
        return Calendar.of_starts(
            days.first_day + today, np.append(FIRST_DAY, days.starts[today + 1 : today + 99] + HOUR)
        )


def _other_days(world: SimWorld) -> ClaimVectors:
    defined(world, "shifted", replace(world.groups[PLANT][0], id="main", slot="6h"))
    window = replace(world.window(0), end=FIRST_DAY + DAY + HOUR)
    world.clock.advance_to(window.end + MINUTE)
    made = world.made(window, {"shifted": world.group_columns("shifted", window)})
    world.append(made)
    world.anchor()
    return vectors_of(world, {"a day of 25 hours": reading_of(world, made, "main")})


def _authorities(folder: Path) -> list[ClaimVectors]:
    """A ledger that its only founder made, and one whose certifier has its role from the terminal's org alone."""
    alone = SimWorld(folder / "alone", "one-founder", points=1, certifier="", founders=1)
    creature = admitted_certifier(alone, "creature", alone.owner)
    alone.must(creature.certify(alone.terminal, START, START + 9 * DAY))
    found = []
    for world in (alone, SimWorld(folder / "both", "two-founders", points=1, founders=2, protection=Protection.PKCS11)):
        made = stated(world, 0)
        world.anchor()
        found.append(vectors_of(world, {f"certified on the ledger {world.genesis.name}": reading_of(world, made)}))
    return found


if __name__ == "__main__":
    Path(__file__).with_name("evidence_caveats.json").write_text(json.dumps(vectors(), indent=1) + "\n")
