"""Putting a backup back over a home that is there, in the ways of the tools that people use."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path


def rsync(backup: Path, home: Path) -> None:
    """As `rsync -a BACKUP/ HOME/`: a file of the same size and time stays, another is replaced by a new one."""
    for source, target in _files(backup, home):
        if not _is_alike(source, target):
            fresh = target.with_name(f".{target.name}.part")
            shutil.copy2(source, fresh)
            fresh.replace(target)


def cp_over(backup: Path, home: Path) -> None:
    """As `cp -a BACKUP/. HOME/` and `rsync -a --inplace --ignore-times`: every file keeps its place on the disk."""
    for source, target in _files(backup, home):
        shutil.copy2(source, target)


def _files(backup: Path, home: Path) -> Iterator[tuple[Path, Path]]:
    for source in sorted(backup.rglob("*")):
        target = home / source.relative_to(backup)
        if source.is_dir():
            target.mkdir(exist_ok=True)
        else:
            yield source, target


def _is_alike(source: Path, target: Path) -> bool:
    if not target.exists():
        return False
    ours, theirs = target.stat(), source.stat()
    return ours.st_size == theirs.st_size and ours.st_mtime_ns == theirs.st_mtime_ns
