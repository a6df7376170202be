"""The status codes of slots, and the kinds and directions of points."""

from __future__ import annotations

from enum import Enum, IntEnum


class Status(IntEnum):
    """The status of one slot in a frame; the values are part of signed headers and never change.

    ABSENT: the frame states nothing about the slot. GAP: the frame states that there is no value. A gap is never a
    zero. WITHDRAWN: a value that was stated is taken back without another one; no program of this release states it.
    """

    ABSENT = 0
    MEASURED = 1
    ESTIMATED = 2
    MANUAL = 3
    GAP = 4
    WITHDRAWN = 5

    @property
    def has_value(self) -> bool:
        return self in VALUED


VALUED = (Status.MEASURED, Status.ESTIMATED, Status.MANUAL)
"""The statuses of slots that have a value."""

STATED = (*VALUED, Status.GAP)
"""The statuses that a program of this release states."""


class SlotReason(IntEnum):
    """Why a slot is a gap; the values are part of sealed leaves and never change."""

    NONE = 0
    SENTINEL = 1
    BELOW_MINIMUM = 2
    ABOVE_MAXIMUM = 3
    MARKED_MISSING = 4
    NO_ANSWER = 5
    NOT_SAMPLED = 6


class Kind(Enum):
    """How the values of a point are totalled over time."""

    INTERVAL = "interval"
    REGISTER = "register"
    INSTANT = "instant"


class Direction(Enum):
    """Which way the quantity of a point flows, as the enterprise sees it."""

    IMPORT = "import"
    EXPORT = "export"
    GENERATION = "generation"
