"""What this process may not reach in a home: each folder is named once, and nothing in it is taken to be missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def unreachable_folders(folder: Path) -> Iterator[tuple[Path, str]]:
    """Each folder, this one or one below it, that may not be read or entered, and why; links are not followed."""
    for mode, what in ((os.X_OK, "entered"), (os.R_OK, "listed")):
        if not os.access(folder, mode):
            yield folder, f"the folder may not be {what} by this user, so what is in it was not read"
            break
    try:
        with os.scandir(folder) as found:
            inside = sorted(entry.name for entry in found if entry.is_dir(follow_symlinks=False))
    except OSError:  # named above, or gone meanwhile
        return
    for name in inside if os.access(folder, os.X_OK) else ():
        yield from unreachable_folders(folder / name)


def may_exist(path: Path) -> bool:
    """Whether something is at `path`, or may be: its folder is one that may not be entered."""
    try:
        return path.exists()
    except OSError:
        return True
