"""Real homes to damage: readings imported through the software terminal, anchored several times."""

from __future__ import annotations

from pathlib import Path

from veriwatt.bridges.files.mapping import load_mapping
from veriwatt.bridges.files.read_file import read_file
from veriwatt.fsck.report import Report
from veriwatt.fsck.run import run_fsck
from veriwatt.home.paths import HomePaths
from veriwatt.loghost import recorder
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.system.clock import SystemClock

MAPPING = """
[file]
timestamp = "at"
format = "unix_s"
stamp = "start"
clock = "UTC"

[[point]]
id = "{column}"
column = "*"
energy = "electricity"
kind = "interval"
unit = "kWh"
slot = "1h"
timezone = "UTC"
resolution = "0.1"
"""
DAY = 86_400
FIRST_DAY = 19_000 * DAY


def write_source(folder: Path, days: int, first: int = 0) -> Path:
    """A file of two points, hourly over `days` days, and the mapping beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mapping.toml").write_text(MAPPING)
    hours = range(first * 24, (first + days) * 24)
    rows = [f"{FIRST_DAY + hour * 3600},{hour % 97}.{hour % 10},{hour % 31}.5" for hour in hours]
    source = folder / f"plant_{first}_{days}.csv"
    source.write_text("\n".join(["at,press,oven", *rows]) + "\n")
    return source


def make_home(root: Path, source: Path, *, frames_per_anchor: int, view: bool = True) -> Path:
    """A home with the source's frames in anchors of so many, and the readings view beside them."""
    init_home(root, "Works", unprotected=True)
    import_into(root, source, frames_per_anchor=frames_per_anchor)
    if view:
        with Home(root) as home:
            home.view()
    return root


def import_into(root: Path, source: Path, *, frames_per_anchor: int) -> int:
    """Import, in batches as small as the anchors; returns the frames that this run wrote."""
    recorder.FRAMES_AT_ONCE = recorder.FRAMES_PER_ANCHOR = frames_per_anchor
    try:
        with Home(root) as home:
            mapping = load_mapping(source.parent / "mapping.toml")
            readings = read_file(source, mapping, now=home.clock.now())
            return home.readings_import().run(readings, on_progress=lambda _: None).frames
    finally:
        recorder.FRAMES_AT_ONCE, recorder.FRAMES_PER_ANCHOR = 256, 4096


def check(root: Path) -> Report:
    return run_fsck(HomePaths(root), None, SystemClock(), lambda _what, _done, _total: None)


def problem_lines(report: Report) -> str:
    return "\n".join(f"{p.where}: {p.what}" for p in report.problems)
