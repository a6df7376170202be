"""Whether the maker of a file knows a later version of what it proves, or an earlier beginning of its register, and
whether a renewed file proves another figure than it did before.

No proof can show that nothing came later before statements exist; but who has the data chain knows, and has to say so.
"""

from __future__ import annotations

from veriwatt.errors import NotFound
from veriwatt.model.evidence.evidence import Claim, Evidence
from veriwatt.model.evidence.period_claim import PeriodClaim
from veriwatt.model.evidence.reading_claim import ReadingClaim
from veriwatt.reading.evidence.period_claim import positions_in
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.verify.claims.kinds import ProvenClaim
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.steps import StepFailed

FIGURE_FACTS = (
    "unit",
    "start",
    "end",
    "value",
    "status",
    "reason",
    "expected",
    "measured",
    "estimated",
    "manual",
    "gap",
    "not_stated",
    "complete",
    "bridged",
    "stated_by_owner",
    "at_least",
)
"""The facts of a reading's or a period's figure; the others say where it comes from, and as of when."""


def superseded_by(view: ReadingsView, evidence: Evidence[Claim]) -> int | None:
    """The position of the newest frame that has a slot of the claim in its newest version, and is not in the file.

    None if the file has them all. Such a frame may stand between those of the file: a correction that was left out.
    """
    own = {frame.position for frame in evidence.proofs.frames}
    return max((each for each in _positions(view, evidence.claim) if each not in own), default=None)


def begins_earlier_since(proven: ProvenClaim) -> str | None:
    """When an earlier beginning was registered than that of a renewed file of a register; None: none was.

    The readings from before it, which the file does not show, may change its first steps.
    """
    moved = (each.values["moved"] for each in proven.caveats(None, 0) if each.code == "earlier-beginning")
    return next(map(str, moved), None)


def changed_figure(before: Evidence[Claim], after: ProvenClaim) -> dict[str, tuple[object, object]] | None:
    """What a file proved of its figure before it was renewed and proves now, by fact, where the two differ.

    They do where the ledger records since what bears on the figure, such as an exchange of the register. None if the
    file proved nothing before.
    """
    try:
        was, now = (
            _figure_facts(verify_evidence(before.to_bytes(), None, before.light.header.time_ms)),
            _figure_facts(after),
        )
    except StepFailed:
        return None
    return {name: (was.get(name), now.get(name)) for name in now | was if was.get(name) != now.get(name)}


def _figure_facts(proven: ProvenClaim) -> dict[str, object]:
    """The facts of the figure itself; each kind of steps of a register is one of its own."""
    facts = proven.facts()
    found = {name: facts[name] for name in FIGURE_FACTS if name in facts}
    match facts.get("steps"):
        case dict() as steps:
            found |= {f"steps.{kind}": count for kind, count in steps.items()}
    return found


def _positions(view: ReadingsView, claim: Claim) -> list[int]:
    """The frames that state the claim's slots in their newest version; none where the view does not have the point."""
    try:
        match claim:
            case ReadingClaim(slot=slot):
                return view.versions(slot.org, slot.point, slot.start)[-1:]
            case PeriodClaim(claimed=claimed):
                context = claimed.context
                return positions_in(view.read(claimed.org, claimed.point, context.start, context.end), context)
    except NotFound:
        pass
    return []
