"""The outcome of a verification for the command line and the API: a verdict, with facts, caveats or the failed step."""

from __future__ import annotations

from dataclasses import dataclass, field

from veriwatt.errors import Malformed
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.units import UtcMillis
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.steps import PROOF_STEPS, StepFailed
from veriwatt.verify.verdict import Caveat, Verdict


@dataclass(frozen=True, slots=True)
class FailedStep:
    """The first step that does not hold; `why` is the error in English, `code` and `values` are for programs."""

    step: int
    name: str
    why: str
    code: str
    values: dict[str, str | int]

    def fields(self) -> dict[str, object]:
        return {"step": self.step, "name": self.name, "why": self.why, "code": self.code, "values": self.values}


@dataclass(frozen=True, slots=True)
class TrustFileUsed:
    """Which trust file was used: fingerprint in full and short, where it was read from, and its age in ms."""

    fingerprint: str
    short: str
    source: str
    operator: str
    age: int

    def fields(self) -> dict[str, object]:
        return {
            "fingerprint": self.fingerprint,
            "short": self.short,
            "source": self.source,
            "operator": self.operator,
            "age": self.age,
        }


@dataclass(frozen=True, slots=True)
class VerificationOutcome:
    """A verdict; facts and caveats are empty if it is REFUSED, `failed` is None otherwise."""

    verdict: Verdict
    failed: FailedStep | None
    trust: TrustFileUsed | None
    facts: dict[str, object] = field(default_factory=dict)
    caveats: list[Caveat] = field(default_factory=list)

    def fields(self) -> dict[str, object]:
        """As JSON-able values; times are UTC milliseconds."""
        return {
            "verdict": self.verdict.value,
            "failed": self.failed and self.failed.fields(),
            "facts": self.facts,
            "caveats": [each.text for each in self.caveats],
            "caveat_codes": [each.fields() for each in self.caveats],
            "trust": self.trust and self.trust.fields(),
        }


def verification_outcome(
    raw: bytes, trust: Trust | None, now: UtcMillis, max_age_ms: int | None = None, source: str = ""
) -> VerificationOutcome:
    """Verify `raw` as `verify_evidence` does; a refusal is an outcome, never an exception.

    Args:
        source: the name or place of the reader's trust file, repeated in the outcome.
    """
    used = None if trust is None else _trust_file_used(trust, now, source)
    try:
        proven = verify_evidence(raw, trust, now, max_age_ms)
    except StepFailed as failed:
        return VerificationOutcome(Verdict.REFUSED, _failed_step(failed), used)
    return VerificationOutcome(proven.verdict, None, used, proven.facts(), proven.caveats(trust, now))


def unreadable_outcome(why: str, trust: Trust | None, now: UtcMillis, source: str = "") -> VerificationOutcome:
    """The outcome of a file that is there and cannot be read: refused at step 1, like every file of other bytes."""
    cause = Malformed(f"the file cannot be read: {why}")
    failed = StepFailed(step=1, name=PROOF_STEPS[1], cause=cause)
    used = None if trust is None else _trust_file_used(trust, now, source)
    return VerificationOutcome(Verdict.REFUSED, _failed_step(failed), used)


def _failed_step(failed: StepFailed) -> FailedStep:
    cause = failed.cause
    return FailedStep(failed.step, failed.name, str(cause), cause.code, cause.values)


def _trust_file_used(trust: Trust, now: UtcMillis, source: str) -> TrustFileUsed:
    age = now - trust.written
    return TrustFileUsed(trust.fingerprint.hex(), trust.short_fingerprint, source, trust.operator, age)
