"""Cases of evidence.json for claims that rest on the certifications of two orgs."""

from __future__ import annotations

from pathlib import Path

from tests.vectors.evidence_edits import ClaimVectors, case_of
from veriwatt.testing.certifiers import admitted_certifier
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, HOUR, Interval

BEFORE, MORNING, LATER = FIRST_DAY - DAY, FIRST_DAY + DAY + 8 * HOUR, FIRST_DAY + 900 * DAY


def certifier_vectors(folder: Path) -> ClaimVectors:
    """An org certifies up to eight in the morning of day 1, and one that the owner admitted from then on.

    Afterwards another org, as strong as the first one, certifies the time of the first one, and that before.
    """
    world = SimWorld(folder, "certifiers", certifier="")
    first, second = (admitted_certifier(world, org, world.city) for org in ("first", "second"))
    creature = admitted_certifier(world, "creature", world.owner)
    world.must(first.certify(world.terminal, BEFORE, MORNING), creature.certify(world.terminal, MORNING, LATER))
    for day in range(2):
        world.day(day)
        world.anchor()
    world.must(second.certify(world.terminal, BEFORE - DAY, MORNING))
    both = Interval(FIRST_DAY, FIRST_DAY + 2 * DAY)
    files = {
        "certified by two, equally strong": world.evidence(0, 20).to_bytes(),
        "certified by one when it was read, by a creature of the owner when it was collected": world.evidence(
            1, 20
        ).to_bytes(),
        "a day certified by two, equally strong": world.period("meter 0", world.window(0), [0]).to_bytes(),
        "days certified by two, one admitted by the owner": world.period("meter 0", both, [0, 1]).to_bytes(),
    }
    trust, now = "checkpoint of certifiers", world.clock.now()
    found = ClaimVectors(files, {trust: world.trust()}, [case_of(name, name, trust, now) for name in files])
    world.close()
    return found
