"""Verifying the claim of one reading: its value and status are in a leaf under a proven frame's column root.

Steps, with the numbers of docs/spec/evidence.md, after the state proof (1-5) and the frame proof (6-10):

11. definition    the point's definition is in the group version that the header names, in force at the window
12. disclosure    the column leaf is under the header's column root, where a leaf of the point stands
13. statuses      the header states the leaf's statuses, and its slots lie in the window
14. claim         the claimed slot is in that leaf, stated, and was over when it was collected and anchored
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from veriwatt.merkle.tree import leaf_hash, verify_inclusion
from veriwatt.model.evidence.paths import PlacedLeaf
from veriwatt.model.evidence.reading_claim import ReadingClaim
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.frames.origin import Bridge, File, Manual, Meter, Origin
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.terminals.certification import Certification
from veriwatt.units import UtcMillis
from veriwatt.verify.caveats import ledger_caveats, origin_caveats, status_caveats, terminal_caveats, trust_file_caveats
from veriwatt.verify.certification import certification_of, certifier_facts
from veriwatt.verify.disclosed_leaf import ProvenSlot, check_statuses, claimed_slot, prove_leaf, slots_in_leaf
from veriwatt.verify.frame_proof import ProvenFrame
from veriwatt.verify.number_rules import number_caveats
from veriwatt.verify.reading_times import check_slot_times, time_caveats
from veriwatt.verify.refusals import NotInForceAnyMore, NotInForceYet
from veriwatt.verify.state_proof import ProvenState
from veriwatt.verify.steps import PROOF_STEPS, require_equal, step
from veriwatt.verify.verdict import Caveat, Verdict

STEPS = PROOF_STEPS | {11: "definition", 12: "disclosure", 13: "statuses", 14: "claim"}
"""Every step by which evidence of a reading is verified."""

TIME_FACTS = (
    "start",
    "end",
    "collected_at",
    "signed_not_earlier_than",
    "anchored_not_later_than",
    "anchored_block_time",
    "facts_as_of",
)
"""The facts that are times, in UTC milliseconds."""


@dataclass(frozen=True, slots=True)
class ProvenReading:
    """One reading for which every step holds. Only `verify_reading` makes it.

    `certification` is the one of the terminal that covers the reading; None if there is none.
    """

    slot: ProvenSlot
    definition: PointDefinition
    frame: ProvenFrame
    state: ProvenState
    certification: Certification | None

    @property
    def verdict(self) -> Verdict:
        return self.state.trust.verdict

    @property
    def certified_by(self) -> str | None:
        return None if self.certification is None else self.certification.org

    @property
    def value(self) -> str | None:
        """The exact decimal value in the point's unit; None for a gap."""
        mantissa = self.slot.value
        return None if mantissa is None else str(self.definition.value(mantissa))

    def facts(self) -> dict[str, object]:
        point, frame, header, times = self.definition, self.frame, self.frame.header, self.frame.times
        return {
            "org": header.org,
            "point": point.id,
            "energy": point.energy,
            "kind": point.kind.value,
            "unit": point.unit,
            "timezone": point.timezone,
            "start": self.slot.span.start,
            "end": self.slot.span.end,
            "value": self.value,
            "status": self.slot.status.name.lower(),
            "origin": origin_facts(header.origin),
            "terminal": header.terminal,
            "terminal_key_protection": frame.signing_key.protection.value,
            "certified_by": self.certified_by,
            "certifier": certifier_facts(self.certification),
            "collected_at": header.collected_at,
            "signed_not_earlier_than": times.signed_after,
            "anchored_not_later_than": times.anchored_before,
            "anchored_in_block": times.anchor_height,
            "anchored_block_time": times.anchor_time,
            "frame": frame.frame_id.hex(),
            **header.number._asdict(),
            "chain_position": frame.position,
            "group": frame.group.group,
            "group_version": frame.version.n,
            "chain": self.state.chain,
            "facts_height": self.state.height,
            "facts_as_of": self.state.as_of,
            "signers": self.state.signers,
        }

    def caveats(self, trust: Trust | None, now: UtcMillis) -> list[Caveat]:
        """What a reader has to know beside the facts, in the order of docs/spec/evidence.md."""
        frame = self.frame
        return [
            *ledger_caveats(self.state, trust),
            *terminal_caveats(frame, self.certification),
            *origin_caveats(frame.header.origin),
            *status_caveats(self.slot.status),
            *time_caveats(self.slot.span, frame.header, frame.times, self.certification),
            *number_caveats(frame.number, self.state.height),
            *trust_file_caveats(trust, now),
        ]


def verify_reading(claim: ReadingClaim, frames: tuple[ProvenFrame, ...], state: ProvenState) -> ProvenReading:
    """The claimed reading, from the one frame that states it; raises StepFailed for steps 11 to 14."""
    (frame,) = frames
    entry, window = frame.group, frame.header.window
    with step(11, STEPS):
        definition = prove_definition(claim.definition, claim.slot.point, frame)
    with step(12, STEPS):
        leaf, place = prove_leaf(entry, frame.version, claim.definition.index, claim.disclosure)
        require_equal("point of the disclosed leaf", claim.slot.point, leaf.point)
    with step(13, STEPS):
        check_statuses(entry, leaf, place)
        slots = slots_in_leaf(definition, frame.version, window, leaf, place)
    with step(14, STEPS):
        slot = claimed_slot(slots, leaf, claim.slot.start)
        check_slot_times(slot.span, frame.header, frame.times)
    certification = certification_of(frame.passport, frame.header, definition, slot.span)
    return ProvenReading(slot, definition, frame, state, certification)


def prove_definition(part: PlacedLeaf, point: str, frame: ProvenFrame) -> PointDefinition:
    """The point's definition, if it is in the group version that the header names, and in force at the window.

    Raises:
        Contradiction: header, group version and definition disagree.
        RootMismatch: the definition is not in the group version.
        NotInForceYet, NotInForceAnyMore: the version was not in force at the start of the window.
    """
    version = frame.version
    require_equal("definitions that the header names", version.root, frame.group.definition_root)
    verify_inclusion(leaf_hash(part.leaf), part.index, version.count, part.path, version.root)
    definition = PointDefinition.from_bytes(part.leaf)
    require_equal("point of the definition", point, definition.id)
    _check_in_force(frame)
    return definition


def _check_in_force(frame: ProvenFrame) -> None:
    """Raise unless the version was in force at the window's start; versions registered after signing do not count."""
    version, newer, start = frame.version, frame.next_version, frame.header.window.start
    if version.effective_from > start:
        raise NotInForceYet(group=version.group, version=version.n, begins=version.effective_from)
    signed_after = frame.times.signed_after
    if newer is None or signed_after is None or newer.registered_at > signed_after:
        return
    if newer.effective_from <= start:
        raise NotInForceAnyMore(group=version.group, version=version.n, newer=newer.n)


def origin_facts(origin: Origin) -> dict[str, str]:
    """The origin of the values as JSON: its kind, with a file's name and digest, or author and reason."""
    match origin:
        case Meter():
            return {"kind": "meter"}
        case File():
            settings = origin.settings.hex()
            return {"kind": "file", "name": origin.name, "sha256": origin.sha256.hex(), "settings": settings}
        case Bridge():
            return {"kind": "bridge", "name": origin.name}
        case Manual():
            return {"kind": "manual", "author": origin.author, "reason": origin.reason}
    assert_never(origin)
