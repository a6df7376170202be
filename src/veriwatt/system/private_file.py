"""Files that only their owner may read, from their first byte on."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from veriwatt.errors import Unavailable
from veriwatt.system.disk_errors import disk_error
from veriwatt.system.files import DiskFiles

FILE_MODE, FOLDER_MODE = 0o600, 0o700


def save_private(path: Path, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all, in a file of mode 0600; durable on return.

    Folders that are missing are made with mode 0700.

    Raises:
        Unavailable: the disk is full, or the folder cannot be written.
    """
    files = DiskFiles()
    try:
        _make_folder(path.parent)
    except OSError as error:
        raise disk_error(error, path) or Unavailable(f"{path.parent}: {error.strerror}") from error
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    files.unlink(fresh)
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise disk_error(error, path) or Unavailable(f"{fresh}: {error.strerror}") from error
    files.replace(fresh, path)
    files.sync_folder(path.parent)


def _make_folder(path: Path) -> None:
    if not path.is_dir():
        _make_folder(path.parent)
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)
        DiskFiles().sync_folder(path.parent)
