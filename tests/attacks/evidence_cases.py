"""What the attacks on evidence share: one honest world, and how an attack is expected to end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from veriwatt.model.evidence.evidence import Evidence
from veriwatt.model.evidence.period_claim import PeriodClaim
from veriwatt.model.evidence.reading_claim import ReadingClaim
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, MINUTE, UtcMillis
from veriwatt.verify.claims.period import ProvenPeriod
from veriwatt.verify.claims.reading import ProvenReading
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.steps import StepFailed


def proven_reading(raw: bytes, trust: Trust | None, now: UtcMillis, max_age_ms: int | None = None) -> ProvenReading:
    """The reading that the file proves; StepFailed when it is refused."""
    proven = verify_evidence(raw, trust, now, max_age_ms)
    assert isinstance(proven, ProvenReading)
    return proven


def proven_period(world: SimWorld, evidence: Evidence[PeriodClaim]) -> ProvenPeriod:
    """The period that the evidence proves to a reader of the world's own trust file; StepFailed when it is refused."""
    found = verify_evidence(evidence.to_bytes(), world.trust(), world.clock.now())
    assert isinstance(found, ProvenPeriod)
    return found


def codes(world: SimWorld, proven: ProvenReading | ProvenPeriod) -> set[str]:
    """The caveats that such a reader is told."""
    return {caveat.code for caveat in proven.caveats(world.trust(), world.clock.now())}


class EvidenceReader:
    """A verifier with the trust file that a world gave out at its beginning."""

    def __init__(self, world: SimWorld) -> None:
        self.world, self.trust = world, world.trust()

    @property
    def now(self) -> UtcMillis:
        return self.world.clock.now()

    def verify(self, evidence: Evidence[ReadingClaim] | bytes, trust: Trust | None = None) -> ProvenReading:
        raw = evidence if isinstance(evidence, bytes) else evidence.to_bytes()
        return proven_reading(raw, trust or self.trust, self.now)

    def step_that_refuses(self, evidence: Evidence[ReadingClaim] | bytes, trust: Trust | None = None) -> int:
        with pytest.raises(StepFailed) as refused:
            self.verify(evidence, trust)
        return refused.value.step


def step_that_refuses(build: Callable[[], object]) -> int:
    """The step at which building evidence fails: what is built is verified before it is handed out."""
    with pytest.raises(StepFailed) as refused:
        build()
    return refused.value.step


def anchored_days(folder: Path, days: int = 2, *, name: str = "sim", founder: str = "ann") -> EvidenceReader:
    """A reader over a world with a frame for each of the days, anchored; the day after them is over too."""
    world = SimWorld(folder, name, founder=founder)
    reader = EvidenceReader(world)
    for day in range(days):
        world.day(day)
    world.anchor()
    world.clock.advance_to(FIRST_DAY + (days + 1) * DAY + MINUTE)
    return reader
