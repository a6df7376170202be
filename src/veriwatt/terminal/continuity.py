"""Whether a terminal's spool is the newest there is: before it signs, it compares with what its log host holds.

A spool that was brought back from a backup, or that a copy of the device has outrun, would number its next
frame as one that is signed already: two frames of one number convict the terminal.
"""

from __future__ import annotations

from dataclasses import dataclass

from veriwatt.encoding import Fields
from veriwatt.errors import Refused
from veriwatt.ids import FrameId
from veriwatt.terminal.spool import Spool


@dataclass(frozen=True, slots=True)
class HostFrame:
    """The newest frame of a terminal that its log host holds."""

    epoch: int
    seq: int
    frame_id: FrameId

    @classmethod
    def parse(cls, value: object) -> HostFrame:
        f = Fields(value, "newest frame", 3)
        return cls(f.uint("epoch"), f.uint("seq"), f.digest("frame id", FrameId))


class SpoolBehind(Refused):
    """The log host holds a frame of this terminal that its spool never made: nothing may be signed from here."""

    code = "spool-behind"

    def __init__(self, held: HostFrame, own: tuple[int, int]) -> None:
        super().__init__(
            f"the log host holds frame ({held.epoch}, {held.seq}) of this terminal, which this home did not make; its "
            f"own newest is {own}. It was brought back from a backup, or another device signs with its key. Nothing is "
            "signed, so that no number is used twice; readings are kept. Bring back the newest home; where it is lost, "
            "retire this terminal at the org and enrol a new one under another name"
        )
        self.held, self.own = held, own


def check_continues(spool: Spool, held: HostFrame | None) -> None:
    """Raise SpoolBehind unless the newest frame that the log host holds is one of this spool's.

    A spool may be ahead by what is not delivered yet. Of a frame that was purged only the number is known.
    """
    if held is None:
        return
    tip, number = spool.tip(), (held.epoch, held.seq)
    own = spool.frame(*number)
    if number > (tip.epoch, tip.seq) or (own is not None and own.frame_id != held.frame_id):
        raise SpoolBehind(held, (tip.epoch, tip.seq))
