"""Imports killed before each of their outside calls: `killed_import.py FOLDER` leaves a home for each under FOLDER.

Every call that changes the disk is counted: file operations, transactions of ledger, index, spool and view.
Before the n-th the process ends as `kill -9` ends it: nothing is closed, nothing is flushed.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults.fsck_home import import_into, write_source
from veriwatt.ledger.embedded.ledger import EmbeddedLedger
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.readmodel.frame_index import FrameIndex
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.system.files import DiskFiles
from veriwatt.terminal.spool.spool import Spool

DAYS, FRAMES_PER_ANCHOR = 5, 2
CALLS: tuple[tuple[type, tuple[str, ...]], ...] = (
    (DiskFiles, ("append", "truncate", "sync", "replace", "unlink")),
    (EmbeddedLedger, ("broadcast",)),
    (FrameIndex, ("add",)),
    (Spool, ("prepare_frames", "set_signatures", "mark_accepted", "mark_final")),
    (ReadingsView, ("add", "mark_anchored")),
)
KILLED = 9


class Countdown:
    """Ends the process before the n-th call."""

    def __init__(self, n: int) -> None:
        self.left = n
        for owner, names in CALLS:
            for name in names:
                setattr(owner, name, self.counted(getattr(owner, name)))

    def counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*args: Any, **kwargs: Any) -> Any:
            self.left -= 1
            if self.left < 0:
                os._exit(KILLED)
            return call(*args, **kwargs)

        return counting


def import_and_look(home: Path, source: Path) -> None:
    import_into(home, source, frames_per_anchor=FRAMES_PER_ANCHOR)
    with Home(home) as held:
        held.view()


def main(folder: Path, step: int) -> None:
    source = write_source(folder / "source", DAYS)
    base = folder / "base"
    init_home(base, "Works", unprotected=True)
    n, status = 0, KILLED
    while status == KILLED:
        home = Path(shutil.copytree(base, folder / "homes" / f"{n:04d}"))
        child = os.fork()
        if child == 0:
            Countdown(n)
            import_and_look(home, source)
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        n += step
    assert status == 0, status


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
