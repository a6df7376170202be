"""Two frames of one number that both prove values: whoever has both files proves the contradiction, and both say so.

Spec: docs/spec/evidence.md, "Verdict"; docs/spec/transaction.md, "Numbers".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from veriwatt.testing.soundness.evidence_maker import EvidenceMaker
from veriwatt.testing.soundness.false_proof import require
from veriwatt.testing.soundness.tally import Tally
from veriwatt.testing.soundness.workshop import Workshop
from veriwatt.verify.claims.kinds import ProvenClaim

FACTS = ("frame", "point", "start", "end", "status", "value")


@dataclass(frozen=True, slots=True)
class ProvenFile:
    """A proven reading, and how its file is made again under a newer state of the ledger."""

    claim: ProvenClaim
    position: int
    again: Callable[[EvidenceMaker], bytes]
    where: str


def check_contradictions(shop: Workshop, proven: Sequence[ProvenFile], tally: Tally) -> None:
    """Record each contradiction among these files, renew the files, and count a pair that is not told then."""
    by_number: dict[tuple[Any, ...], dict[str, ProvenFile]] = {}
    for each in proven:
        facts = each.claim.facts()
        by_number.setdefault((facts["terminal"], facts["epoch"], facts["seq"]), {})[str(facts["frame"])] = each
    pairs = {number: list(files.values()) for number, files in by_number.items() if len(files) > 1}
    for number, (one, other, *_) in pairs.items():
        if number not in shop.contradicted:
            result = shop.contradict(shop.frames[one.position], shop.frames[other.position])
            if not result.ok:
                tally.undisclosed_pair(f"{one.where}, {other.where}: the contradiction is refused: {result.text}")
    trust = shop.trust()
    with shop.ledger.snapshot() as now:
        maker = EvidenceMaker(shop, now)
        for each in (file for files in pairs.values() for file in files):
            tally.contradicted += 1
            before = tally.proven
            tally.judge(
                each.again(maker),
                trust,
                shop.now,
                honest=False,
                check=lambda claim, each=each: _check_told(shop, claim, each),  # type: ignore[misc]
                where=f"{each.where}, renewed",
            )
            if tally.proven == before:
                tally.undisclosed_pair(f"{each.where}: what was anchored is unsaid by its contradiction")
            tally.proven = before


def _check_told(shop: Workshop, claim: ProvenClaim, before: ProvenFile) -> None:
    """Raise FalseProof unless a renewed file says the same, and that another header has its number."""
    facts, known = claim.facts(), before.claim.facts()
    require(all(facts[name] == known[name] for name in FACTS), "another reading after its contradiction")
    caveats = [caveat.code for caveat in claim.caveats(shop.trust(), shop.now)]
    require("contradicted" in caveats, "two values of one number, and the contradiction is not told")
