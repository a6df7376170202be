"""A live terminal's dealings with its log host: may it sign, what is accepted, what is final, how far the ledger is.

Every step may be repeated after any failure; the spool says where things stand.
"""

from __future__ import annotations

from typing import Protocol

from veriwatt.ports.clock import Clock
from veriwatt.terminal.continuity import HostFrame, check_continues
from veriwatt.terminal.delivery import LogHostClient, deliver
from veriwatt.terminal.framer import Framer
from veriwatt.terminal.spool import Spool
from veriwatt.terminal.spooled import FrameState
from veriwatt.terminal.trusted_head import TrustedHead
from veriwatt.verify.root_log_head import ProvenRootLogHead


class LiveLogHostClient(LogHostClient, Protocol):
    """A log host as a live terminal sees it. Unavailable when it cannot be reached; nothing is believed unproven."""

    @property
    def anchored(self) -> int:
        """Frames of the data chain that the ledger holds, as it last said: those below are final."""
        ...

    def newest_frame(self, terminal: str) -> HostFrame | None:
        """The newest frame of the terminal that it holds; None when it has none. Its word alone."""
        ...

    def root_log(self) -> bytes:
        """How far the ledger is: a root log head, for `TrustedHead` to judge."""
        ...


class Delivery:
    """Brings frames from signed to final; used from one thread."""

    def __init__(
        self, terminal: str, spool: Spool, framer: Framer, host: LiveLogHostClient, ledger: TrustedHead, clock: Clock
    ) -> None:
        """`spool` is a connection of this object's own; of `framer` only the signer is used."""
        self._terminal, self._spool, self._framer, self._host = terminal, spool, framer, host
        self._ledger, self._clock = ledger, clock
        self._learned_at = -1

    def check_newest(self) -> None:
        """Return when this terminal's spool is the newest there is, so that it may sign.

        Raises:
            SpoolBehind: it must not.
            VeriwattError: as the log host's answers do; call again later.
        """
        check_continues(self._spool, self._host.newest_frame(self._terminal))

    def once(self) -> int:
        """Send what waits, and learn what is final; returns how many frames were accepted now.

        Raises:
            VeriwattError: as `deliver` and the log host do; call again later.
        """
        sent = deliver(self._spool, self._host, self._framer.upload)
        if not sent:
            self._confirm()
        self._spool.mark_final(self._host.anchored)
        return sent

    def learn(self) -> ProvenRootLogHead:
        """What is known of the ledger, for the headers to come; asked for first, and whenever anchors moved on.

        Raises:
            VeriwattError: as `TrustedHead.take` and the log host do; call again later.
        """
        anchored = self._host.anchored
        if anchored != self._learned_at:
            self._ledger.take(self._host.root_log(), self._clock.now())
            self._learned_at = anchored
        return self._ledger.newest()

    def unfinished(self) -> int:
        """Frames that are not final yet."""
        return sum(count for state, count in self._spool.counts().items() if state is not FrameState.FINAL)

    def _confirm(self) -> None:
        """Send the newest frame once more while it is not final: the answer says how far the anchors are."""
        tip = self._spool.tip()
        newest = self._spool.frame(tip.epoch, tip.seq)
        if newest is not None and newest.state is FrameState.ACCEPTED:
            self._host.send([self._framer.upload(newest)])
