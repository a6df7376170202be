"""Verifying the claim of one reading: its value and status are in a leaf under a proven frame's column root.

Steps, with the numbers of docs/spec/evidence.md, after the state proof (1-5) and the frame proof (6-10):

11. definition    the point's definition is in the group version that the header names
12. place         the window lies in one key window, and has as many slots of the point as the header states
13. disclosure    the leaf of the claimed slot is under the header's column root, with the header's statuses
14. claim         the slot is stated, it was over, its terminal may state it, and its definition was the point's
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from veriwatt.model.evidence.reading_claim import ReadingClaim
from veriwatt.model.evidence.trust_file import Trust
from veriwatt.model.frames.columns import SLOTS_IN_LEAF
from veriwatt.model.frames.origin import Bridge, File, Manual, Meter, Origin
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.point_record import PointRecord
from veriwatt.model.points.status import SlotReason, Status
from veriwatt.model.terminals.certification import Certification
from veriwatt.units import UtcMillis
from veriwatt.verify.calendar_caveats import calendar_caveats
from veriwatt.verify.caveats import (
    kind_caveats,
    ledger_caveats,
    origin_caveats,
    status_caveats,
    terminal_caveats,
    trust_file_caveats,
)
from veriwatt.verify.certification import certification_caveats, certification_of, certified_facts, retirement_caveat
from veriwatt.verify.disclosed_column import ProvenSlot, leaves_with, prove_column
from veriwatt.verify.frame_proof import ProvenFrame
from veriwatt.verify.log_epoch_caveats import given_up_caveats
from veriwatt.verify.number_rules import number_caveats
from veriwatt.verify.point_place import prove_definitions, prove_place
from veriwatt.verify.point_rules import check_slots
from veriwatt.verify.reading_times import instant_caveats, time_caveats
from veriwatt.verify.refusals import SlotNotStated
from veriwatt.verify.register_caveats import backward_caveat, definition_facts
from veriwatt.verify.state_proof import ProvenState
from veriwatt.verify.steps import PROOF_STEPS, step
from veriwatt.verify.verdict import Caveat, Verdict

STEPS = PROOF_STEPS | {11: "definition", 12: "place", 13: "disclosure", 14: "claim"}
"""Every step by which evidence of a reading is verified."""

TIME_FACTS = (
    "start",
    "end",
    "collected_at",
    "signed_not_earlier_than",
    "anchored_not_later_than",
    "anchored_block_time",
    "facts_as_of",
    "instant",
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
            "direction": point.direction.value,
            **definition_facts(point),
            "unit": point.unit,
            "timezone": point.timezone,
            "start": self.slot.span.start,
            "end": self.slot.span.end,
            "value": self.value,
            "status": self.slot.status.name.lower(),
            "reason": None if self.slot.reason is SlotReason.NONE else self.slot.reason.name.lower(),
            "instant": self.slot.instant,
            "origin": origin_facts(header.origin),
            "terminal": header.terminal,
            "terminal_key_protection": frame.signing_key.protection.value,
            **certified_facts(self.certification),
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
            **self.state.facts(),
        }

    def caveats(self, trust: Trust | None, now: UtcMillis) -> list[Caveat]:
        """What a reader has to know beside the facts, in the order of docs/spec/evidence.md."""
        frame = self.frame
        return [
            *ledger_caveats(self.state, trust, {frame.header.org, self.certified_by or frame.header.org}),
            *retirement_caveat(frame.passport, frame.header, self.slot.span),
            *terminal_caveats(frame, self.certification),
            *origin_caveats(frame.header.origin),
            *status_caveats(self.slot.status),
            *kind_caveats(self.definition.kind),
            *backward_caveat(self.definition),
            *instant_caveats([self.slot], self.definition.kind),
            *time_caveats(self.slot.span, frame.header, frame.times),
            *certification_caveats(frame, self.definition, [self.slot], self.certification),
            *calendar_caveats(frame.version, self.slot.span),
            *number_caveats(frame.number, frame.frame_id, self.state.height),
            *given_up_caveats(self.state.epochs, frame.header.org, self.slot.span.start),
            *trust_file_caveats(trust, now),
        ]


def verify_reading(claim: ReadingClaim, frames: tuple[ProvenFrame, ...], state: ProvenState) -> ProvenReading:
    """The claimed reading, from the one frame that states it; raises StepFailed for steps 11 to 14."""
    (frame,) = frames
    definition, start = claim.definition.definition, claim.slot.start
    with step(11, STEPS):
        ((_, ordinal),) = prove_definitions([claim.definition], claim.slot.point, frames)
    with step(12, STEPS):
        place = prove_place(frame, definition, ordinal)
        at = place.slot_at(start)
    with step(13, STEPS):
        slots = prove_column(frame, definition.id, place, leaves_with(at, at + 1), claim.column)
    with step(14, STEPS):
        slot = slots[at % SLOTS_IN_LEAF]
        if slot.status is Status.ABSENT:
            raise SlotNotStated
        (point,) = claim.state_keys()
        timeline = state.record("timeline of the point", point, PointRecord.from_bytes)
        check_slots([slot], frame, definition, timeline)
    certification = certification_of(frame.passport, frame.header, definition, [slot])
    return ProvenReading(slot, definition, frame, state, certification)


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
