"""The files of a home: each is checked, excused with a reason, or reported as none of a home's files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from veriwatt.crypto.hashing import object_id
from veriwatt.encoding import decode
from veriwatt.errors import VeriwattError
from veriwatt.fsck.report import Findings
from veriwatt.home.paths import HomePaths
from veriwatt.ids import ObjectId
from veriwatt.ledger.open_ledger import ledger_file
from veriwatt.system.files import DiskFiles

_CACHE = "a cache whose bytes nobody signs; with the keys at hand its rows are compared with the frames"

IGNORED = ("-wal", "-shm", ".lock")
"""Suffixes of files that SQLite and locks leave; a clean start needs none of them."""


def files_under(folder: Path) -> Iterator[Path]:
    """Every file below a folder but lock, WAL and shm files, sorted; none when there is no folder."""
    for path in sorted(folder.rglob("*")):
        if (path.is_file() or path.is_symlink()) and not path.name.endswith(IGNORED):
            yield path


def is_unfinished(path: Path) -> bool:
    """Whether an interrupted write left this file: nothing reads it, and the next write replaces it."""
    return path.name.startswith(".") and path.name.endswith(".new")


def check_others(paths: HomePaths, findings: Findings) -> None:
    """Excuse the files that no check vouches for: settings, caches, quarantine, unfinished and foreign files."""
    for path in files_under(paths.root):
        if is_unfinished(path):
            findings.excuse(path, "left by a write that did not end; nothing reads it")
        elif path == paths.settings or (path.suffix == ".toml" and path.is_relative_to(paths.terminals)):
            findings.excuse(path, "settings that a person may edit")
        elif path == paths.readings or path.name == f"{paths.readings.name}.wal":
            findings.excuse(path, _CACHE)
        elif path.is_relative_to(paths.quarantine):
            _check_quarantined(path, findings)
        elif not _is_known(path, paths):
            findings.excuse(path, "no part of a home; nothing reads it")


def _is_known(path: Path, paths: HomePaths) -> bool:
    single = (paths.format, paths.genesis, paths.trust, paths.keystore, ledger_file(paths.ledger), paths.index)
    if path in single or path.is_relative_to(paths.objects):
        return True
    inside = path.relative_to(paths.root).parts
    if inside[0] == paths.chains.name:
        return len(inside) > 3 and inside[2] in ("journal", "tile")
    return inside[0] == paths.terminals.name and len(inside) == 3 and inside[2] == "spool.db"


def _check_quarantined(path: Path, findings: Findings) -> None:
    """Re-hash and parse a quarantined upload; nothing else in the home says which of them there should be."""
    try:
        raw = DiskFiles().read(path)
        if object_id(raw) != ObjectId.parse(path.name):
            findings.problem(path, "it holds other bytes than its name says")
        match decode(raw, "quarantined frame"):
            case [str(), bytes()]:
                pass
            case _:
                findings.problem(path, "it is no quarantined frame")
    except VeriwattError as error:
        findings.problem(path, str(error))
    findings.excuse(path, "its bytes were re-hashed; but which frames must be here, nothing else in the home says")
