"""Write what the present release writes into one archive: `python -m tests.compat.write_artefacts NAME.tar.gz`.

home/            a node's home with anchored frames and its readings view
terminal/        a terminal's home with samples in its spool
reading.vwe      evidence of one reading of the node
interval.vwe     of a day of an interval point
register.vwe     of a day of a register, with an exchange
trust.json       under which they verify
figures.json     the figure that each of them proves, as text
mapping.toml     by which the node's readings were imported
"""

from __future__ import annotations

import json
import shutil
import sys
import tarfile
from gzip import GzipFile
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.fsck_home import FIRST_DAY, make_home
from tests.terminal_toml import terminal_toml
from veriwatt.model.evidence.reading_claim import ClaimedSlot
from veriwatt.model.points.register_record import RecordExchange
from veriwatt.model.points.status import Status
from veriwatt.node.home import Home
from veriwatt.reading.evidence.build import build_period_evidence, build_reading_evidence, evidence_file
from veriwatt.system.clock import SystemClock
from veriwatt.terminal.home import TerminalHome
from veriwatt.terminal.home_files import make_terminal
from veriwatt.terminal.sampling.samples import Sample
from veriwatt.units import DAY, HOUR, SECOND, Interval
from veriwatt.verify.procedure import verify_evidence

ORG = "Works"


MAPPING = """
[file]
timestamp = "at"
format = "unix_s"
stamp = "start"
clock = "UTC"

[[point]]
id = "press"
column = "press"
energy = "electricity"
kind = "interval"
unit = "kWh"
slot = "1h"
timezone = "UTC"
resolution = "0.1"

[[point]]
id = "meter"
column = "meter"
energy = "electricity"
kind = "register"
unit = "kWh"
slot = "1h"
timezone = "UTC"
resolution = "0.1"
"""
DAYS, EXCHANGED = 6, 60
"""The register's meter is exchanged at the end of hour `EXCHANGED`; the new one begins at 0."""


def write_artefacts(folder: Path) -> None:
    """Write the artefacts into a new folder."""
    source = _source(folder)
    home = make_home(folder / "home", source, frames_per_anchor=4)
    shutil.copyfile(home / "trust.json", folder / "trust.json")
    figures = {}
    for name, raw in _evidence(home).items():
        (folder / name).write_bytes(raw)
        proven = verify_evidence(raw, None, SystemClock().now())
        figures[name] = proven.facts()["value"]
    (folder / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
    config = folder / "terminal.toml"
    config.write_text(terminal_toml(ORG))
    make_terminal(folder / "terminal", config, folder / "trust.json", unprotected=True)
    with TerminalHome(folder / "terminal") as terminal:
        terminal.spool.add_samples([Sample("main", 0, 900_000, 12_345, Status.MEASURED, 900_000)])
    for path in (config, source):
        path.unlink()


def write_archive(path: Path) -> None:
    """Write the artefacts as one archive, whose bytes follow from theirs alone."""
    with TemporaryDirectory() as folder:
        write_artefacts(Path(folder))
        files = sorted(each for each in Path(folder).rglob("*") if each.is_file())
        with GzipFile(path, "wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
            for each in files:
                entry = tarfile.TarInfo(str(each.relative_to(folder)))
                entry.size, entry.mode = each.stat().st_size, each.stat().st_mode & 0o777
                with each.open("rb") as content:
                    archive.addfile(entry, content)


def _source(folder: Path) -> Path:
    """A file of an interval point and a register, hourly, and the mapping beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mapping.toml").write_text(MAPPING)
    hours = range(DAYS * 24)
    meter = [500 + hour if hour < EXCHANGED else hour - EXCHANGED for hour in hours]
    rows = [f"{FIRST_DAY + hour * 3600},{hour % 97}.{hour % 10},{meter[hour]}.5" for hour in hours]
    source = folder / "plant.csv"
    source.write_text("\n".join(["at,press,meter", *rows]) + "\n")
    return source


def _evidence(root: Path) -> dict[str, bytes]:
    """Evidence of a reading and of two periods, each file by its name."""
    first = FIRST_DAY * SECOND
    day = Interval(first + 2 * DAY, first + 3 * DAY)
    with Home(root) as home:
        exchange = RecordExchange("meter", first + EXCHANGED * HOUR, 5_600, 0, "calibration")
        home.member_client(ORG).submit(exchange)
        chain, position = home.org_log(ORG).chain, home.readings.versions(ORG, "press", day.start)[-1]
        ledger, agent = home.ledger, home.keys.agent
        made = {
            "reading.vwe": evidence_file(
                build_reading_evidence(ledger, chain, agent, ClaimedSlot(ORG, "press", day.start), position)
            )
        }
        for point, name in (("press", "interval.vwe"), ("meter", "register.vwe")):
            definition = home.points.find(point, ORG)[1]
            built = build_period_evidence(ledger, chain, agent, home.view(), ORG, definition, day)
            made[name] = evidence_file(built)
    return made


if __name__ == "__main__":
    write_archive(Path(sys.argv[1]))
