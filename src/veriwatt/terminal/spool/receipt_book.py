"""What the log host signed for this terminal: receipts, its newest checkpoint, and a contradiction once found.

All are of one log epoch. When the next one begins they are set aside, and the frames that are not anchored wait to be
sent again (docs/spec/log-epochs.md, section 6). They lie in the spool's file, so that they survive every restart. A
receipt is deleted with its frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from veriwatt.ids import Digest
from veriwatt.model.chain.log_epochs import FIRST
from veriwatt.model.frames.number import FrameNumber
from veriwatt.terminal.spool.spool_file import SpoolFile
from veriwatt.terminal.spool.spooled_frame import FrameState
from veriwatt.units import UtcMillis
from veriwatt.verify.anchored import TreeHead


@dataclass(frozen=True, slots=True)
class StatedHead:
    """A head of the data chain with the bytes that state it: a signed note, or proven state of the ledger."""

    head: TreeHead
    statement: bytes


class ReceiptBook:
    """One log host's statements; a method's effect is durable when it returns, and every call may be repeated.

    Raises, from every method: as `Spool`.
    """

    def __init__(self, file: SpoolFile) -> None:
        self._file = file

    def newest(self) -> StatedHead | None:
        """The largest checkpoint that is one history with those before it; None before the first receipt."""
        return self._stated(_NEWEST)

    def contradiction(self) -> tuple[StatedHead, StatedHead] | None:
        """The checkpoint and the statement that the log host has not shown to be one history with it; or None."""
        first, second = self._stated(_FIRST), self._stated(_SECOND)
        return None if first is None or second is None else (first, second)

    def receipt(self, number: FrameNumber) -> bytes | None:
        """The receipt of a frame; None if none was given, or the frame is purged."""
        rows = self._file.read("SELECT receipt FROM receipts WHERE epoch = ? AND seq = ?", number)
        return rows[0][0] if rows else None

    def promise(self, number: FrameNumber) -> UtcMillis | None:
        """The ledger time by which the log host promised to anchor a frame; None without a receipt."""
        rows = self._file.read("SELECT anchored_by FROM receipts WHERE epoch = ? AND seq = ?", number)
        return rows[0][0] if rows else None

    def add(self, receipts: Sequence[tuple[FrameNumber, bytes, UtcMillis]]) -> None:
        """Store receipts, each with its promise; the first of a frame stays."""
        with self._file.writing() as db:
            rows = [(*number, receipt, by) for number, receipt, by in receipts]
            db.executemany("INSERT INTO receipts VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", rows)

    def follow(self, newest: StatedHead) -> None:
        """Replace the newest checkpoint by one that is one history with it; a contradiction is settled."""
        with self._file.writing() as db:
            db.execute("DELETE FROM statements WHERE name IN (?, ?, ?)", _OF_THE_EPOCH)
            db.execute(_STATE, _row(_NEWEST, newest))

    def contradict(self, first: StatedHead, second: StatedHead) -> None:
        """Store two statements that contradict one another, until `follow` settles it."""
        with self._file.writing() as db:
            db.executemany(_STATE, [_row(_FIRST, first), _row(_SECOND, second)])

    def log_epoch(self) -> int:
        """The log epoch of the receipts."""
        ((epoch,),) = self._file.read("SELECT max(log_epoch) FROM log_epoch")
        return FIRST if epoch is None else int(epoch)

    def begin_epoch(self, epoch: int, kept: int, proof: bytes) -> int:
        """Begin a later log epoch, in which the first `kept` frames of the data chain kept their positions.

        Every frame that is not final, or has a later position, waits to be sent again. Returns how many of them had a
        later position: those that the org gave up.

        Args:
            proof: what proves the epoch; it is kept, with the receipts and statements of the epoch that ends.
        """
        before = self.log_epoch()
        if epoch <= before:
            return 0
        with self._file.writing() as db:
            db.execute("INSERT INTO log_epoch VALUES (?, ?)", (epoch, proof))
            ((given_up,),) = db.execute("SELECT count(*) FROM frames WHERE position >= ?", (kept,))
            states = FrameState.ACCEPTED, FrameState.FINAL, kept
            db.execute(
                "INSERT INTO given_up SELECT ?, epoch, seq, iif(position < ?, position, NULL), receipt, anchored_by "  # noqa: S608
                f"FROM receipts JOIN frames USING (epoch, seq) {_AGAIN}",
                (before, kept, *states),
            )
            again = f"SELECT epoch, seq FROM frames {_AGAIN}"  # noqa: S608
            db.execute(f"DELETE FROM receipts WHERE (epoch, seq) IN ({again})", states)  # noqa: S608
            db.execute(f"UPDATE frames SET position = NULL, state = ? {_AGAIN}", (FrameState.SIGNED, *states))  # noqa: S608
            for name in _OF_THE_EPOCH:
                db.execute("UPDATE statements SET name = ? WHERE name = ?", (f"{name} of epoch {before}", name))
        return int(given_up)

    def given_up(self, number: FrameNumber) -> list[bytes]:
        """The receipts of a frame of log epochs that ended, oldest first."""
        rows = self._file.read("SELECT receipt FROM given_up WHERE epoch = ? AND seq = ? ORDER BY log_epoch", number)
        return [receipt for (receipt,) in rows]

    def moved(self, accepted: Sequence[tuple[FrameNumber, int]]) -> list[tuple[FrameNumber, int, int]]:
        """The frames that kept a position when an epoch ended, and have another one now: number, before, now."""
        found = []
        for number, position in accepted:
            rows = self._file.read(_KEPT, (*number, position))
            found += [(number, before, position) for (before,) in rows[:1]]
        return found

    def _stated(self, name: str) -> StatedHead | None:
        rows = self._file.read("SELECT size, root, statement FROM statements WHERE name = ?", (name,))
        return StatedHead(TreeHead(rows[0][0], Digest(rows[0][1])), rows[0][2]) if rows else None


_KEPT = "SELECT kept_position FROM given_up WHERE epoch = ? AND seq = ? AND kept_position != ?"
_AGAIN = "WHERE state = ? OR (state = ? AND position >= ?)"
_OF_THE_EPOCH = _NEWEST, _FIRST, _SECOND = "newest", "first", "second"
_STATE = "INSERT OR REPLACE INTO statements (name, size, root, statement) VALUES (?, ?, ?, ?)"


def _row(name: str, stated: StatedHead) -> tuple[object, ...]:
    return name, stated.head.size, bytes(stated.head.root), stated.statement
