"""`veriwatt import`: the readings of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from veriwatt.bridges.files.mapping import load_mapping
from veriwatt.bridges.files.read_file import read_file
from veriwatt.cli.options import HomeOption, OrgOption
from veriwatt.cli.output import USAGE, Json, Progress, answer, say
from veriwatt.errors import BadInput
from veriwatt.importing.import_readings import Imported
from veriwatt.metering.rejections import from_bad_input
from veriwatt.model.points.status import Status
from veriwatt.node.home import Home


def register(app: typer.Typer) -> None:
    app.command("import")(import_)


def import_(
    file: Annotated[Path, typer.Argument(help="CSV (also gzipped), Excel or Parquet.")],
    mapping: Annotated[
        Path, typer.Option("--mapping", help="The mapping, which says what the columns mean; see docs/mapping.md.")
    ],
    home: HomeOption,
    org: OrgOption = "",
    keep_good: Annotated[
        bool, typer.Option("--keep-good", help="Import the accepted values although others are rejected.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Import the readings of a file through the org's software terminal: all of them, or none."""
    try:
        done = _import(file, mapping, home, org, keep_good=keep_good)
    except BadInput as error:
        if as_json:
            answer(_as_json(Imported(rejected=(from_bad_input(error),), rejected_count=1)), as_json, str)
        raise
    answer(_as_json(done), as_json, lambda: _as_text(done))
    if done.rejected_count:
        for rejection in done.rejected if as_json else ():
            say(str(rejection))
        raise typer.Exit(USAGE)


def _import(file: Path, mapping: Path, home: Path, org: str, *, keep_good: bool) -> Imported:
    rules = load_mapping(mapping)
    with Home(home) as node:
        reading = Progress(f"reading {file.name}", "bytes")
        readings = read_file(file, rules, now=node.clock.now(), on_progress=reading)
        reading.end()
        writing = Progress(f"importing {file.name}", "frames")
        done = node.readings_import(org).run(readings, keep_good=keep_good, on_progress=writing)
        writing.end()
    return done


def _as_json(done: Imported) -> dict[str, Any]:
    slots = {s.name.lower(): done.slots[s] for s in (Status.MEASURED, Status.ESTIMATED, Status.MANUAL, Status.GAP)}
    rejected = [
        {"file": r.source, "line": r.line, "field": r.field, "value": r.value, "why": r.why} for r in done.rejected
    ]
    return {"frames": done.frames, "slots": slots, "rejected": rejected, "rejected_count": done.rejected_count}


def _as_text(done: Imported) -> str:
    slots = ", ".join(f"{done.slots[s]:,} {s.name.lower()}" for s in Status if done.slots[s]) or "nothing new"
    nothing = done.rejected_count and not done.frames
    lines = ["nothing was imported" if nothing else f"{done.frames:,} frames accepted and anchored: {slots}"]
    lines += map(str, done.rejected)
    if done.rejected_count > len(done.rejected):
        lines.append(f"and {done.rejected_count - len(done.rejected):,} more problems")
    return "\n".join(lines)
