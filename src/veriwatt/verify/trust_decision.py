"""Step 4: whether the reader has a reason of its own to trust a light block.

A trust file gives that reason. Without one, or with a newer one than the evidence, all that is shown
is that the file agrees with itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from veriwatt.errors import NotProven
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.block import Header, LightBlock, header_hash
from veriwatt.units import UtcMillis
from veriwatt.utc_text import utc_text
from veriwatt.verify.caveat import Caveat
from veriwatt.verify.light_block import verify_skipping
from veriwatt.verify.steps import same


class Verdict(Enum):
    """What a verification comes to; refused is never a value of proven things."""

    PROVEN = "proven"
    CONSISTENT = "consistent"
    REFUSED = "refused"


NO_TRUST = Caveat(
    "no-trust",
    "root taken from the file itself: without a trust file nothing shows that this ledger is the one you mean",
)


@dataclass(frozen=True, slots=True)
class TrustDecision:
    """The verdict that trust allows, and, where that is not proven, why."""

    verdict: Verdict
    why: Caveat | None


class FactsTooOld(NotProven):
    """Facts older than the reader wants them."""

    code = "facts-too-old"

    def __init__(self, *, as_of: UtcMillis, max_age_ms: int) -> None:
        super().__init__(
            f"the facts are as of {utc_text(as_of)}, older than the age allowed; "
            "`veriwatt evidence refresh` renews the file"
        )
        self.as_of, self.max_age_ms = as_of, max_age_ms


def check_age(header: Header, now: UtcMillis, max_age_ms: int | None) -> None:
    """Raise FactsTooOld when the facts under `header` are older than `max_age_ms`."""
    if max_age_ms is not None and now - header.time_ms > max_age_ms:
        raise FactsTooOld(as_of=header.time_ms, max_age_ms=max_age_ms)


def decide_trust(light: LightBlock, trust: Trust | None, now: UtcMillis) -> TrustDecision:
    """How far `light`, already final by its own validators, is to be believed.

    Raises:
        Contradiction: the checkpoint's height with another header: two histories of one ledger.
        NotProven: a later block that does not follow from the checkpoint, or follows too late
            (`verify_skipping`).
    """
    if trust is None:
        return TrustDecision(Verdict.CONSISTENT, NO_TRUST)
    header, checkpoint = light.header, trust.header
    if header.height < checkpoint.height:
        return TrustDecision(Verdict.CONSISTENT, _refresh_needed(header.height, checkpoint.height))
    if header.height == checkpoint.height:
        same("hash of the header at the checkpoint's height", header_hash(checkpoint), header_hash(header))
    else:
        verify_skipping(checkpoint, trust.validators, light, trust_period_ms=trust.trust_period_ms, now_ms=now)
    return TrustDecision(Verdict.PROVEN, None)


def _refresh_needed(height: int, checkpoint: int) -> Caveat:
    said = f"made at height {height}, before your trust file's checkpoint {checkpoint}: refresh needed"
    text = f"{said} (`veriwatt evidence refresh`)"
    return Caveat("refresh-needed", text, {"height": height, "checkpoint": checkpoint})
