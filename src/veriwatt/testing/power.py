"""A disk in memory that remembers what was synced, can run full, and forgets the rest when its power is cut."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from veriwatt.errors import NotFound, Unavailable


class Tail(Enum):
    """What a power cut leaves of bytes that were appended and not synced."""

    GONE = "gone"
    HALF = "half"
    ZEROS = "zeros"
    HEADLESS = "headless"  # the later pages were written, the first were not
    KEPT = "kept"


@dataclass(slots=True)
class _File:
    """One file under however many names: its bytes now, and as they were when last synced."""

    now: bytes = b""
    synced: bytes = b""

    def after_cut(self, tail: Tail) -> bytes:
        if not self.now.startswith(self.synced):
            return self.now if tail is Tail.KEPT else self.synced
        fresh = self.now[len(self.synced) :]
        half = len(fresh) // 2
        return (
            self.synced
            + {
                Tail.GONE: b"",
                Tail.HALF: fresh[:half],
                Tail.ZEROS: bytes(len(fresh)),
                Tail.HEADLESS: bytes(half) + fresh[half:],
                Tail.KEPT: fresh,
            }[tail]
        )


class ForgetfulFiles:
    """`system.files.Files` in memory. `room` is how many bytes still fit on the disk; None is no bound.

    A full disk takes what fits of an append, as a real one does, and reports it as Unavailable.
    """

    def __init__(self) -> None:
        self.room: int | None = None
        self._names: dict[Path, _File] = {}
        self._synced_names: dict[Path, _File] = {}
        self._folders: set[Path] = set()

    def cut_power(self, tail: Tail = Tail.GONE, *, names_kept: bool = False) -> None:
        """Forget what was not synced: bytes as `tail` says, names made, changed or removed unless `names_kept`."""
        if not names_kept:
            self._names = dict(self._synced_names)
        for file in {id(file): file for file in (*self._names.values(), *self._synced_names.values())}.values():
            file.now = file.synced = file.after_cut(tail)
        self._synced_names = dict(self._names)

    def paths(self) -> list[Path]:
        return sorted(self._names)

    def edit(self, path: Path, data: bytes) -> None:
        """Other bytes at `path`, as rot or an intruder would leave them: durable at once."""
        self._names[path] = self._synced_names[path] = _File(data, data)

    def read(self, path: Path) -> bytes:
        return self._file(path).now

    def append(self, path: Path, data: bytes) -> None:
        if path.parent not in self._folders:
            raise NotFound(f"{path.parent} does not exist")
        file = self._names.setdefault(path, _File())
        taken = data if self.room is None else data[: self.room]
        file.now += taken
        if self.room is not None:
            self.room -= len(taken)
            if len(taken) < len(data):
                raise Unavailable(f"{path}: the disk is full: free some space and run the command again")

    def truncate(self, path: Path, size: int) -> None:
        file = self._file(path)
        if self.room is not None:
            self.room += max(0, len(file.now) - size)
        file.now = file.now[:size].ljust(size, b"\0")

    def sync(self, path: Path) -> None:
        file = self._file(path)
        file.synced = file.now

    def replace(self, old: Path, new: Path) -> None:
        self._names[new] = self._file(old)
        del self._names[old]

    def unlink(self, path: Path) -> None:
        self._names.pop(path, None)

    def make_folder(self, path: Path) -> None:
        self._folders |= {path, *path.parents}

    def sync_folder(self, path: Path) -> None:
        here = {name: file for name, file in self._names.items() if name.parent == path}
        elsewhere = {name: file for name, file in self._synced_names.items() if name.parent != path}
        self._synced_names = {**elsewhere, **here}

    def names(self, folder: Path) -> list[str]:
        files = {path.name for path in self._names if path.parent == folder}
        return sorted(files | {path.name for path in self._folders if path.parent == folder and path != folder})

    def exists(self, path: Path) -> bool:
        return path in self._names or path in self._folders

    def _file(self, path: Path) -> _File:
        if path not in self._names:
            raise NotFound(f"{path} does not exist")
        return self._names[path]
