"""The high-water mark: the log host's own checkpoint of the most frames that it acknowledged, outside the journal.

A journal cannot show that its end is missing. The mark can: it lies in a file of its own, signed, and a chain that is
shorter than it has lost acknowledged frames. It is written after the journal is synced, so that it never states more
than was durable; a power cut may leave an older one, which still is true. Spec: docs/spec/data-chain.md, section 6.
"""

from __future__ import annotations

from pathlib import Path

from veriwatt.crypto.signing import PublicKey
from veriwatt.errors import BadSignature, Corrupted, Malformed, NotFound
from veriwatt.model.chain.checkpoint import Checkpoint, open_note
from veriwatt.model.chain.log_epochs import LogName
from veriwatt.system.files import Files, save

MARK_EVERY = 5_000
"""Milliseconds between two writes of the mark, at least, while frames are accepted."""

LEDGER, MARK, VIEW, TERMINAL = "ledger", "high-water mark", "readings view", "receipt of a terminal"
"""What can state that a chain had more frames than it has."""

PUT_BACK = (
    "Put back the one that was taken away; else run `veriwatt node run --refill` until every terminal has called: the "
    "node writes another (docs/operations/restore.md)"
)
"""The way back from a mark that is missing."""


_ANOTHER_HOME = (
    ". If another home of {} anchored them, that does not help: one home alone goes on, as for `chain-forked` there"
)


class ChainBehind(Corrupted):
    """The data chain is shorter than what was acknowledged: frames are lost here, and nothing may be anchored."""

    code = "chain-behind"

    def __init__(self, org: str, size: int, acknowledged: int, by: str) -> None:
        super().__init__(
            f"org {org} lost frames {size} to {acknowledged - 1}: its data chain has {size} frames, and "
            f"{acknowledged} were acknowledged, by the {by}. Nothing was anchored or accepted since. Start "
            "`veriwatt node run --refill`: the terminals send these frames again from their spools "
            f"(docs/operations/restore.md){_ANOTHER_HOME.format(org) if by == LEDGER else ''}"
        )
        self.org, self.size, self.acknowledged, self.by = org, size, acknowledged, by


class LedgerBehind(Corrupted):
    """The ledger has fewer anchored frames than this node saw it anchor: it lost blocks."""

    code = "ledger-behind"

    def __init__(self, org: str, size: int, anchored: int) -> None:
        super().__init__(
            f"the ledger lost the anchors of frames {size} to {anchored - 1} of {org}: it was put back to an earlier "
            "day. Put the newest copy of `ledger/` back; only if there is none, start `veriwatt node run --refill`, "
            "which anchors these frames again (docs/operations/restore.md)"
        )
        self.org, self.size, self.anchored = org, size, anchored


class HighWaterDamaged(Corrupted):
    """The file of a high-water mark is not a checkpoint that this log host signed."""

    code = "high-water-damaged"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is not a checkpoint signed by this org's log. Move it away only if `veriwatt fsck` finds nothing "
            "else: without it, frames lost at the end of the journal are not noticed"
        )
        self.path = str(path)


class HighWaterLost(Corrupted):
    """A high-water mark was stored, and is gone: nothing here says how many frames were acknowledged."""

    code = "high-water-lost"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is missing: without it, frames lost at the end of the journal are not noticed. {PUT_BACK}"
        )
        self.path = str(path)


class LogEpochLost(Corrupted):
    """This log signed a checkpoint in an epoch that the ledger does not have: the ledger lost blocks."""

    code = "log-epoch-lost"

    def __init__(self, org: str, epoch: int, present: int) -> None:
        super().__init__(
            f"the log of {org} signed a checkpoint in epoch {epoch}, and the ledger has epoch {present}: the ledger "
            "lost blocks. Put the newest copy of `ledger/` back (docs/operations/restore.md)"
        )
        self.org, self.epoch, self.present = org, epoch, present


class HighWater:
    """The mark of one org's log in its present epoch.

    `checkpoint` is the one stored last, and `note` states it; None and "" before the first of the epoch.
    """

    def __init__(
        self, files: Files, path: Path, marked: Path, log: LogName, key: PublicKey, *, may_be_lost: bool = False
    ) -> None:
        """`marked` is the file that says, apart from the mark, that there is one; it is made after the mark.

        Raises HighWaterDamaged, LogEpochLost; HighWaterLost, unless the mark `may_be_lost`.
        """
        if not may_be_lost and files.exists(marked) and not files.exists(path):
            raise HighWaterLost(path)
        self._files, self._path, self._marked, self._log, self._key = files, path, marked, log, key
        self._is_said = False
        self.checkpoint = read_high_water(files, path, log, key)
        self.note = "" if self.checkpoint is None else files.read(path).decode()

    @property
    def size(self) -> int:
        """The frames that were acknowledged, as far as the mark says."""
        return 0 if self.checkpoint is None else self.checkpoint.size

    def raise_to(self, note: str) -> Checkpoint:
        """Store a checkpoint of this log if it is larger; durable on return. Returns the checkpoint.

        Raises:
            Malformed, BadSignature: this log host did not sign it.
            Unavailable: it could not be stored; the old mark stays.
        """
        checkpoint = open_note(note, self._log.origin, self._key)
        if checkpoint.size > self.size:
            save(self._files, self._path, note.encode())
            self.checkpoint, self.note = checkpoint, note
        if not self._is_said:  # after the mark: before its first mark a home is one of an earlier release
            if not self._files.exists(self._marked):
                save(self._files, self._marked, b"")
            self._is_said = True
        return checkpoint


def read_high_water(files: Files, path: Path, log: LogName, key: PublicKey) -> Checkpoint | None:
    """The stored mark; None when there is none, or one of an epoch that ended, which requires nothing any more.

    Raises:
        HighWaterDamaged: this log did not sign it.
        LogEpochLost: it is of a later epoch than the ledger has.
    """
    try:
        note = files.read(path).decode()
        epoch = log.epoch_of(note)
        checkpoint = open_note(note, log.in_epoch(epoch).origin, key)
    except NotFound:
        return None
    except (UnicodeDecodeError, Malformed, BadSignature) as error:
        raise HighWaterDamaged(path) from error
    if epoch > log.epoch:
        raise LogEpochLost(log.org, epoch, log.epoch)
    return checkpoint if epoch == log.epoch else None
