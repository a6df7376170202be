"""Small worlds for vectors of evidence: one point each, and frames that state what a case needs."""

from __future__ import annotations

from collections.abc import Mapping

from tests.vectors.evidence_edits import ClaimVectors, case_of
from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.period_claim import PeriodClaim
from veriwatt.model.evidence.reading_claim import ReadingClaim
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.reading.evidence.build import build_reading_evidence
from veriwatt.testing.edits import replace
from veriwatt.testing.frames import Edit
from veriwatt.testing.worlds import FIRST_DAY, PLANT, Made, SimWorld
from veriwatt.units import HOUR, MINUTE, Interval, UtcMillis

REGISTER = PointDefinition("main", "electricity", "kWh", Kind.REGISTER, 0, 1, "1h", "+08:00", terminal="t1")


def hours(first: float, end: float) -> Interval:
    """Hours after the beginning of day 0."""
    return Interval(FIRST_DAY + int(first * HOUR), FIRST_DAY + int(end * HOUR))


def defined(
    world: SimWorld, group: str, *definitions: PointDefinition, effective_from: UtcMillis = FIRST_DAY
) -> SimWorld:
    """The world with other points in a group."""
    world.groups[group] = definitions
    world.must(world.define(group, effective_from))
    return world


def stated(world: SimWorld, day: int, group: str = PLANT, *, edit: Edit | None = None, **changes: object) -> Made:
    """A frame of a group's day, in the chain; `changes` are those of its first point's column, `edit` of its header."""
    window = world.window(day)
    world.clock.advance_to(max(world.clock.now(), window.end + MINUTE))
    first, *others = world.group_columns(group, window)
    made = world.made(window, {group: [replace(first, **changes), *others]}, edit=edit)
    world.append(made)
    return made


def reading_of(world: SimWorld, made: Made, point: str = "meter 0", slot: int = 0) -> Evidence[ReadingClaim]:
    """Evidence of a frame's slot, by its number in quarter-hours; not verified."""
    claim = replace(world.claim(0, slot, point), start=made.header.window.start + slot * 15 * MINUTE)
    return build_reading_evidence(world.ledger, world.chain, world.agent, claim, made.position)


def vectors_of(
    world: SimWorld, files: Mapping[str, Evidence[ReadingClaim] | Evidence[PeriodClaim]], trust: Trust | None = None
) -> ClaimVectors:
    """A case of each file, under this trust file, by default that of now, and at the time that the world has now."""
    name, now = world.genesis.name, world.clock.now()
    cases = [case_of(file, file, name, now) for file in files]
    raws = {file: each.to_bytes() for file, each in files.items()}
    found = ClaimVectors(raws, {name: trust or world.trust()}, cases)
    world.close()
    return found
