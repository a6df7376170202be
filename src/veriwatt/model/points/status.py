"""The status of a slot, whose numbers stand here alone; and the kind of quantity of a point."""

from __future__ import annotations

from enum import Enum, IntEnum


class Status(IntEnum):
    """Status of one slot as a frame states it; the values stand in signed headers and never change.

    ABSENT means that the frame says nothing of the slot; GAP says that there is no value.
    A gap is never a zero.
    """

    ABSENT = 0
    MEASURED = 1
    ESTIMATED = 2
    MANUAL = 3
    GAP = 4

    @property
    def has_value(self) -> bool:
        return self in VALUED


VALUED = (Status.MEASURED, Status.ESTIMATED, Status.MANUAL)
"""The statuses of slots that have a value."""

STATED = (*VALUED, Status.GAP)
"""The statuses of slots of which a frame says anything."""


class Kind(Enum):
    """How a point's values add up over time."""

    INTERVAL = "interval"
    REGISTER = "register"
    INSTANT = "instant"
