"""Evidence of some readings of every plant, made at the node and verified with nothing but a trust file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from veriwatt.errors import NotProven
from veriwatt.model.evidence.reading_claim import ClaimedSlot
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.node.home import Home
from veriwatt.reading.evidence.build import build_reading_evidence, evidence_file
from veriwatt.testing.demo.paths import DemoPaths
from veriwatt.testing.demo.terminals import PlantTerminal
from veriwatt.units import Interval, UtcMillis
from veriwatt.verify.outcome import VerificationOutcome, verification_outcome
from veriwatt.verify.verdict import Verdict

OF_EACH_PLANT = 4


def make_evidence(home: Home, paths: DemoPaths, terminal: PlantTerminal, span: Interval, slot: UtcMillis) -> list[Path]:
    """One evidence file for each of a few slots of a plant, spread over its points and the span.

    Args:
        slot: length of the points' slots.
    """
    view, org, points, made = home.view(), terminal.plant.org, terminal.points, list[Path]()
    paths.evidence.mkdir(parents=True, exist_ok=True)
    slots = (span.end - span.start) // slot
    for n in range(OF_EACH_PLANT):
        point = points[n * len(points) // OF_EACH_PLANT]
        start = span.start + (2 * n + 1) * slots // (2 * OF_EACH_PLANT) * slot
        position = view.versions(org, point, start)[-1]
        claim = ClaimedSlot(org, point, start)
        evidence = build_reading_evidence(home.ledger, home.org_log(org).chain, home.keys.agent, claim, position)
        path = paths.evidence / f"{terminal.plant.name}-{n + 1}.vwe"
        path.write_bytes(evidence_file(evidence))
        made.append(path)
    return made


def verify_file(path: Path, trust: Path, now: UtcMillis) -> VerificationOutcome:
    """Verify an evidence file with a trust file and the time, and nothing else."""
    return verification_outcome(path.read_bytes(), parse_trust(trust.read_bytes(), str(trust)), now, None, str(trust))


def prove_all(files: Sequence[Path], trust: Path, now: UtcMillis) -> list[VerificationOutcome]:
    """Verify all files; raises NotProven naming the first that is not proven."""
    outcomes = list[VerificationOutcome]()
    for path in files:
        found = verify_file(path, trust, now)
        if found.verdict is not Verdict.PROVEN:
            step = f"step {found.failed.step}, {found.failed.name}: {found.failed.why}" if found.failed else ""
            raise NotProven(f"{path.name} is {found.verdict.value}; {step}")
        outcomes.append(found)
    return outcomes
