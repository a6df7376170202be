"""The genesis document in the file of a ledger, which every engine reads before anything else."""

from __future__ import annotations

from pathlib import Path

from veriwatt.errors import Corrupted, Malformed, NotFound, WrongFormat
from veriwatt.ledger.rows.tables import Tables
from veriwatt.machine.version import check_machine
from veriwatt.model.ledger.genesis import Genesis


def genesis_of_file(file: Path) -> Genesis:
    """As `genesis_in`, of a file that nothing here has open; raises NotFound if there is none."""
    if not file.is_file():
        raise NotFound(f"there is no ledger at {file}")
    tables = Tables(file, writable=False)
    try:
        return genesis_in(tables, file)
    finally:
        tables.close()


def genesis_in(tables: Tables, file: Path) -> Genesis:
    """The genesis document in the tables of `file`.

    Raises:
        NotFound: the creation of the ledger did not finish.
        WrongFormat, WrongMachine: it needs another version of this program.
        Corrupted: it is damaged.
    """
    raw = tables.block(0) if tables.has_blocks() else None
    if raw is None:
        raise NotFound(f"the file {file} has no ledger; its creation did not finish")
    try:
        genesis = Genesis.from_bytes(raw)
    except WrongFormat:
        raise
    except Malformed as error:
        raise Corrupted(f"blocks, row 0: {error}") from error
    check_machine(genesis.machine_version)
    return genesis
