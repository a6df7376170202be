"""Framing, sending and anchoring for a terminal in the log host's own process.

The same steps finish what an earlier run left: sign what is prepared, send what is signed, anchor what is
accepted. Nothing is lost between them, and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from veriwatt.errors import VeriwattError
from veriwatt.loghost.accept import Acceptance, Accepted
from veriwatt.terminal.delivery.delivery import deliver
from veriwatt.terminal.delivery.log_host_client import Delivered
from veriwatt.terminal.framing.framer import FrameContext, Framer, Window
from veriwatt.terminal.spool.spool import Spool
from veriwatt.units import UtcMillis

FRAMES_AT_ONCE = 256
FRAMES_PER_ANCHOR = 4_096


class LocalLogHostClient:
    """`terminal.delivery.Door` to a log host in this process."""

    def __init__(self, acceptance: Acceptance, now: Callable[[], UtcMillis]) -> None:
        self._acceptance, self._now = acceptance, now

    def send(self, uploads: Sequence[bytes]) -> list[Delivered]:
        return [_delivered(o) for o in self._acceptance.accept(uploads, self._now()).outcomes]


class Recorder:
    """Takes windows of one terminal all the way to the ledger."""

    def __init__(self, spool: Spool, framer: Framer, log_host: LocalLogHostClient, anchor: Callable[[], int]) -> None:
        """`anchor` anchors what is accepted and returns the anchored size of the data chain."""
        self._spool, self._framer, self._log_host, self._anchor = spool, framer, log_host, anchor

    def finish(self) -> int:
        """Bring everything in the spool to the ledger; returns how many frames were accepted now."""
        self._framer.sign()
        accepted = deliver(self._spool, self._log_host, self._framer.upload)
        self._spool.mark_final(self._anchor())
        return accepted

    def record(self, windows: Iterable[Window], when: FrameContext, on_progress: Callable[[int], None]) -> int:
        """Frame the windows in batches, and anchor now and then; final on return. Returns frames accepted."""
        rest, accepted, unanchored = iter(windows), 0, 0
        while batch := list(islice(rest, FRAMES_AT_ONCE)):
            self._framer.prepare(batch, when)
            self._framer.sign()
            accepted += deliver(self._spool, self._log_host, self._framer.upload)
            unanchored += len(batch)
            if unanchored >= FRAMES_PER_ANCHOR:
                self._spool.mark_final(self._anchor())
                unanchored = 0
            on_progress(accepted)
        return accepted + self.finish()


def _delivered(outcome: Accepted | VeriwattError) -> Delivered:
    if isinstance(outcome, Accepted):
        return Delivered(outcome.position)
    return Delivered(None, outcome.code, str(outcome))
