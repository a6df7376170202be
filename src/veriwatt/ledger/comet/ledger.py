"""The ledger on CometBFT: `ports.LedgerEngine` of a process that runs a node.

    ledger.db, ledger.lock     what the application keeps: the embedded ledger's tables, with its own rows of blocks
    comet/                     CometBFT's home
    snapshots/                 for state sync

The head is the newest header, and its state the one before that block; a transaction has its result when the header
after its block is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from veriwatt.errors import Malformed, Refused, Unavailable
from veriwatt.ledger.comet.application import Application, FinalOutcomes
from veriwatt.ledger.comet.comet_home import NodeKeys, make_comet_home
from veriwatt.ledger.comet.node import CometNode
from veriwatt.ledger.comet.settings import CometSettings
from veriwatt.ledger.comet.snapshot_store import SnapshotStore
from veriwatt.ledger.comet.state_sync import StateSync
from veriwatt.ledger.comet.submitter import CometSubmitter, OutcomeOutside
from veriwatt.ledger.rows.export import LedgerExport, export_file, first_state
from veriwatt.ledger.rows.in_place import InPlace
from veriwatt.ledger.rows.lock import WriterLock
from veriwatt.ledger.rows.tables import Tables
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.system.files import DiskFiles, save


def comet_home(file: Path) -> Path:
    """CometBFT's home beside the ledger's file."""
    return file.with_name("comet")


def create_comet_ledger(file: Path, genesis: Genesis, keys: NodeKeys, export: LedgerExport | None = None) -> None:
    """Make the ledger of `genesis` at `file`, and CometBFT's home beside it; durable on return.

    `export` is of its predecessor, if it has one.

    Raises:
        Malformed, NotProven: the genesis does not continue the export.
        Refused: there is a ledger already.
        Unavailable: another process has it open for writing, or the folder cannot be written.
    """
    begins, lock = first_state(genesis, export), WriterLock(file)
    try:
        tables = Tables(file, writable=True)
        try:
            if tables.has_blocks():
                raise Refused(f"there is a ledger at {file} already")
            make_comet_home(comet_home(file), genesis, keys)
            if export is not None:
                save(DiskFiles(), export_file(file), export.to_bytes())
            tables.create([(0, genesis.to_bytes())], begins.rows, begins.leaves)
        finally:
            tables.close()
        DiskFiles().sync_folder(file.parent)
    finally:
        lock.release()


class CometLedger(CometSubmitter):
    """A ledger whose node runs in this process, with CometBFT as its child. Callable from many threads."""

    def __init__(self, file: Path, settings: CometSettings) -> None:
        """Start the node of the ledger at `file`, and wait until CometBFT answers; it may have no block yet.

        Raises:
            NotFound: there is no ledger.
            WrongMachine: it needs another machine version.
            Unavailable: another process runs it, or CometBFT cannot be started.
            Corrupted: genesis, state or the newest block are damaged.
        """
        super().__init__(file, settings.rpc_port)
        self._file, self._settings = file, settings
        self._snapshots = SnapshotStore(file.with_name("snapshots"))
        self._writer_lock: WriterLock | None = None
        self._tables: Tables | None = None
        try:
            self._writer_lock = WriterLock(file)
            self._tables = Tables(file, writable=True)
            self._in_place = InPlace(file, file.with_name(f"{file.name}-wal"))
            self._node = CometNode(comet_home(file), settings, self._rpc, self._open_application)
        except BaseException:
            self._release()
            raise

    @property
    def node(self) -> CometNode:
        return self._node

    def close(self) -> None:
        """End CometBFT and the application, and release the files."""
        self._node.close()
        self._release()

    def catches_up(self) -> bool:
        """Whether CometBFT still fetches blocks that its peers have, or looks for peers; it takes part in none then."""
        try:
            return self._rpc.catches_up()
        except (Unavailable, Malformed):
            return False

    @contextmanager
    def judging(self) -> Iterator[OutcomeOutside]:
        yield self._node.application.outcome_outside

    def _open_application(self) -> tuple[Application, StateSync]:
        assert self._tables is not None
        settings = self._settings
        application = Application(self._tables, self.genesis, self._trees, self.envelopes, self._final)
        return application, StateSync(application, self._file, self._snapshots, settings.snapshot_interval)

    def _final(self, final: FinalOutcomes) -> None:
        """Give the results of a block, when the header that commits to them is there; none from a file moved away."""
        self.check_in_place()
        self._settle(zip(final.transactions, final.outcomes, strict=True))

    def _release(self) -> None:
        if self._tables is not None:
            self._tables.close()
        super().close()
        if self._writer_lock is not None:
            self._writer_lock.release()
