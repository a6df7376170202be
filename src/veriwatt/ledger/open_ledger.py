"""Creating, opening and auditing the ledger in a folder, whatever its engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from veriwatt.crypto.signing import Signer
from veriwatt.errors import FileLost, NotFound
from veriwatt.ledger.embedded.audit import LedgerAudit, audit
from veriwatt.ledger.embedded.ledger import EmbeddedLedger
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.ports.clock import Clock
from veriwatt.ports.ledger import LedgerEngine
from veriwatt.system.clock import SystemClock


def ledger_file(folder: Path) -> Path:
    """The ledger's file in `folder`; `audit_ledger` checks every row of it."""
    return folder / "ledger.db"


def create_ledger(folder: Path, genesis: Genesis, signer: Signer, clock: Clock) -> LedgerEngine:
    """Create the ledger of `genesis` in an existing folder, and open it for writing; durable on return.

    Raises:
        Refused: the folder has a ledger already, or `signer` is not the one validator of the genesis.
        Unavailable: another process has it open for writing, or the folder cannot be written.
    """
    return EmbeddedLedger.create(ledger_file(folder), genesis, signer, clock)


def open_ledger(folder: Path, signer: Signer, clock: Clock) -> LedgerEngine:
    """Open the ledger in `folder` for writing: one process at a time.

    Raises:
        FileLost: there is no ledger, or nothing in its file.
        Refused: `signer` is not the ledger's validator, or (WrongMachine) the ledger needs another machine version.
        Unavailable: another process has it open for writing.
        Corrupted: the genesis or the newest block is damaged.
    """
    with _there(folder):
        return EmbeddedLedger.open(ledger_file(folder), signer, clock)


def open_reader(folder: Path) -> LedgerEngine:
    """Open the ledger in `folder` for reading beside its writer; `broadcast` raises RuntimeError.

    `partial(open_reader, folder)` can be pickled, for worker processes.

    Raises:
        As `open_ledger`.
    """
    with _there(folder):
        return EmbeddedLedger.open(ledger_file(folder), None, SystemClock())


def audit_ledger(folder: Path, progress: Callable[[int, int], None] | None = None) -> LedgerAudit:
    """Check every row of the ledger in `folder`, which may be in use.

    Args:
        folder: the ledger's folder.
        progress: called with (height, newest height).

    Raises:
        FileLost: there is no ledger, or nothing in its file.
        WrongMachine: the ledger needs another version of this program.
    """
    with _there(folder):
        return audit(ledger_file(folder), progress)


@contextmanager
def _there(folder: Path) -> Iterator[None]:
    """Tell of a ledger that is gone that it was there: a home is made with its ledger, or not at all."""
    try:
        yield
    except NotFound as error:
        file = ledger_file(folder)
        raise FileLost(str(file), empty=file.exists()) from error
