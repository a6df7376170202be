"""Reading a ledger's file beside the process that writes it: what is the same whatever engine that is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from veriwatt.ledger.rows.in_place import InPlace
from veriwatt.ledger.rows.leaf_nodes import NodeCache
from veriwatt.ledger.rows.readers import Readers
from veriwatt.ledger.rows.state_trees import StateTrees
from veriwatt.ledger.rows.stored_genesis import genesis_of_file
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.ports.ledger import Result, Ticket


class FileReader:
    """The part of a `LedgerEngine` that only reads; a subclass adds heads and blocks. Callable from many threads."""

    def __init__(self, file: Path) -> None:
        """Open the ledger in `file`.

        Raises:
            NotFound: there is none.
            WrongMachine: it needs another machine version.
            Corrupted: the genesis is damaged.
        """
        self._genesis, self._in_place = genesis_of_file(file), InPlace(file)
        self._trees, self._nodes = StateTrees(), NodeCache()
        self._readers = Readers(file, self._in_place)

    def close(self) -> None:
        self._readers.close()

    def check_in_place(self) -> None:
        """Raise LedgerReplaced once the files were moved away or replaced under this process."""
        self._in_place.check()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def chain_id(self) -> str:
        return self._genesis.chain_id

    @property
    def genesis(self) -> Genesis:
        return self._genesis

    def broadcast(self, transactions: Sequence[bytes]) -> tuple[Ticket, ...]:
        raise RuntimeError("the ledger is open for reading only")

    def await_result(self, ticket: Ticket, within: int) -> Result:
        raise RuntimeError("the ledger is open for reading only")
