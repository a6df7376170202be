"""The readings view as it was at one moment: DuckDB lets no process write a file that another one reads.

So its file is copied, also beside a node that is writing it, and the copy is gone when the check ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from veriwatt.counted import counted
from veriwatt.errors import Unavailable, VeriwattError
from veriwatt.fsck.report import Findings
from veriwatt.readmodel.readings_view_file import ReadingsViewFile
from veriwatt.system.quiet_copy import copy_quiet

_OF_OTHERS = "of no org or point that is here; unless the ledger lost blocks, delete the file, the node rebuilds it"
_OTHER = "it is of another version or chain; the next command or node that reads it rebuilds it"


@contextmanager
def view_snapshot(path: Path, chain_id: str, findings: Findings) -> Iterator[ReadingsViewFile | None]:
    """The view of the file at `path`; None when there is none to compare, with the reason reported."""
    if not path.exists():
        yield None
        return
    with TemporaryDirectory(prefix="veriwatt-fsck-") as folder:  # made for its owner alone
        stored = _copied(path, Path(folder), findings)
        if stored is None:
            yield None
            return
        with stored:
            yield stored if _is_sound(stored, path, chain_id, findings) else None


def _copied(path: Path, folder: Path, findings: Findings) -> ReadingsViewFile | None:
    try:
        if not copy_quiet([path, path.with_name(f"{path.name}.wal")], folder):
            findings.not_compared(path, "somebody wrote to it all the time")
            return None
    except VeriwattError as error:
        findings.failed(path, error)
        return None
    try:
        return ReadingsViewFile(folder / path.name)
    except Unavailable as error:
        findings.not_compared(path, str(error))
        return None


def _is_sound(stored: ReadingsViewFile, path: Path, chain_id: str, findings: Findings) -> bool:
    """Whether the file has the view's tables and nothing else, and they are of this chain."""
    try:
        foreign = stored.foreign()
        for name, what in foreign:
            findings.problem(path, f"{what}; move the file away, the node makes another", name)
        if foreign:
            findings.not_compared(path, "no row is read from a file with other things in it than the view's tables")
        elif not stored.use(chain_id):
            findings.not_compared(path, _OTHER)
        else:
            return True
    except Unavailable as error:
        findings.not_compared(path, str(error))
    return False


def check_view_orgs(stored: ReadingsViewFile, path: Path, orgs: list[str], findings: Findings) -> None:
    """Report the rows of orgs whose data chain is not here; `orgs` are those that are, read after the file was copied.

    Such rows may witness that the ledger lost the org, so nobody is told to delete them without looking there.
    """
    try:
        found = stored.rows_of_others(orgs)
    except Unavailable as error:
        findings.not_compared(path, f"not to its end: {error}")
        return
    for each in found:
        findings.problem(path, f"{counted(each.rows, 'row is', 'rows are')} {_OF_OTHERS}", each.table)
