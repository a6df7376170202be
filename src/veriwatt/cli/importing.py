"""`veriwatt import`: the readings of a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from veriwatt.bridges.files.mapping import load_mapping
from veriwatt.bridges.files.read_file import read_file
from veriwatt.cli.import_answer import imported_json, imported_text, plan_json, plan_text
from veriwatt.cli.ledger_time import warn_if_ledger_is_ahead
from veriwatt.cli.options import HomeOption, OrgOption
from veriwatt.cli.output import IN_PART, USAGE, Json, Progress, answer, say
from veriwatt.cli.rejects_file import rejects_file
from veriwatt.errors import BadInput
from veriwatt.importing.import_readings import Imported, result_of
from veriwatt.importing.planned_points import planned_points
from veriwatt.metering.rejections import from_bad_input
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
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be written, point by point, and write nothing.")
    ] = False,
    allow_gaps: Annotated[
        bool, typer.Option("--allow-gaps", help="Sign gaps even where a hole is so long that a date may be wrong.")
    ] = False,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", help="Write every rejected row to this file, as CSV.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Import the readings of a file through the org's software terminal: all of them, or none."""
    try:
        done = _import(
            file,
            mapping,
            home,
            org,
            keep_good=keep_good,
            dry_run=dry_run,
            allow_gaps=allow_gaps,
            rejects=rejects,
            as_json=as_json,
        )
    except BadInput as error:
        if as_json:
            answer(imported_json(Imported(rejected=(from_bad_input(error),), rejected_count=1)), as_json, str)
        raise
    if done.rejected_count:
        for rejection in done.rejected if as_json else ():
            say(str(rejection))
        raise typer.Exit(IN_PART if done.in_part else USAGE)


def _import(
    file: Path,
    mapping: Path,
    home: Path,
    org: str,
    *,
    keep_good: bool,
    dry_run: bool,
    allow_gaps: bool,
    rejects: Path | None,
    as_json: bool,
) -> Imported:
    rules = load_mapping(mapping)
    with rejects_file(rejects, file, mapping) as refused, Home(home) as node:
        on_rejection = None if refused is None else refused.add
        on_plan: Callable[[], None] = (lambda: None) if refused is None else refused.finish
        reading = Progress(f"reading {file.name}", "bytes")
        readings = read_file(
            file, rules, now=node.clock.now(), allow_gaps=allow_gaps, on_progress=reading, on_rejection=on_rejection
        )
        reading.end()
        if dry_run:
            plan = node.import_planner(org).plan(readings, keep_good=keep_good, on_rejection=on_rejection)
            on_plan()
            done, points = result_of(plan), list(planned_points(plan))
            warn_if_ledger_is_ahead(node)
            answer(plan_json(done, points), as_json, lambda: plan_text(done, points))
            return done
        writing = Progress(f"importing {file.name}", "frames")
        done = node.readings_import(org).run(
            readings, keep_good=keep_good, on_progress=writing, on_rejection=on_rejection, on_plan=on_plan
        )
        writing.end()
        warn_if_ledger_is_ahead(node)
    answer(imported_json(done), as_json, lambda: imported_text(done))
    return done
