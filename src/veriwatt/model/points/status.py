"""The status codes of slots, and the kinds of points."""

from __future__ import annotations

from enum import Enum, IntEnum


class Status(IntEnum):
    """The status of one slot in a frame; the values are part of signed headers and never change.

    ABSENT: the frame states nothing about the slot. GAP: the frame states that there is no value. A gap is never a
    zero.
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
"""The statuses of slots that a frame states."""


class Kind(Enum):
    """How the values of a point are totalled over time."""

    INTERVAL = "interval"
    REGISTER = "register"
    INSTANT = "instant"
