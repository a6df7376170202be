"""Write what the present release writes: `python -m tests.compat.write_artefacts FOLDER`.

home/            a node's home with anchored frames and its readings view
terminal/        a terminal's home with samples in its spool
evidence.vwe     of one reading of the node
trust.json       under which it verifies
mapping.toml     by which the node's readings were imported
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.faults.fsck_home import make_home, write_source
from tests.terminal_toml import terminal_toml
from veriwatt.model.evidence.reading_claim import ClaimedSlot
from veriwatt.model.points.status import Status
from veriwatt.node.home import Home
from veriwatt.reading.evidence.build import build_reading_evidence, evidence_file
from veriwatt.terminal.home import TerminalHome
from veriwatt.terminal.home_files import make_terminal
from veriwatt.terminal.sampling.samples import Sample

ORG = "Works"


def write_artefacts(folder: Path) -> None:
    """Write the artefacts into a new folder."""
    source = write_source(folder, days=6)
    home = make_home(folder / "home", source, frames_per_anchor=4)
    shutil.copyfile(home / "trust.json", folder / "trust.json")
    (folder / "evidence.vwe").write_bytes(_evidence(home))
    config = folder / "terminal.toml"
    config.write_text(terminal_toml(ORG))
    make_terminal(folder / "terminal", config, folder / "trust.json", unprotected=True)
    with TerminalHome(folder / "terminal") as terminal:
        terminal.spool.add_samples([Sample("main", 0, 900_000, 12_345, Status.MEASURED, 900_000)])
    for path in (config, source):
        path.unlink()


def _evidence(root: Path) -> bytes:
    with Home(root) as home:
        point, (start, _) = min(home.view().spans(ORG).items())
        chain, position = home.org_log(ORG).chain, home.readings.versions(ORG, point, start)[-1]
        claim = ClaimedSlot(ORG, point, start)
        return evidence_file(build_reading_evidence(home.ledger, chain, home.keys.agent, claim, position))


if __name__ == "__main__":
    write_artefacts(Path(sys.argv[1]))
