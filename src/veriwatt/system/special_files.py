"""Pipes, sockets, devices and folders where a file should be: opening one may wait for ever, or act on a device."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from veriwatt.errors import Corrupted

_FOLDER = "a folder"

_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: _FOLDER,
}


class NotAFile(Corrupted):
    """Something else than a file where a file is read or written; it was not opened."""

    code = "not-a-file"

    def __init__(self, path: str, kind: str) -> None:
        super().__init__(
            f"{path} is {kind}, not a file, and was not opened: move it away; if a file of the home was there, put it "
            "back from the newest copy of the home (docs/operations/restore.md)"
        )
        self.path, self.kind = path, kind


def check_regular(path: Path) -> None:
    """Raise NotAFile if something else than a file is at `path`, or where its link leads; nothing there is no error.

    Whoever opens it next opens what was looked at, unless somebody puts another thing there in between.
    """
    kind = _kind(path)
    if kind is not None:
        raise NotAFile(str(path), kind)


def special_files(folder: Path) -> Iterator[NotAFile]:
    """Each thing below the folder, at any depth, that is neither file nor folder. Links to folders are not followed."""
    entries = list[os.DirEntry[str]]()
    with suppress(OSError), os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from special_files(Path(entry.path))
        elif not entry.is_file(follow_symlinks=False):
            kind = _kind(Path(entry.path))
            if kind is not None and kind != _FOLDER:
                yield NotAFile(entry.path, kind)


def _kind(path: Path) -> str | None:
    """What is at `path`, if it is there and no file."""
    with suppress(OSError):
        return _KINDS.get(stat.S_IFMT(path.stat().st_mode))
    return None
