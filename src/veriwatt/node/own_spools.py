"""The spools of the software terminals in a node's home."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from veriwatt.crypto.signing import Signer
from veriwatt.errors import Corrupted
from veriwatt.model.chain.log_epochs import LogEpochs
from veriwatt.model.frames.frame import Frame, parse_frame
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.terminal.framing.framer import upload_of
from veriwatt.terminal.spool.receipt_book import ReceiptBook
from veriwatt.terminal.spool.spool import Spool


def open_spool(path: Path, newest: FrameRef | None, epochs: LogEpochs) -> Spool:
    """The spool at `path`, which is made where the data chain has no frame of its terminal.

    Args:
        newest: the terminal's newest frame in the data chain.
        epochs: of the org's log; frames that were given up wait to be sent again.

    Raises:
        Corrupted: the data chain has newer frames of the terminal than the spool.
    """
    last = FrameNumber(0, 0) if newest is None else newest.number
    found = path.is_file()
    if found or newest is None:
        spool = _in_epoch(path, epochs)
        if spool.tip().number >= last:
            return spool
        spool.close()
    terminal = "" if newest is None else newest.terminal
    raise Corrupted(
        f"{path} is {'older than the data chain' if found else 'missing'}, and the data chain has frame {last} of "
        f"{terminal}: going on would sign two frames of one number; restore the newest copy of the spool"
    )


def spooled_frames(
    spools: Iterable[tuple[Path, Signer]], size: int, epochs: LogEpochs
) -> tuple[list[tuple[int, Frame]], list[Frame]]:
    """The frames of these spools, signed again, that had a position from `size` on, and those without one."""
    placed, loose = list[tuple[int, Frame]](), list[Frame]()
    for path, key in spools:
        with _in_epoch(path, epochs) as spool:
            again = [(each.position, parse_frame(upload_of(each, key))) for each in spool.placed(size)]
            placed += [(position, frame) for position, frame in again if position is not None]
            loose += [parse_frame(upload_of(each, key)) for each in spool.pending()]
    return placed, loose


def _in_epoch(path: Path, epochs: LogEpochs) -> Spool:
    """The spool at `path` in the present log epoch; of the node's own ledger no proof is needed."""
    spool = Spool(path)
    book = ReceiptBook(spool.file)
    kept = epochs.kept_since(book.log_epoch())
    if kept is not None:
        book.begin_epoch(epochs.present, kept, b"")
    return spool
