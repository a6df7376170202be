"""Errors of evidence and root-log proofs: each names a rule that well-formed parts break."""

from __future__ import annotations

from veriwatt.errors import NotProven
from veriwatt.units import UtcMillis
from veriwatt.utc_text import utc_text


class NotInState(NotProven):
    """The proven state lacks a record that the evidence needs."""

    code = "not-in-state"

    def __init__(self, what: str) -> None:
        super().__init__(f"the state has no {what}")
        self.what = what


class AnchorBeyondState(NotProven):
    """The anchor's block comes after the proven state."""

    code = "anchor-beyond-state"

    def __init__(self, height: int) -> None:
        super().__init__(f"the anchor is in block {height}, which is after the proven state")
        self.height = height


class WrongAnchor(NotProven):
    """None of the file's anchors added the frame's position to the data chain."""

    code = "wrong-anchor"

    def __init__(self, position: int) -> None:
        super().__init__(f"none of the file's anchors added position {position} to the data chain")
        self.position = position


class PassportVersionNotFound(NotProven):
    """The frame names a passport version that the ledger does not have."""

    code = "passport-version-not-found"

    def __init__(self, *, named: int, newest: int) -> None:
        super().__init__(f"the frame names passport version {named}; the newest is {newest}")
        self.named, self.newest = named, newest


class RootLogLeafTooNew(NotProven):
    """The frame names a root-log leaf that is not older than its anchor's."""

    code = "root-log-leaf-too-new"

    def __init__(self, *, known: int, anchored: int) -> None:
        super().__init__(f"the frame names root-log leaf {known}, which is not before its anchor's, {anchored}")
        self.known, self.anchored = known, anchored


class CollectedAfterAnchor(NotProven):
    """The terminal says that it collected the values after the time of their anchor's block."""

    code = "collected-after-anchor"

    def __init__(self, *, collected_at: UtcMillis, anchored_at: UtcMillis) -> None:
        collected, anchored = utc_text(collected_at), utc_text(anchored_at)
        super().__init__(f"the frame says that it was collected at {collected}; it was anchored at {anchored}")
        self.collected_at, self.anchored_at = collected, anchored


class SlotNotOver(NotProven):
    """The slot ends after the time of its anchor's block."""

    code = "slot-not-over"

    def __init__(self, *, end: UtcMillis, anchored_at: UtcMillis) -> None:
        ends, anchored = utc_text(end), utc_text(anchored_at)
        super().__init__(f"the slot ends at {ends}; it was anchored at {anchored}, before it was over")
        self.end, self.anchored_at = ends, anchored


class CollectedBeforeSlotEnd(NotProven):
    """A meter's value that was collected before its slot ended."""

    code = "collected-before-slot-end"

    def __init__(self, *, end: UtcMillis, collected_at: UtcMillis) -> None:
        ends, collected = utc_text(end), utc_text(collected_at)
        super().__init__(f"the slot ends at {ends}; its meter's value was collected at {collected}, before that")
        self.end, self.collected_at = ends, collected


class ReadAfterAnchor(NotProven):
    """A value that was read after the time of its anchor's block."""

    code = "read-after-anchor"

    def __init__(self, *, instant: UtcMillis, anchored_at: UtcMillis) -> None:
        read, anchored = utc_text(instant), utc_text(anchored_at)
        super().__init__(f"the frame says that a value was read at {read}; it was anchored at {anchored}, before that")
        self.instant, self.anchored_at = read, anchored


class ReadAfterCollection(NotProven):
    """A meter's value that was read after it was collected."""

    code = "read-after-collection"

    def __init__(self, *, instant: UtcMillis, collected_at: UtcMillis) -> None:
        read, collected = utc_text(instant), utc_text(collected_at)
        super().__init__(
            f"the frame says that a value was read at {read}; it was collected at {collected}, before that"
        )
        self.instant, self.collected_at = read, collected


class NumberVoid(NotProven):
    """The frame's number was given up before the frame was anchored."""

    code = "number-void"

    def __init__(self, *, height: int) -> None:
        super().__init__(f"the frame's number was voided in block {height}, before the frame was anchored")
        self.height = height


class NumberContradicted(NotProven):
    """Two headers with the frame's number were on the ledger before the frame was anchored."""

    code = "number-contradicted"

    def __init__(self, *, height: int) -> None:
        super().__init__(f"two signed headers with the frame's number are on the ledger since block {height}")
        self.height = height


