"""Sending frames again to a log host that lost frames which it acknowledged.

The terminal shows the largest checkpoint that the log host signed. If the chain is shorter, the terminal sends the
frames that had a position in the missing part, with their receipts, until each has the position that it had.
Spec: docs/spec/terminal-questions.md, "What the log host lost".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from veriwatt.model.chain.checkpoint import Receipt
from veriwatt.model.chain.sent_again import SentAgain
from veriwatt.terminal.delivery.chain_watch import LogHostContradicts
from veriwatt.terminal.delivery.log_host_client import LiveLogHostClient, LogHostBehind
from veriwatt.terminal.spool.receipt_book import ReceiptBook
from veriwatt.terminal.spool.spool import Spool
from veriwatt.terminal.spool.spooled_frame import SpooledFrame

AT_ONCE = 256
"""Frames read from the spool together."""

BODY = 1 << 20
"""Bytes of frames in one request, unless a single frame has more; the log host takes twice as many."""


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
        for part in self._parts(size):
            state = self._host.send_again(note, part)
            for (_, receipt), answer in zip(part, state.delivered, strict=True):
                if answer.position not in (None, receipt.position):
                    raise LogHostContradicts(receipt.position, state.size)
            size = state.size
        if size < newest.head.size:
            raise LogHostBehind(size, newest.head.size)

    def _parts(self, position: int) -> Iterator[list[SentAgain]]:
        """The frames that had a position from there on, with their receipts, in requests that the log host takes."""
        part, length = list[SentAgain](), 0
        while frames := self._spool.placed(position, AT_ONCE):
            for frame in frames:
                position, upload, receipt = (
                    (frame.position or 0) + 1,
                    self._upload(frame),
                    self._book.receipt(frame.number),
                )
                if receipt is None:
                    continue
                if part and length + len(upload) > BODY:
                    yield part
                    part, length = [], 0
                part.append(SentAgain(upload, Receipt.from_bytes(receipt)))
                length += len(upload) + len(receipt)
        if part:
            yield part
