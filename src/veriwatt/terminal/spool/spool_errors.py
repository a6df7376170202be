"""What goes wrong with the file under a spool: no room, another writer, damage."""

from __future__ import annotations

from pathlib import Path

from veriwatt.errors import Corrupted, Refused, Unavailable
from veriwatt.system.sqlite import SqliteErrors


class SpoolFull(Unavailable):
    """The disk under a terminal's spool has no room; what was spooled before is still there."""

    code = "spool-full"

    def __init__(self, path: str) -> None:
        super().__init__(f"no room to write {path}; nothing spooled is lost: free disk space, then repeat the call")
        self.path = path


class SpoolMoved(Refused):
    """The spool is no longer what the caller read: another writer came in between."""

    code = "spool-moved"

    def __init__(self, why: str) -> None:
        super().__init__(f"the spool moved on: {why}; read it again")
        self.why = why


class SpoolDamaged(Corrupted):
    """The spool's file is not the database that was written."""

    code = "spool-damaged"

    def __init__(self, *, path: str, why: str) -> None:
        super().__init__(f"{path} is damaged ({why}); stop the terminal, keep the file, and resume with a new epoch")
        self.path, self.why = path, why


def sqlite_errors(path: Path) -> SqliteErrors:
    """What SQLite's errors mean for the spool at `path`."""
    return SqliteErrors(
        busy=lambda text: Unavailable(f"the spool {path} cannot be used now: {text}"),
        full=lambda _: SpoolFull(str(path)),
        damaged=lambda text: SpoolDamaged(path=str(path), why=text),
    )
