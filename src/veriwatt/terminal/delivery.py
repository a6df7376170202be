"""Sending signed frames until the log host has them, in order, and taking its receipts.

A frame stays in the spool until it is final. Sending again is harmless: the log host answers with the
place the frame has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from veriwatt.errors import Refused
from veriwatt.terminal.spool import Spool
from veriwatt.terminal.spooled import SpooledFrame

BATCH = 256


@dataclass(frozen=True, slots=True)
class Delivered:
    """The log host has the frame at `position`; or, with a `code`, refuses it as things stand."""

    position: int | None
    code: str = ""
    why: str = ""


class LogHostClient(Protocol):
    """The log host as a terminal sees it: in this process, or over HTTP.

    Durable at the log host on return. Unavailable when it cannot be reached, and then nothing is known.
    """

    def send(self, uploads: Sequence[bytes]) -> list[Delivered]:
        """One outcome for each upload, in order; receipts were verified."""
        ...


CURES = {
    "not-certified": "certify the terminal for that time, `veriwatt terminal certify --from`: the frame is taken then",
    "not-enrolled": "it was read before the terminal was enrolled; set the terminal's clock, if that was wrong",
    "clock-ahead": "set this terminal's clock; the frame is taken when its time has come",
    "missing": "enrol the terminal and its points at the org: `veriwatt terminal request`, `enrol`, `install`",
    "another-ledger": "`node` in terminal.toml is not this terminal's, or its ledger was brought back from a backup",
    "key-compromised": "enrol a new terminal under another name",
}
"""What may be done about a refusal, by its code."""


class FrameRefused(Refused):
    """The log host refuses a frame; those after it wait, for their chain leads through it."""

    code = "frame-refused"

    def __init__(self, frame: SpooledFrame, answer: Delivered) -> None:
        cure = CURES.get(answer.code)
        super().__init__(
            f"the log host refuses frame ({frame.epoch}, {frame.seq}): {answer.why} [{answer.code}]"
            + (f"; {cure}" if cure else "")
        )
        self.frame, self.answer = frame, answer


def deliver(spool: Spool, log_host: LogHostClient, upload: Callable[[SpooledFrame], bytes]) -> int:
    """Send what is signed and not yet accepted; returns how many frames the log host took.

    Raises:
        FrameRefused: those before it are accepted and noted.
        Unavailable: call again later.
    """
    sent = 0
    while frames := spool.pending(BATCH):
        answers = log_host.send([upload(frame) for frame in frames])
        taken = [(f.epoch, f.seq, a.position) for f, a in zip(frames, answers, strict=True) if a.position is not None]
        spool.mark_accepted(taken)
        sent += len(taken)
        for frame, answer in zip(frames, answers, strict=True):
            if answer.position is None:
                raise FrameRefused(frame, answer)
    return sent
