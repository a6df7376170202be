"""Errors of a spool: the disk is full, another writer changed it, its file is damaged."""

from __future__ import annotations

from pathlib import Path

from veriwatt.errors import Corrupted, Refused, Unavailable
from veriwatt.system.disk_errors import DiskFull, disk_error_in
from veriwatt.system.sqlite import SqliteErrors


class SpoolFull(DiskFull):
    """The disk of the spool is full; no stored reading is lost."""

    code = "spool-full"


class SpoolMoved(Refused):
    """Another writer changed the spool since the caller read it."""

    code = "spool-moved"

    def __init__(self, why: str) -> None:
        super().__init__(f"another writer changed the spool: {why}; read it again")
        self.why = why


class SpoolDamaged(Corrupted):
    """The spool's file is damaged."""

    code = "spool-damaged"

    def __init__(self, *, path: str, why: str) -> None:
        super().__init__(f"{path} is damaged ({why}); stop the terminal, keep the file, and resume with a new epoch")
        self.path, self.why = path, why


def sqlite_errors(path: Path) -> SqliteErrors:
    """The errors of the spool at `path`, for SQLite's errors."""
    return SqliteErrors(
        busy=lambda text: disk_error_in(text, path) or Unavailable(f"the spool {path} cannot be used now: {text}"),
        full=lambda _: SpoolFull(path),
        damaged=lambda text: SpoolDamaged(path=str(path), why=text),
    )
