"""Whether the files of a ledger are still where this process opened them.

SQLite goes on in the files that it has open, wherever they were moved; whatever is opened by its path afterwards is
another ledger's. So a ledger that was moved away or replaced is one that nobody reads after the next start.
"""

from __future__ import annotations

from pathlib import Path

from veriwatt.errors import Corrupted
from veriwatt.system.held_files import is_still_at


class LedgerReplaced(Corrupted):
    """The ledger was moved away under the process that uses it; another may be in its place."""

    code = "ledger-replaced"

    def __init__(self, folder: str) -> None:
        super().__init__(
            f"the ledger {folder} was moved away or replaced while this process used it. Nothing was written into "
            "another that may be there now; the newest blocks are in the one that was moved: put that one back, then "
            "start again (docs/operations/restore.md)"
        )
        self.folder = folder


class InPlace:
    """The files at these paths, which this process has open from before this is made until after its last use.

    One that is missing at first is not looked for.
    """

    def __init__(self, *paths: Path) -> None:
        self._found = [(path, path.stat()) for path in paths if path.exists()]

    def check(self) -> None:
        """Raise LedgerReplaced unless each file that was found is the one at its path."""
        for path, opened in self._found:
            if not is_still_at(path, opened):
                raise LedgerReplaced(str(path.parent))
