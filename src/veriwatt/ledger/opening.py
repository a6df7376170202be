"""Creating, opening and auditing the ledger in a folder, whatever engine it has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from veriwatt.crypto.signing import Signer
from veriwatt.ledger.embedded.audit import LedgerAudit, audit
from veriwatt.ledger.embedded.ledger import EmbeddedLedger
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.ports.clock import Clock
from veriwatt.ports.ledger import LedgerEngine
from veriwatt.system.clock import SystemClock


def ledger_file(folder: Path) -> Path:
    """The one file in `folder` that holds the ledger, and that `audit_ledger` answers for."""
    return folder / "ledger.db"


def create_ledger(folder: Path, genesis: Genesis, signer: Signer, clock: Clock) -> LedgerEngine:
    """Create the ledger of `genesis` in an existing folder, open for writing; durable on return.

    Raises:
        Refused: there is a ledger already, or `signer` is not the one validator of the genesis.
        Unavailable: another process has it open for writing, or the folder cannot be written.
    """
    return EmbeddedLedger.create(ledger_file(folder), genesis, signer, clock)


def open_ledger(folder: Path, signer: Signer, clock: Clock) -> LedgerEngine:
    """The ledger in `folder`, open for writing: one process at a time.

    Raises:
        NotFound: there is no ledger.
        Refused: the signer is another one than the ledger's; WrongMachine: of another version.
        Unavailable: another process has it open for writing.
        Corrupted: genesis or newest block are damaged.
    """
    return EmbeddedLedger.open(ledger_file(folder), signer, clock)


def open_reader(folder: Path) -> LedgerEngine:
    """The ledger in `folder`, open for reading beside its writer; `broadcast` is a RuntimeError.

    A worker process is handed `partial(open_reader, folder)`, which can be pickled.

    Raises:
        As `open_ledger`.
    """
    return EmbeddedLedger.open(ledger_file(folder), None, SystemClock())


def audit_ledger(folder: Path, progress: Callable[[int, int], None] | None = None) -> LedgerAudit:
    """Check every row of the ledger in `folder`, which may be in use.

    Args:
        folder: of the ledger.
        progress: called with (height, newest height).

    Raises:
        NotFound: there is no ledger.
        WrongMachine: the ledger needs another version of this program.
    """
    return audit(ledger_file(folder), progress)
