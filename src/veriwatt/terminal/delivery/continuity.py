"""Whether a terminal's spool continues what its log host holds; checked before the terminal signs anything in a run.

A spool that was restored from a backup, or that a copy of the device has outrun, would give its next frame a number
under which a frame is signed already: two frames of one number convict the terminal.
"""

from __future__ import annotations

from veriwatt.errors import Refused
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.terminal.spool.spool import Spool


class SpoolBehind(Refused):
    """The log host holds a frame of this terminal that its spool never made: nothing may be signed from this home."""

    code = "spool-behind"

    def __init__(self, at_host: FrameRef, own: FrameNumber) -> None:
        super().__init__(
            f"the log host holds frame {at_host.number} of this terminal, which this home did not "
            f"make; its own newest is {own}. The home was restored from a backup, or another device signs with its "
            "key. Nothing is signed, so that no number is used twice; readings are stored. Bring back the newest home; "
            "where it is lost, retire this terminal at the org and enrol a new one under another name"
        )
        self.at_host, self.own = at_host, own


def check_continues(spool: Spool, at_host: FrameRef | None) -> None:
    """Raise SpoolBehind unless the newest frame that the log host holds is one of this spool's.

    A spool may be ahead by what is not delivered yet. Of a frame that was purged only the number is compared.
    """
    if at_host is None:
        return
    newest, own = spool.tip().number, spool.frame(at_host.number)
    if at_host.number > newest or (own is not None and own.frame_id != at_host.frame_id):
        raise SpoolBehind(at_host, newest)
