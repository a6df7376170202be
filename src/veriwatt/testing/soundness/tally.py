"""What came of many cases, and how the verdict on one file is judged and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from veriwatt.model.evidence.trust_file import Trust
from veriwatt.testing.soundness.false_proof import FalseProof
from veriwatt.units import UtcMillis
from veriwatt.verify.claims.kinds import ProvenClaim
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.steps import StepFailed
from veriwatt.verify.verdict import Verdict


@dataclass
class Tally:
    """What came of many cases; `problems` are sentences with the seed and the number of the case.

    `pairs` are proven values that contradict each other and do not say so, `contradicted` the files that say so.
    """

    cases: int = 0
    proven: int = 0
    honest: int = 0
    false_proofs: int = 0
    pairs: int = 0
    contradicted: int = 0
    honest_refused: int = 0
    steps: Counter[int] = field(default_factory=Counter)
    changes: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.cases += other.cases
        self.proven += other.proven
        self.honest += other.honest
        self.false_proofs += other.false_proofs
        self.pairs += other.pairs
        self.contradicted += other.contradicted
        self.honest_refused += other.honest_refused
        self.steps += other.steps
        self.changes += other.changes
        self.problems += other.problems

    def judge(
        self,
        raw: bytes,
        trust: Trust | None,
        now: UtcMillis,
        *,
        honest: bool,
        check: Callable[[ProvenClaim], None],
        where: str,
    ) -> ProvenClaim | None:
        """Verify a file and count what came of it; returns the claim where it is proven and true.

        Args:
            honest: whether it has to be proven.
            check: raises FalseProof where a proven claim says what is not true.
            where: names the case in a problem.
        """
        self.honest += honest
        try:
            proven = verify_evidence(raw, trust, now)
        except StepFailed as refused:
            self.steps[refused.step] += 1
            if honest:
                self.honest_refused += 1
                self.problems.append(f"{where}: refused at step {refused.step}: {refused}")
            return None
        if proven.verdict is not Verdict.PROVEN:
            self.problems.append(f"{where}: {proven.verdict.value}")
            return None
        self.proven += 1
        try:
            check(proven)
        except FalseProof as false:
            self.pairs += "two values" in str(false)
            self.false_proofs += 1
            self.problems.append(f"{where}: proven, and {false}")
            return None
        return proven

    def undisclosed_pair(self, problem: str) -> None:
        """Count two proven values of one number whose contradiction cannot be shown."""
        self.pairs += 1
        self.problems.append(problem)
