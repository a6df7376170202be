"""Caveats of a period: what its frames and its figure have that a single reading's evidence would say too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from veriwatt.counted import counted
from veriwatt.metering.register_track import StepKind
from veriwatt.metering.step_totals import STEP_KINDS
from veriwatt.metering.totals import Total
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.terminals.certification import Certification
from veriwatt.units import Interval
from veriwatt.utc_text import utc_text
from veriwatt.verify.caveats import origin_caveats, terminal_caveats
from veriwatt.verify.certification import certification_caveats, certification_of, retirement_caveat
from veriwatt.verify.disclosed_column import ProvenSlot
from veriwatt.verify.frame_proof import ProvenFrame
from veriwatt.verify.number_rules import number_caveats
from veriwatt.verify.period_total import PeriodFigure
from veriwatt.verify.point_series import Beginning
from veriwatt.verify.reading_times import instant_caveats, time_caveats
from veriwatt.verify.verdict import Caveat

DATED = (
    "read-outside-slot",
    "read-away-from-end",
    "collected-late",
    "anchored-late",
    "anchored-after-certification",
    "certified-afterwards",
)
"""Caveats that name the dates of one frame or slot."""

CORRECTIONS_NOT_SHOWN = Caveat(
    "corrections-not-shown", "corrections of these slots may be in frames that the file does not show"
)
"""Of every period: which frames a file leaves out no proof can show."""


@dataclass(frozen=True, slots=True)
class StatedSlots:
    """A frame of the file and the slots of the context that it states."""

    frame: ProvenFrame
    slots: list[ProvenSlot]

    def up_to(self, period: Interval) -> list[ProvenSlot]:
        """Those before the period's end; a frame of slots after it alone, which only judge steps, gives them all."""
        return [slot for slot in self.slots if slot.span.start < period.end] or self.slots


def certifications_of(
    stated: Sequence[StatedSlots], definition: PointDefinition, period: Interval
) -> list[Certification | None]:
    """Of each frame the weakest certification of its slots, in the order of the frames."""
    return [certification_of(s.frame.passport, s.frame.header, definition, s.up_to(period)) for s in stated]


def frames_caveats(stated: Sequence[StatedSlots], definition: PointDefinition, period: Interval) -> Iterator[Caveat]:
    """The caveats of the frames, each once: of those with dates the first of its kind, in the order of the frames."""
    seen: dict[str, Caveat] = {}
    for caveat in _of_each(stated, definition, period):
        seen.setdefault(caveat.code if caveat.code in DATED else caveat.text, caveat)
    yield from seen.values()


def _of_each(stated: Sequence[StatedSlots], definition: PointDefinition, period: Interval) -> Iterator[Caveat]:
    for each, certification in zip(stated, certifications_of(stated, definition, period), strict=True):
        frame = each.frame
        slots = each.up_to(period)
        yield from retirement_caveat(frame.passport, frame.header, slots[-1].span)
        yield from terminal_caveats(frame, certification)
        yield from origin_caveats(frame.header.origin)
        yield from instant_caveats(each.slots, definition.kind)
        yield from time_caveats(slots[0].span, frame.header, frame.times)
        yield from certification_caveats(frame, definition, slots, certification)


def numbers_caveats(frames: Sequence[ProvenFrame], height: int) -> Iterator[Caveat]:
    """The caveats of the frames' numbers, each once."""
    seen = {each.text: each for frame in frames for each in number_caveats(frame.number, frame.frame_id, height)}
    yield from seen.values()


def beginning_caveat(total: Total, began: Beginning | None, context: Interval) -> Iterator[Caveat]:
    """The caveat of a register's context that begins where the point once began, with a beginning before it since."""
    if total.steps is None or began is None or began.moved is None or context.start > began.at:
        return
    at, moved = utc_text(began.at), utc_text(began.moved)
    text = (
        f"the point began at {at} until an earlier beginning was registered at {moved}: no step from before counts, "
        "and readings from before, which the file does not show, may change its first steps"
    )
    yield Caveat("earlier-beginning", text, {"at": at, "moved": moved})


def slots_not_stated(total: Total) -> int:
    """Slots of the period that no frame of the file states, those before the point's first slot among them."""
    return max(0, total.expected - total.measured - total.estimated - total.manual - total.gap)


def later_fall_caveats(figure: PeriodFigure) -> Iterator[Caveat]:
    """Caveat of a register whose readings after the period are not all shown."""
    if figure.fall_possible:
        text = (
            "readings of the nine days after the period are not shown or still to come: a later fall may mark its steps"
        )
        yield Caveat("later-fall-possible", text)


def total_caveats(total: Total) -> Iterator[Caveat]:
    """Caveats of the figure: slots that were not measured or are not shown, and steps that are not plain."""
    if absent := slots_not_stated(total):
        text = f"{absent} of {total.expected} slots are in no frame of this file: the figure is partial"
        yield Caveat("slots-not-stated", text, {"not_stated": absent, "expected": total.expected})
    if total.cut:
        text = (
            "an end of the period lies inside a slot: the figure leaves that slot out; what a register advances in it "
            "counts where the slot ends"
        )
        yield Caveat("slots-cut", text)
    other = total.estimated + total.manual + total.gap
    if other:
        text = f"{other} of {total.expected} slots were estimated, entered by hand, or are gaps"
        yield Caveat("slots-not-measured", text, {"other": other, "expected": total.expected})
    if not total.expected:
        yield Caveat("no-whole-slot", "no whole slot of the point lies in the period")
    if total.steps is None:
        return
    counts = dict(zip(STEP_KINDS, total.steps.counts, strict=True))
    if settled := counts.pop(str(StepKind.PROVISIONAL.name).lower()):
        text = f"{counted(settled, 'step is', 'steps are')} provisional: later readings may change them"
        yield Caveat("steps-provisional", text, {"count": settled})
    if marked := sum(counts.values()):
        steps = counted(marked, "step of the register is", "steps of the register are")
        text = f"{steps} not plain: exchanges, restarts, outliers, falls or others"
        yield Caveat("steps-marked", text, {"count": marked})
