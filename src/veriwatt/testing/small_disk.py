"""A small file system of its own for one home: it can be filled, and made read-only, without touching the machine's.

It is mounted in a mount namespace of a process that only sleeps; commands enter that namespace. Root alone can.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep

from veriwatt.errors import Unavailable
from veriwatt.testing.node_process import CLI


class SmallDisk:
    """A tmpfs at `place`, for the processes that `within` starts; this process reaches its files under `outside`."""

    def __init__(self, place: Path, holder: subprocess.Popen[bytes]) -> None:
        self.place, self._holder = place, holder

    @property
    def pid(self) -> int:
        """The process whose mount namespace has it."""
        return self._holder.pid

    @property
    def within(self) -> list[str]:
        """The command that runs another one where the disk is mounted."""
        return ["nsenter", "-t", str(self.pid), "-m", "--"]

    @property
    def outside(self) -> Path:
        """The disk's folder, as this process sees it."""
        return Path("/proc", str(self.pid), "root", self.place.relative_to("/"))

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """A command of the product on this disk."""
        words = [*self.within, *CLI, *map(str, arguments)]
        return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)

    def fill(self) -> None:
        """Use every byte that is free."""
        filler = self.outside / "filler"
        with filler.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(1 << 16))
        with filler.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"\0")

    def free(self) -> None:
        """Give the bytes back that `fill` used."""
        (self.outside / "filler").unlink(missing_ok=True)

    def remount(self, mode: str) -> None:
        """Mount it again, `ro` or `rw`; `ro` fails while a file is open for writing, as for any file system."""
        self._mount("-o", f"remount,{mode}", str(self.place))

    def _mount(self, *arguments: str) -> None:
        subprocess.run([*self.within, "mount", *arguments], check=True, capture_output=True)


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mount a disk of that size at the empty folder `place`.

    Raises:
        Unavailable: this user may not mount.
    """
    if os.geteuid() or not shutil.which("unshare") or not shutil.which("nsenter"):
        raise Unavailable("a file system of its own is mounted by root alone, with unshare and nsenter")
    place.mkdir(exist_ok=True)
    script = f"mount -t tmpfs -o size={megabytes}m none '{place}' && touch '{place}/.mounted' && exec sleep 100000"
    words: Sequence[str] = ["unshare", "-m", "--propagation", "private", "sh", "-c", script]
    holder = subprocess.Popen(words)
    try:
        disk = SmallDisk(place, holder)
        while not (disk.outside / ".mounted").exists():
            if holder.poll() is not None:
                raise Unavailable("this machine does not let us mount a file system")
            sleep(0.02)
        yield disk
    finally:
        holder.kill()
        holder.wait()
