"""The outcomes of a batch of posted frames: by org, with a receipt for each frame that the chain has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from veriwatt.api.api_node import ACCEPTED, KNOWN, FrameOutcome
from veriwatt.errors import VeriwattError
from veriwatt.loghost.accept import Accepted, AcceptedBatch
from veriwatt.loghost.org_log import OrgLog
from veriwatt.merkle.tree import inclusion_path, inclusion_paths
from veriwatt.model.chain.checkpoint import Receipt
from veriwatt.verify.frame_checks import CheckedFrame
from veriwatt.verify.frame_refusals import WrongLedger


def by_org(checked: Sequence[CheckedFrame | VeriwattError]) -> dict[str, list[int]]:
    """The indexes of the uploads of each org; unparsable uploads are grouped under ''."""
    places: dict[str, list[int]] = defaultdict(list)
    for i, each in enumerate(checked):
        places["" if isinstance(each, VeriwattError) else each.frame.org].append(i)
    return places


def refusals(checked: Sequence[CheckedFrame | VeriwattError]) -> list[FrameOutcome]:
    """The outcomes of uploads that no data chain here takes: refused ones, and frames of orgs without one (rule 3)."""
    errors = [
        each
        if isinstance(each, VeriwattError)
        else WrongLedger(f"it names org {each.frame.org}, which has no data chain on this node")
        for each in checked
    ]
    return [FrameOutcome(error.code, str(error)) for error in errors]


def outcomes_of(org_log: OrgLog, batch: AcceptedBatch, before: int) -> list[FrameOutcome]:
    """Each outcome with its receipt; the paths of new frames, whose positions are contiguous, are computed together."""
    size, reader = org_log.chain.size, org_log.chain.reader()
    fresh = inclusion_paths(reader, before, size, size) if size > before else []

    def outcome(of: Accepted | VeriwattError) -> FrameOutcome:
        if isinstance(of, VeriwattError):
            return FrameOutcome(of.code, str(of))
        path = fresh[of.position - before] if of.position >= before else inclusion_path(reader, of.position, size)
        code = KNOWN if of.known else ACCEPTED
        receipt = Receipt(batch.note, of.position, path)
        return FrameOutcome(code, None, of.position, org_log.chain.anchored_size, receipt)

    return [outcome(each) for each in batch.outcomes]
