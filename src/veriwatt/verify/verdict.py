"""What *proven* means: the verdict on evidence, and the trust decision behind it.

    proven      every numbered step holds, and the reader's trust file reaches the light block under which the facts
                are proven: it is the file's checkpoint, or follows from it within the trust period
    consistent  every step holds, but there is no trust file, or its checkpoint is newer than the light block: the
                file agrees with itself, and nothing more is proven
    refused     a step does not hold; verification raises `StepFailed`, and no fact is stated

Caveats accompany a verdict and never change it: they say what the reader has to know to weigh the facts.
Step 4 of docs/spec/evidence.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from veriwatt.errors import NotProven
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.block import Header, LightBlock, ValidatorSet, header_hash
from veriwatt.model.ledger.predecessor import Predecessor
from veriwatt.units import UtcMillis
from veriwatt.utc_text import utc_text
from veriwatt.verify.light_client import TrustedBlock, prove_along
from veriwatt.verify.steps import require_equal


class Verdict(Enum):
    """The result of a verification. Only `VerificationOutcome` is ever REFUSED; a proven object never is."""

    PROVEN = "proven"
    CONSISTENT = "consistent"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Caveat:
    """A fact that limits what proven facts are worth. `code` is stable; `text` is English, with the `values` in it.

    Other languages make their text from `code` and `values`.
    """

    code: str
    text: str
    values: Mapping[str, str | int] = field(default_factory=dict)

    def fields(self) -> dict[str, object]:
        return {"code": self.code, "values": dict(self.values)}


@dataclass(frozen=True, slots=True)
class TrustDecision:
    """The verdict that the trust file allows: PROVEN, or CONSISTENT with the reason in `why`.

    A PROVEN one rests on the signatures of `sets`: the checkpoint's validators, those of each block on the way, and
    those of the block itself; or, without sets, on the end of the predecessor that `why` names.
    """

    verdict: Verdict
    why: Caveat | None
    sets: tuple[ValidatorSet, ...] = ()


NO_TRUST = Caveat(
    "no-trust",
    "root taken from the file itself: without a trust file nothing shows that this ledger is the one you mean",
)


class FactsTooOld(NotProven):
    """The light block is older than the reader accepts."""

    code = "facts-too-old"

    def __init__(self, *, as_of: UtcMillis, max_age_ms: int) -> None:
        super().__init__(
            f"the facts are as of {utc_text(as_of)}, older than the age allowed; "
            "`veriwatt evidence refresh` renews the file"
        )
        self.as_of, self.max_age_ms = as_of, max_age_ms


class BeyondEnd(NotProven):
    """What is of a ledger that moved, and of after its end: whoever had its keys went on."""

    code = "beyond-end"

    def __init__(self, *, chain: str, what: str) -> None:
        super().__init__(f"ledger {chain} ended and has a successor, and {what} is of after its end")
        self.chain, self.what = chain, what


def check_age(header: Header, now: UtcMillis, max_age_ms: int | None) -> None:
    """Raise FactsTooOld when the time of `header` is more than `max_age_ms` before `now`; None allows any age."""
    if max_age_ms is not None and now - header.time_ms > max_age_ms:
        raise FactsTooOld(as_of=header.time_ms, max_age_ms=max_age_ms)


def decide_trust(
    light: LightBlock, trust: Trust | None, now: UtcMillis, path: Sequence[LightBlock] = ()
) -> TrustDecision:
    """Decide whether the trust file reaches a light block that its own validators made final.

    Args:
        light: already verified by `verify_commit`.
        trust: the reader's trust file, if there is one.
        now: the reader's clock, from which the trust period is counted.
        path: light blocks below `light` in ascending order of heights, over which it may be reached.

    Raises:
        BeyondEnd: it is of a predecessor of the trusted ledger, and was made after that one's end.
        Contradiction: a block has the checkpoint's height and another header: two histories of one ledger.
        NotProven: the block is later and does not follow from the checkpoint, or the trust period has ended
            (`verify_skipping`).
    """
    if trust is None:
        return TrustDecision(Verdict.CONSISTENT, NO_TRUST)
    header, checkpoint = light.header, trust.header
    for predecessor in trust.predecessors:
        if predecessor.chain_id == header.chain_id:
            return _through(predecessor, light)
    if header.height < checkpoint.height:
        return TrustDecision(Verdict.CONSISTENT, _refresh_needed(header.height, checkpoint.height))
    for block in (*path, light):
        if block.header.height == checkpoint.height:
            found = header_hash(block.header)
            require_equal("hash of the header at the checkpoint's height", header_hash(checkpoint), found)
    above = [block for block in (*path, light) if block.header.height > checkpoint.height]
    way = prove_along(TrustedBlock.checkpoint(trust), above, now)
    return TrustDecision(Verdict.PROVEN, None, (trust.validators, *(block.validators for block in way.blocks)))


def _through(predecessor: Predecessor, light: LightBlock) -> TrustDecision:
    """The decision on a block of a ledger that the trusted one continues: the only one that is trusted is its end."""
    end, chain, header = predecessor.ended, predecessor.chain_id, light.header
    if header.height > end.height:
        raise BeyondEnd(chain=chain, what=f"block {header.height}")
    if header.height < end.height:
        return TrustDecision(Verdict.CONSISTENT, _refresh_needed(header.height, end.height))
    require_equal("hash of the header at the predecessor's end", end.header_hash, header_hash(header))
    ended = utc_text(end.time)
    text = (
        f"proven as of the end of ledger {chain}, {ended}, which your trust file names as a predecessor: what its "
        "successor recorded since is not in it (`veriwatt evidence refresh`)"
    )
    through = Caveat("through-predecessor", text, {"chain": chain, "ended": ended})
    return TrustDecision(Verdict.PROVEN, through)


def _refresh_needed(height: int, checkpoint: int) -> Caveat:
    made = f"made at height {height}, before your trust file's checkpoint {checkpoint}"
    text = f"{made}: refresh needed (`veriwatt evidence refresh`)"
    return Caveat("refresh-needed", text, {"height": height, "checkpoint": checkpoint})
