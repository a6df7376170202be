"""`veriwatt verify`: check an evidence file with no server and no home."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from veriwatt.cli.files import read_input, read_start
from veriwatt.cli.output import REFUSED, Json, answer
from veriwatt.energy.calendar import Zone
from veriwatt.errors import BadInput, Malformed
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.units import DAY
from veriwatt.verify.outcome import VerificationOutcome, verification_outcome
from veriwatt.verify.verdict import Verdict

TIMES = (
    "start",
    "end",
    "collected_at",
    "signed_not_earlier_than",
    "anchored_not_later_than",
    "anchored_block_time",
    "facts_as_of",
)
"""Facts that are times: milliseconds in the verifier, RFC 3339 in the point's zone for people."""


def register(app: typer.Typer) -> None:
    app.command()(verify)


def verify(
    file: Annotated[Path, typer.Argument(help="The evidence file.")],
    trust: Annotated[Path | None, typer.Option("--trust", help="The trust file of the ledger that you trust.")] = None,
    max_age: Annotated[str, typer.Option("--max-age", help="Refuse facts older than this, e.g. 30d or 12h.")] = "",
    as_json: Json = False,
) -> None:
    """Verify an evidence file offline: proven (against a trust file), consistent (without), or refused."""
    trust_file = None if trust is None else parse_trust(read_input(trust), str(trust))
    now = time.time_ns() // 1_000_000
    found = verification_outcome(read_start(file), trust_file, now, _age(max_age), str(trust or ""))
    shown = _shown(found)
    answer(shown, as_json, lambda: _words(file, shown))
    if found.verdict is not Verdict.PROVEN:
        raise typer.Exit(REFUSED)


def _shown(found: VerificationOutcome) -> dict[str, Any]:
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
        lines.append(f"step {shown['failed']['step']}, {shown['failed']['name']}: {_plain(shown['failed']['why'])}")
    lines += [f"  {name:26} {_plain(value)}" for name, value in shown["facts"].items() if value is not None]
    lines += [f"  note: {_plain(caveat)}" for caveat in shown["caveats"]]
    if shown["trust"]:
        days = shown["trust"]["age"] // DAY
        lines.append(f"  trust file {shown['trust']['source']}, fingerprint {shown['trust']['short']}, {days} days old")
    return "\n".join(lines)


def _plain(value: object) -> str:
    """A fact on one line; texts in it come from whoever signed them, so what is not printable is spelled out."""
    text = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
    return text if text.isprintable() else ascii(text)


def _age(text: str) -> int | None:
    if not text:
        return None
    number, unit = text[:-1], text[-1:]
    if not (number.isdecimal() and number.isascii()) or unit not in ("d", "h"):
        raise BadInput(where="--max-age", value=text, why="not an age", remedy="write days or hours: 30d, 12h")
    return int(number) * (DAY if unit == "d" else DAY // 24)
