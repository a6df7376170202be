"""Whether the maker of a file knows a later version of what it proves.

No proof can show that nothing came later before statements exist; but who has the data chain knows, and has to say so.
"""

from __future__ import annotations

from veriwatt.errors import NotFound
from veriwatt.model.evidence.evidence import Claim, Evidence
from veriwatt.model.evidence.period_claim import PeriodClaim
from veriwatt.model.evidence.reading_claim import ReadingClaim
from veriwatt.readmodel.readings_view import ReadingsView


def superseded_by(view: ReadingsView, evidence: Evidence[Claim]) -> int | None:
    """The position of the newest frame that states a slot of the claim after the file's own; None if none does."""
    newest = max(_positions(view, evidence.claim), default=-1)
    own = {frame.position for frame in evidence.proofs.frames}
    return newest if newest > max(own, default=-1) else None


def _positions(view: ReadingsView, claim: Claim) -> list[int]:
    """The frames that state the claim's slots in their newest version; none where the view does not have the point."""
    try:
        match claim:
            case ReadingClaim(slot=slot):
                return view.versions(slot.org, slot.point, slot.start)[-1:]
            case PeriodClaim(claimed=claimed):
                start, end = claimed.context.start, claimed.context.end
                rows = view.read(claimed.org, claimed.point, start, end)
                return [int(position) for position in set(rows.positions.tolist())]
    except NotFound:
        pass
    return []
