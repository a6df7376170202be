"""`veriwatt evidence`: make proof of a figure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from veriwatt.cli.files import read_input, write_output
from veriwatt.cli.options import HomeOption, OrgOption
from veriwatt.cli.output import Json, answer
from veriwatt.energy.calendar import parse_time
from veriwatt.errors import NotFound
from veriwatt.model.evidence.reading_claim import ClaimedSlot
from veriwatt.node.home import Home
from veriwatt.reading.evidence.build import build_reading_evidence, refresh
from veriwatt.verify.claims.kinds import parse_evidence


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Proof of a figure in one file.", no_args_is_help=True)
    group.command("reading")(reading)
    group.command("refresh")(refresh_)
    app.add_typer(group, name="evidence")


def reading(
    point: Annotated[str, typer.Argument(help="The point's id.")],
    slot: Annotated[str, typer.Argument(help="The start of its slot: RFC 3339, or local time in the point's zone.")],
    home: HomeOption,
    out: Annotated[Path, typer.Option("-o", "--out", help="The evidence file to write.")],
    org: OrgOption = "",
    as_json: Json = False,
) -> None:
    """Prove one reading: its value, status, origin, terminal and place on the ledger."""
    with Home(home) as held:
        known = held.points.find(point, org or None)
        definition = known.definition(known.point_id(point))
        start = parse_time(slot, held.zone(definition))
        positions = held.view().versions(known.org, definition.id, start)
        if not positions:
            raise NotFound(f"point {definition.id!r} has no slot that starts at {slot}")
        claim = ClaimedSlot(known.org, definition.id, start)
        chain = held.org_log(known.org).chain
        made = build_reading_evidence(held.ledger, chain, held.keys.agent, claim, positions[-1]).to_bytes()
    write_output(out, made)
    answer({"file": str(out), "bytes": len(made)}, as_json, lambda: f"{out}: {len(made):,} bytes of evidence")


def refresh_(
    file: Annotated[Path, typer.Argument(help="The evidence file to renew.")], home: HomeOption, as_json: Json = False
) -> None:
    """Renew an evidence file: the same claim under the newest state of the ledger."""
    with Home(home) as held:
        made = refresh(held.ledger, parse_evidence(read_input(file))).to_bytes()
    write_output(file, made)
    answer({"file": str(file), "bytes": len(made)}, as_json, lambda: f"{file}: renewed, {len(made):,} bytes")
