"""Sending frames again to a log host that lost frames which it acknowledged.

The terminal shows the largest checkpoint that the log host signed. If the chain is shorter, the terminal sends the
frames that had a position in the missing part, with their receipts, until each has the position that it had.
Spec: docs/spec/terminal-questions.md, "What the log host lost".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from veriwatt.model.chain.checkpoint import Receipt
from veriwatt.model.chain.sent_again import SentAgain
from veriwatt.terminal.delivery.chain_watch import LogHostContradicts
from veriwatt.terminal.delivery.log_host_client import LiveLogHostClient, LogHostBehind
from veriwatt.terminal.spool.receipt_book import ReceiptBook
from veriwatt.terminal.spool.spool import Spool
from veriwatt.terminal.spool.spooled_frame import SpooledFrame

AT_ONCE = 256
"""Frames sent again in one request, at most."""


class SendingAgain:
    """Follows one log host; used from one thread."""

    def __init__(self, spool: Spool, host: LiveLogHostClient, upload: Callable[[SpooledFrame], bytes]) -> None:
        self._spool, self._book, self._host, self._upload = spool, ReceiptBook(spool.file), host, upload

    def check(self) -> None:
        """Show the largest checkpoint, and send again what the log host lost; may be repeated.

        Raises:
            LogHostBehind: the log host still has fewer frames than it acknowledged; call again later.
            LogHostContradicts: it gives a frame another position than it acknowledged.
            Unavailable, Malformed, NotProven: it does not answer as a log host does; call again later.
        """
        newest = self._book.newest()
        if newest is None:
            return
        self._host.has_seen(newest.head.size)
        note = newest.statement.decode()
        size = self._host.send_again(note, ()).size
        if size >= newest.head.size:
            return
        at = size
        while frames := self._spool.placed(at, AT_ONCE):
            size = self._send(note, frames)
            at = max(frame.position or 0 for frame in frames) + 1
        if size < newest.head.size:
            raise LogHostBehind(size, newest.head.size)

    def _send(self, note: str, frames: Sequence[SpooledFrame]) -> int:
        """Send frames again; returns how many the log host has then."""
        receipts = [(frame, self._book.receipt(frame.number)) for frame in frames]
        known = [(frame, Receipt.from_bytes(receipt)) for frame, receipt in receipts if receipt is not None]
        state = self._host.send_again(note, [SentAgain(self._upload(frame), receipt) for frame, receipt in known])
        for (frame, _), answer in zip(known, state.delivered, strict=True):
            if answer.position not in (None, frame.position):
                raise LogHostContradicts(frame.position or 0, state.size)
        return state.size
