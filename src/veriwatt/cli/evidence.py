"""`veriwatt evidence` and `veriwatt verify`: make proof of a figure, and check it without any server."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from veriwatt.cli.options import HomeOption, OrgOption
from veriwatt.cli.output import REFUSED, Json, answer
from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.errors import BadInput, Malformed, Missing
from veriwatt.model.evidence import Claim, Evidence
from veriwatt.model.trust import parse_trust
from veriwatt.node import Home
from veriwatt.services.evidence import build_reading_evidence, refresh
from veriwatt.store.files import DiskFiles, save
from veriwatt.units import DAY
from veriwatt.verify.belief import Verdict
from veriwatt.verify.outcome import Outcome, outcome

TIMES = ("start", "end", "collected_at", "signed_not_earlier_than", "anchored_not_later_than", "facts_as_of")
"""Facts that are times: milliseconds in the verifier, RFC 3339 in the point's zone for people."""


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Proof of a figure in one file.", no_args_is_help=True)
    group.command("reading")(reading)
    group.command("refresh")(refresh_)
    app.add_typer(group, name="evidence")
    app.command()(verify)


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
            raise Missing(f"point {definition.id!r} has no slot that starts at {slot}")
        claim = Claim(known.org, definition.id, start)
        chain = held.room(known.org).chain
        made = build_reading_evidence(held.ledger, chain, held.keys.window_key, claim, positions[-1]).to_bytes()
    save(DiskFiles(), out.absolute(), made)
    answer({"file": str(out), "bytes": len(made)}, as_json, lambda: f"{out}: {len(made):,} bytes of evidence")


def refresh_(
    file: Annotated[Path, typer.Argument(help="The evidence file to renew.")], home: HomeOption, as_json: Json = False
) -> None:
    """Renew an evidence file: the same claim under the newest state of the ledger."""
    with Home(home) as held:
        made = refresh(held.ledger, Evidence.from_bytes(_read(file))).to_bytes()
    save(DiskFiles(), file.absolute(), made)
    answer({"file": str(file), "bytes": len(made)}, as_json, lambda: f"{file}: renewed, {len(made):,} bytes")


def verify(
    file: Annotated[Path, typer.Argument(help="The evidence file.")],
    trust: Annotated[Path | None, typer.Option("--trust", help="The trust file: whom you believe.")] = None,
    max_age: Annotated[str, typer.Option("--max-age", help="Refuse facts older than this, e.g. 30d or 12h.")] = "",
    as_json: Json = False,
) -> None:
    """Verify an evidence file offline: proven (against a trust file), consistent (without), or refused."""
    believed = None if trust is None else parse_trust(_read(trust), str(trust))
    now = time.time_ns() // 1_000_000
    found = outcome(_read(file), believed, now, _age(max_age), str(trust or ""))
    shown = _shown(found)
    answer(shown, as_json, lambda: _words(file, shown))
    if found.verdict is not Verdict.PROVEN:
        raise typer.Exit(REFUSED)


def _shown(found: Outcome) -> dict[str, Any]:
    shown: dict[str, Any] = found.fields()
    facts = shown["facts"]
    if facts:
        zone = _zone(str(facts["timezone"]))
        shown["facts"] = {k: zone.rfc3339(v) if k in TIMES and isinstance(v, int) else v for k, v in facts.items()}
    return shown


def _zone(name: str) -> Zone:
    """The point's zone, or UTC where this machine does not know it: a verdict never hangs on a zone table."""
    try:
        return Zone.parse(name)
    except Malformed:
        return Zone.parse("UTC")


def _words(file: Path, shown: dict[str, Any]) -> str:
    lines = [f"{file}: {shown['verdict'].upper()}"]
    if shown["failed"]:
        lines.append(f"step {shown['failed']['step']}, {shown['failed']['name']}: {shown['failed']['why']}")
    lines += [f"  {name:26} {value}" for name, value in shown["facts"].items() if value is not None]
    lines += [f"  note: {caveat}" for caveat in shown["caveats"]]
    if shown["trust"]:
        days = shown["trust"]["age"] // DAY
        lines.append(f"  trust file {shown['trust']['source']}, fingerprint {shown['trust']['short']}, {days} days old")
    return "\n".join(lines)


def _age(text: str) -> int | None:
    if not text:
        return None
    number, unit = text[:-1], text[-1:]
    if not number.isdigit() or unit not in ("d", "h"):
        raise BadInput(where="--max-age", value=text, why="not an age", remedy="write days or hours: 30d, 12h")
    return int(number) * (DAY if unit == "d" else DAY // 24)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(where=str(file), value=None, why=str(error.strerror), remedy="name a file that is there") from error
