"""Whose signatures make the facts final, and which orgs among them could deceive a reader.

A reader who skips from a trusted block to a later one relies on less than a third of the trusted power being
dishonest: whoever has more shows a block of its own that never was on the ledger. So each set on the way is judged,
and by the orgs that the reader's trust file names: what a block says of its own signers proves nothing about them.
Spec: docs/spec/evidence.md, "Finality".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain

from veriwatt.counted import counted
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.ledger.block import ValidatorSet
from veriwatt.verify.cosigned import Cosigners
from veriwatt.verify.verdict import Caveat, TrustDecision, Verdict

UNNAMED = ""
"""In place of an org: the validators whose org the trust file does not name."""


def finality_caveats(
    decision: TrustDecision, cosigners: Cosigners, trust: Trust | None, parties: Collection[str]
) -> Iterator[Caveat]:
    """Who signed a proven claim of a network, and who of them has enough power to deceive its reader.

    Nothing of a ledger with a single signer on the whole way, whose caveat is another.

    Args:
        parties: the org that the claim is about, and those that certified or confirmed for it.
    """
    if trust is None or decision.verdict is not Verdict.PROVEN or all(len(s.validators) == 1 for s in decision.sets):
        return
    powers = [_power_by_org(each, trust) for each in decision.sets]
    yield _made_final(powers[-1], decision.sets[-1])
    witnesses = {org for _, org, _ in cosigners.counted}
    named = sorted(org for org in dict.fromkeys(chain.from_iterable(powers)) if org != UNNAMED)
    alone = [org for org in named if _third(powers, [org])]
    for org in alone:
        if not witnesses - {org}:
            yield _power_of(org, powers)
    together = [org for org in named if org in parties]
    if not set(alone).intersection(together) and _third(powers, together) and not witnesses - set(parties):
        yield _power_of_parties(together, powers)
    if any(UNNAMED in each for each in powers) and not witnesses:
        yield _unnamed(powers)


def _power_by_org(validators: ValidatorSet, trust: Trust) -> dict[str, int]:
    powers = dict[str, int]()
    for each in validators.validators:
        org = trust.org_of(each.public_key)
        powers[org] = powers.get(org, 0) + each.power
    return powers


def _third(powers: list[dict[str, int]], orgs: Collection[str]) -> bool:
    """Whether the orgs have a third or more of the power in one of the sets."""
    part, whole = _largest(powers, orgs)
    return 3 * part >= whole


def _largest(powers: list[dict[str, int]], orgs: Collection[str]) -> tuple[int, int]:
    """The power of the orgs, and of all, in the set in which their share is the largest."""
    shares = [(sum(each.get(org, 0) for org in orgs), sum(each.values())) for each in powers]
    best = shares[0]
    for part, whole in shares[1:]:
        if part * best[1] > best[0] * whole:
            best = part, whole
    return best


def _made_final(powers: dict[str, int], validators: ValidatorSet) -> Caveat:
    count, orgs = len(validators.validators), ", ".join(org for org in sorted(powers) if org != UNNAMED)
    signers = counted(count, "validator", "validators") + (f" of {orgs}" if orgs else "")
    text = f"BFT: made final by {signers}; this holds while those with a third of the power are not dishonest together"
    return Caveat("bft", text, {"validators": count, "orgs": orgs})


def _power_of(org: str, powers: list[dict[str, int]]) -> Caveat:
    part, whole = _largest(powers, [org])
    text = f"{org} signs with {part} of {whole} of the power, a third or more: it alone could show you a false block"
    return Caveat("power-of-org", text, {"org": org, "power": part, "total": whole})


def _power_of_parties(orgs: list[str], powers: list[dict[str, int]]) -> Caveat:
    (part, whole), names = _largest(powers, orgs), " and ".join(orgs)
    text = (
        f"{names}, whose figure this is or who certified it, sign together with {part} of {whole} of the power, "
        "a third or more: they could show you a false block"
    )
    return Caveat("power-of-parties", text, {"orgs": names, "power": part, "total": whole})


def _unnamed(powers: list[dict[str, int]]) -> Caveat:
    part, whole = _largest(powers, [UNNAMED])
    text = (
        f"validators with {part} of {whole} of the power are of no org that your trust file names: any of them may be "
        "one org's; `veriwatt ledger trust` names them"
    )
    return Caveat("power-unnamed", text, {"power": part, "total": whole})
