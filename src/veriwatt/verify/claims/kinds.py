"""The kinds of claim that this version verifies, and the interface of a proven claim.

A kind consists of a class in `model.evidence` that parses the claim part of the file, and a function in a file of
this folder that verifies the claim on proven frames and proven state, by its own numbered steps from 11 onward.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from veriwatt.model.evidence.evidence import Claim, Evidence
from veriwatt.model.evidence.period_claim import PeriodClaim
from veriwatt.model.evidence.reading_claim import ReadingClaim
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.units import UtcMillis
from veriwatt.verify.claims.period import verify_period
from veriwatt.verify.claims.reading import verify_reading
from veriwatt.verify.frame_proof import ProvenFrame
from veriwatt.verify.state_proof import ProvenState
from veriwatt.verify.verdict import Caveat, Verdict


class ProvenClaim(Protocol):
    """A claim for which every step holds."""

    @property
    def state(self) -> ProvenState: ...

    @property
    def verdict(self) -> Verdict:
        """PROVEN, or CONSISTENT where the trust file does not reach the state."""
        ...

    def facts(self) -> dict[str, object]:
        """What is proven, as JSON-able values; times are UTC milliseconds, quantities exact decimal strings."""
        ...

    def caveats(self, trust: Trust | None, now: UtcMillis) -> list[Caveat]:
        """What a reader has to know beside the facts, in the order of docs/spec/evidence.md."""
        ...


VerifyClaim: TypeAlias = Callable[[Any, tuple[ProvenFrame, ...], ProvenState], ProvenClaim]
"""Takes the parsed claim, its proven frames in the file's order and the proven state; raises StepFailed."""

ClaimKinds: TypeAlias = Mapping[type[Claim], VerifyClaim]

CLAIM_KINDS: ClaimKinds = {ReadingClaim: verify_reading, PeriodClaim: verify_period}


def parse_evidence(raw: bytes) -> Evidence[Claim]:
    """Parse an evidence file of any kind in `CLAIM_KINDS`; nothing in it is verified. Raises Malformed."""
    return Evidence.from_bytes(raw, CLAIM_KINDS)
