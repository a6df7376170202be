"""Imports killed before each of their outside calls: `killed_import.py FOLDER STEP` leaves a home for each in FOLDER.

Every call that changes the disk is counted: file operations, transactions of ledger, index, spool and view.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.faults.fsck_home import import_into, write_source
from veriwatt.ledger.embedded.ledger import EmbeddedLedger
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.readmodel.frame_index import FrameIndex
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.system.files import DiskFiles
from veriwatt.terminal.spool.spool import Spool
from veriwatt.testing.faults import Failure, FaultPlan, sweep

DAYS, FRAMES_PER_ANCHOR = 5, 2
CALLS: tuple[tuple[type, tuple[str, ...]], ...] = (
    (DiskFiles, ("append", "truncate", "sync", "replace", "unlink")),
    (EmbeddedLedger, ("broadcast",)),
    (FrameIndex, ("add",)),
    (Spool, ("prepare_frames", "set_signatures", "mark_accepted", "mark_final")),
    (ReadingsView, ("add", "mark_anchored")),
)


def main(folder: Path, step: int) -> None:
    source = write_source(folder / "source", DAYS)
    base = folder / "base"
    init_home(base, "Works", unprotected=True)

    def run(plan: FaultPlan) -> None:
        root = Path(shutil.copytree(base, folder / "homes" / f"{plan.nth:04d}"))
        for owner, names in CALLS:
            plan.patch(owner, names)
        import_into(root, source, frames_per_anchor=FRAMES_PER_ANCHOR)
        with Home(root) as home:
            home.view()

    for _ in sweep(run, Failure.KILL, step=step):
        pass


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
