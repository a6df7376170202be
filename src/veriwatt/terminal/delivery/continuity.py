"""The check that a terminal's spool is not behind its log host, made before the terminal signs anything in a run.

A spool that was restored from a backup, or whose device was copied, would give its next frame a number that a signed
frame has already: two frames with one number are proof against the terminal.
"""

from __future__ import annotations

from veriwatt.errors import Refused
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.terminal.spool.spool import Spool


class SpoolBehind(Refused):
    """The log host has a frame of this terminal that is not from this spool: nothing may be signed from this home."""

    code = "spool-behind"

    def __init__(self, at_host: FrameRef, own: FrameNumber) -> None:
        super().__init__(
            f"the log host has frame {at_host.number} of this terminal, which this home did not "
            f"make; its own newest is {own}. The home was restored from a backup, or another device signs with its "
            "key. Nothing is signed, so that no number is used twice; readings are stored. Restore the newest home; "
            "if it is lost, retire this terminal at the org and enrol a new one under another name"
        )
        self.at_host, self.own = at_host, own


def check_continues(spool: Spool, at_host: FrameRef | None) -> None:
    """Raise SpoolBehind unless the newest frame at the log host, `at_host`, is from this spool.

    The spool may have newer frames, not delivered yet. If the frame was purged here, only its number is compared.
    """
    if at_host is None:
        return
    newest, own = spool.tip().number, spool.frame(at_host.number)
    if at_host.number > newest or (own is not None and own.frame_id != at_host.frame_id):
        raise SpoolBehind(at_host, newest)
