"""What is known of a slot, and what kind of quantity a point is."""

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
        return self in (Status.MEASURED, Status.ESTIMATED, Status.MANUAL)


class Kind(Enum):
    """How a point's values add up over time."""

    INTERVAL = "interval"
    REGISTER = "register"
    INSTANT = "instant"