class NumberTwice(NotProven):
    """Two different frames of the file have one number: their signer contradicts itself."""

    code = "number-twice"

    def __init__(self, *, terminal: str, epoch: int, seq: int) -> None:
        super().__init__(
            f"terminal {terminal} signed two different frames of this file under one number, epoch {epoch} seq {seq}: "
            "a contradiction by the signer"
        )
        self.terminal, self.epoch, self.seq = terminal, epoch, seq


class NotASlot(NotProven):
    """No slot of the point starts at the claimed time in the frame's window."""

    code = "not-a-slot"

    def __init__(self, start: UtcMillis) -> None:
        at = utc_text(start)
        super().__init__(f"no slot of the point starts at {at} in the frame's window")
        self.start = at


class NoSlotOfPeriod(NotProven):
    """A frame states no slot of the claimed period or its context."""

    code = "no-slot-of-period"

    def __init__(self) -> None:
        super().__init__("a frame of the file states no slot of the period or its context")


class OutsideCalendarOfGroup(NotProven):
    """The calendar of the group does not cover the frame's window, or the period."""

    code = "outside-calendar-of-group"

    def __init__(self, group: str) -> None:
        super().__init__(f"the calendar of group {group} does not cover the time")
        self.group = group


class CalendarsDiffer(NotProven):
    """The frames of a period are of calendars that differ on its days."""

    code = "calendars-differ"

    def __init__(self, *, one: str, other: str) -> None:
        super().__init__(f"versions {one} and {other} of the file have calendars that differ on days of the period")
        self.one, self.other = one, other


class ContextTooLong(NotProven):
    """The context of a period has more slots than a verifier judges."""

    code = "context-too-long"

    def __init__(self, *, slots: int, most: int) -> None:
        super().__init__(f"the period's context has {slots} slots; a file may have {most}")
        self.slots, self.most = slots, most


class SeveralKeyWindows(NotProven):
    """The frame's window lies in several key windows of the group."""

    code = "several-key-windows"

    def __init__(self, group: str) -> None:
        super().__init__(f"the frame's window lies in several key windows of group {group}")
        self.group = group


class OtherTerminal(NotProven):
    """A terminal states the point's meter that is not the one named by the definition."""

    code = "other-terminal"

    def __init__(self, *, terminal: str, named: str | None) -> None:
        names = "no terminal" if named is None else f"terminal {named}"
        super().__init__(f"terminal {terminal} states a meter's value; the definition names {names}")
        self.terminal, self.named = terminal, named


class NotDefinedThen(NotProven):
    """The point has no definition at the slot's start."""

    code = "not-defined-then"

    def __init__(self, *, point: str, start: UtcMillis) -> None:
        at = utc_text(start)
        super().__init__(f"point {point} has no definition at {at}")
        self.point, self.start = point, at


class DefinitionReplaced(NotProven):
    """The slot was stated under another definition than the point's at its start."""

    code = "definition-replaced"

    def __init__(self, *, point: str, start: UtcMillis, stated: str, in_force: str) -> None:
        at = utc_text(start)
        super().__init__(f"{point} at {at} was stated under definition {stated}; in force there is {in_force}")
        self.point, self.start, self.stated, self.in_force = point, at, stated, in_force


class ValueNotAdmitted(NotProven):
    """A value beyond the bounds or the width of its definition, or off its step."""

    code = "value-not-admitted"

    def __init__(self, *, point: str, start: UtcMillis, value: str) -> None:
        at = utc_text(start)
        super().__init__(f"{point} at {at} has the value {value}, which its definition does not admit")
        self.point, self.start, self.value = point, at, value


class SlotWithdrawn(NotProven):
    """A value that was taken back; this version gives that status no meaning."""

    code = "slot-withdrawn"

    def __init__(self, start: UtcMillis) -> None:
        at = utc_text(start)
        super().__init__(f"the slot at {at} has the status withdrawn, which this version does not prove")
        self.start = at


class DefinitionNotNeeded(NotProven):
    """A period's file shows a definition that its context does not have, or shows them in another order."""

    code = "definition-not-needed"

    def __init__(self, *, point: str, definition: str) -> None:
        super().__init__(f"the file shows definition {definition} of {point}, which its context does not need there")
        self.point, self.definition = point, definition


class SlotNotStated(NotProven):
    """The frame states neither a value nor a gap for the claimed slot."""

    code = "slot-not-stated"

    def __init__(self) -> None:
        super().__init__("the frame states nothing about the claimed slot")


class OlderThanTrusted(NotProven):
    """The block is older than the trusted checkpoint."""

    code = "older-than-trusted"

    def __init__(self, *, height: int, trusted: int) -> None:
        super().__init__(f"block {height} is older than the trusted one, {trusted}")
        self.height, self.trusted = height, trusted
