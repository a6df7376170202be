"""Two blocks of one height, both signed by the validators: the ledger has two histories, and people must decide."""

from __future__ import annotations

from pathlib import Path

from veriwatt.encoding import FORMAT, Fields, decode, encode
from veriwatt.errors import NotProven
from veriwatt.model.ledger.block import LightBlock, header_hash
from veriwatt.system.files import DiskFiles
from veriwatt.system.private_file import save_private


class LedgerForked(NotProven):
    """The validators signed two blocks of one height; this node answers nothing until people have decided."""

    code = "ledger-forked"

    def __init__(self, height: int, one: bytes, other: bytes, path: str) -> None:
        super().__init__(
            f"the validators signed two blocks {height}, {one.hex()} and {other.hex()}: the ledger has two histories. "
            f"Both blocks are in {path}; find out with the other orgs which one holds, then follow it in a new folder "
            "by a trust file of it"
        )
        self.height, self.one, self.other, self.path = height, one, other, path


class Forks:
    """The fork that was seen, if any, kept in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self) -> None:
        """Raise LedgerForked if a fork was ever seen."""
        if self._path.is_file():
            f = Fields.versioned(decode(DiskFiles().read(self._path), "fork"), "fork", 3)
            raise self._error(LightBlock.parse(f.raw()), LightBlock.parse(f.raw()))

    def convict(self, one: LightBlock, other: LightBlock) -> LedgerForked:
        """The error of two verified blocks of one height, which are durable on return."""
        save_private(self._path, encode([FORMAT, one.fields(), other.fields()]))
        return self._error(one, other)

    def _error(self, one: LightBlock, other: LightBlock) -> LedgerForked:
        height = one.header.height
        return LedgerForked(height, header_hash(one.header), header_hash(other.header), str(self._path))
