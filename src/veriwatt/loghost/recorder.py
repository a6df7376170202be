"""A terminal in the log host's own process: framing, delivering and anchoring in one call.

The same steps finish what an interrupted run left: sign the prepared frames, deliver the signed ones, anchor the
accepted ones. None is lost between them, and none is done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from veriwatt.errors import VeriwattError
from veriwatt.loghost.accept import Acceptance, Accepted
from veriwatt.model.frames.build import FrameContent, FrameContext
from veriwatt.terminal.delivery.delivery import FrameRefused, deliver
from veriwatt.terminal.delivery.log_host_client import Delivered
from veriwatt.terminal.framing.framer import Framer
from veriwatt.terminal.spool.spool import Spool
from veriwatt.units import UtcMillis

FRAMES_AT_ONCE = 256
"""Frames prepared, signed and delivered together."""

FRAMES_PER_ANCHOR = 4_096
"""Delivered frames after which a long run anchors."""


class LocalLogHostClient:
    """A `terminal.delivery.LogHostClient` for a log host in this process."""

    def __init__(self, acceptance: Acceptance, now: Callable[[], UtcMillis]) -> None:
        self._acceptance, self._now = acceptance, now

    def send(self, uploads: Sequence[bytes]) -> list[Delivered]:
        return [_delivered(o) for o in self._acceptance.accept(uploads, self._now()).outcomes]


class Recorder:
    """Brings the frames of one terminal to the ledger; one thread at a time."""

    def __init__(
        self,
        spool: Spool,
        framer: Framer,
        log_host: LocalLogHostClient,
        anchor: Callable[[], int],
        check: Callable[[UtcMillis], None],
    ) -> None:
        """`anchor` anchors the accepted frames and returns the anchored size of the data chain.

        `check` raises Refused where the log host would not accept what the terminal collects at a time.
        """
        self._spool, self._framer, self._log_host, self._anchor = spool, framer, log_host, anchor
        self._check = check

    def finish(self) -> int:
        """Make every frame in the spool final; returns how many frames the log host accepted in this call."""
        self._framer.sign()
        accepted = self._deliver()
        self._spool.mark_final(self._anchor())
        return accepted

    def refused(self) -> FrameRefused | None:
        """The refusal of the first frame that the log host does not accept; None once all are delivered."""
        self._framer.sign()
        try:
            self._deliver()
        except FrameRefused as refused:
            return refused
        return None

    def record(
        self, contents: Iterable[FrameContent], context: FrameContext, on_progress: Callable[[int], None]
    ) -> int:
        """Make a frame of each content, in order, and anchor it; final on return. Returns how many were accepted.

        Raises:
            Refused: the log host would not accept frames of this context; nothing was signed.
        """
        self._check(context.collected_at)
        rest, accepted, unanchored = iter(contents), 0, 0
        while batch := list(islice(rest, FRAMES_AT_ONCE)):
            self._framer.prepare(batch, context)
            self._framer.sign()
            accepted += self._deliver()
            unanchored += len(batch)
            if unanchored >= FRAMES_PER_ANCHOR:
                self._spool.mark_final(self._anchor())
                unanchored = 0
            on_progress(accepted)
        return accepted + self.finish()

    def _deliver(self) -> int:
        """As `deliver`. Of a void number it takes the word of its own log host; the values are recorded again."""
        return deliver(self._spool, self._log_host, self._framer.upload, lambda frame: self._spool.void(frame.number))


def _delivered(outcome: Accepted | VeriwattError) -> Delivered:
    if isinstance(outcome, Accepted):
        return Delivered(outcome.position)
    return Delivered(None, outcome.code, str(outcome))
