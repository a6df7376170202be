"""Who holds a lock file: the process that wrote its number into the file when it locked it.

The number is a hint for people. It is read only while the operating system says that the file is locked, so a number
that an ended process left there is never told.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class LockHolder:
    """A process: its number, its command if the system tells it, and whether it is stopped (Ctrl-Z, SIGSTOP)."""

    pid: int
    command: str
    stopped: bool

    def __str__(self) -> str:
        named = f"`{self.command}` (process {self.pid})" if self.command else f"process {self.pid}"
        return f"{named}, which is stopped" if self.stopped else named

    @property
    def remedy(self) -> str:
        if self.stopped:
            return f"continue it with `fg` or `kill -CONT {self.pid}`, or end it with `kill -9 {self.pid}`"
        return f"wait for it to end, or stop it with `kill {self.pid}`"


def write_holder(file: BinaryIO) -> None:
    """Write this process's number into a lock file that it has locked; a full or read-only disk leaves it out."""
    with suppress(OSError):
        file.truncate(0)
        os.write(file.fileno(), b"%d\n" % os.getpid())  # what stays in a buffer fails once more when it is closed


def read_holder(path: Path) -> LockHolder | None:
    """The living process whose number the lock file at `path` has; None when there is none."""
    try:
        pid = int(path.read_bytes()[:20])
    except (OSError, ValueError):
        return None
    return process(pid)


def process(pid: int) -> LockHolder | None:
    """A process by its number; None when it does not live. Without /proc its command is '' and it is not stopped."""
    if not Path("/proc/self/stat").exists():
        return LockHolder(pid, "", False)
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except (OSError, IndexError):
        return None
    return LockHolder(pid, _command(words), state in "Tt")


def _command(words: list[str]) -> str:
    """The command without its options, whose values are nobody's business: `veriwatt import`."""
    at = next((i for i, word in enumerate(words) if Path(word).name == "veriwatt"), None)
    if at is None:
        return Path(words[0]).name[:LONGEST_NAME]
    named = ["veriwatt"]
    for word in words[at + 1 :]:
        if not word.isalpha() or len(named) == 3:
            break
        named.append(word)
    return " ".join(named)[:LONGEST_NAME]
