"""Copies of files that another process may be writing, all as they were at one moment.

The copies are what a power cut at that moment would have left, so whoever wrote the files can open them.
"""

from __future__ import annotations

import filecmp
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from veriwatt.errors import Unavailable
from veriwatt.system.special_files import check_regular

QUIET_NS = 50_000_000
"""How long nobody may have written to a file before it is copied; more than the step in which file times advance."""

TRIES = 60
"""Moments tried; they are 0.1 s apart."""

_State = tuple[tuple[int, int] | None, ...]


def copy_quiet(paths: Sequence[Path], folder: Path) -> bool:
    """Copy the files that there are into `folder`, which is its owner's alone, under their own names.

    Returns whether they are of one moment; False when somebody wrote all the time.

    Raises:
        Unavailable: a file cannot be read, or there is no room for the copies.
        NotAFile: one of them is none.
    """
    for path in paths:
        check_regular(path)
    try:
        for _ in range(TRIES):
            before = _state(paths)
            if _is_quiet(before):
                _copy(paths, folder)
                time.sleep(QUIET_NS / 1e9)
                if _is_like(paths, folder) and _state(paths) == before:
                    return True
            time.sleep(0.1)
    except OSError as error:
        raise Unavailable(f"{error.filename or folder}: {error.strerror}, while it was copied to {folder}") from error
    return False


def _state(paths: Sequence[Path]) -> _State:
    """Size and time of change of each file; None for one that is not there."""
    found = list[tuple[int, int] | None]()
    for path in paths:
        try:
            status = path.stat()
            found.append((status.st_size, status.st_mtime_ns))
        except FileNotFoundError:
            found.append(None)
    return tuple(found)


def _is_like(paths: Sequence[Path], folder: Path) -> bool:
    """Whether the copies are still like the files: a write sets the time of change when it begins, not at its end."""
    try:
        return all(filecmp.cmp(folder / path.name, path, shallow=False) for path in paths if path.exists())
    except FileNotFoundError:
        return False


def _is_quiet(state: _State) -> bool:
    newest = max((each[1] for each in state if each is not None), default=0)
    return not 0 <= time.time_ns() - newest < QUIET_NS


def _copy(paths: Sequence[Path], folder: Path) -> None:
    for path in paths:
        copy = folder / path.name
        copy.unlink(missing_ok=True)
        try:
            source = path.open("rb")
        except FileNotFoundError:
            continue
        with source, copy.open("xb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
