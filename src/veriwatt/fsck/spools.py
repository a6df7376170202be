"""Finding the spools of a home, and the terminal of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from veriwatt.errors import VeriwattError
from veriwatt.fsck.report import Findings
from veriwatt.model.frames.header import parse_header
from veriwatt.model.terminals.passport import Passport
from veriwatt.terminal.spool.spool_rows import SpoolRows

_EXCUSED = {
    "samples": "readings that are in no frame yet: there is nothing to compare them with",
    "points": "derived from readings that are in frames now and no longer stored",
    "registers": "read from meters, by which the terminal judges the next step: no frame states them",
    "receipts": "the log host's statements: the terminal compares them with the ledger whenever it asks for finality",
    "statements": "the log host's statements: the terminal compares them with the ledger whenever it asks for finality",
    "log_epoch": "the terminal's note of the log epoch whose receipts it takes, with the ledger's proof of it",
    "given_up": "the receipts of an epoch that ended: the chain goes on without their frames",
    "restated": "the terminal's note of what it stated again after a definition was replaced: no frame states it",
    "put_aside": "readings of a clock that was ahead: no frame states them",
    "unopened": "the terminal's count of what it did not state again of void frames",
    "voided": "frames of numbers that were given up: no chain has them",
}


def find_spools(folder: Path, passports: Callable[[], list[Passport]], findings: Findings) -> dict[Path, Passport]:
    """Each spool under `folder` with the passport of its terminal; a spool without a terminal is a problem.

    `passports` reads those of all terminals, after the spools are listed: a terminal is enrolled before it has one.
    """
    found, paths = {}, sorted(folder.glob("*/spool.db"))
    enrolled = passports()
    for path in paths:
        for table in ("frames", "tip"):
            findings.vouch(path, table)
        for table, why in _EXCUSED.items():
            findings.excuse(path, why, table)
        try:
            owner = _owner(path, enrolled, findings)
        except VeriwattError as error:
            findings.failed(path, error)
            continue
        if owner is not None:
            found[path] = owner
    return found


def _owner(path: Path, passports: list[Passport], findings: Findings) -> Passport | None:
    """The passport of a spool's terminal: by the folder's name and, if several match, by the frames in it."""
    named = [p for p in passports if path.parent.name in (f"{p.org}.{p.terminal}", p.terminal)]
    with SpoolRows(path) as rows:
        if foreign := rows.foreign():
            for name, what in foreign:
                findings.problem(path, what, name)
            return None
        first = next(rows.frames(), None)
        if not named and (first is not None or rows.tip() != [(1, 0, 0, None)]):
            findings.problem(path, "the ledger has no terminal of this name")
    if len(named) < 2 or first is None:
        return named[0] if named else None
    header = parse_header(bytes(first.header))
    return next((p for p in named if (p.org, p.terminal) == (header.org, header.terminal)), named[0])
