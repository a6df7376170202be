"""`veriwatt verify`: check an evidence file with no server and no home."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from veriwatt.cli.files import read_input, read_start
from veriwatt.cli.output import REFUSED, Json, answer
from veriwatt.cli.printed_facts import fact_lines, on_one_line
from veriwatt.counted import counted
from veriwatt.errors import BadInput, Malformed
from veriwatt.model.evidence.trust_file import Trust, parse_trust
from veriwatt.reading.fact_times import with_local_times
from veriwatt.units import DAY, HOUR, parse_count
from veriwatt.verify.outcome import VerificationOutcome, unreadable_outcome, verification_outcome
from veriwatt.verify.verdict import Verdict


def register(app: typer.Typer) -> None:
    app.command()(verify)


def verify(
    file: Annotated[Path, typer.Argument(help="The evidence file.")],
    trust: Annotated[Path | None, typer.Option("--trust", help="The trust file of the ledger that you trust.")] = None,
    max_age: Annotated[
        str | None, typer.Option("--max-age", help="Refuse facts older than this, e.g. 30d or 12h.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Verify an evidence file offline, against a trust file: proven, consistent or refused.

    It is consistent, and no more, without a trust file, or when the trust file's checkpoint is newer than the evidence.
    """
    trust_file = None if trust is None else parse_trust(read_input(trust), str(trust))
    outcome = _outcome(file, trust_file, _age(max_age), str(trust or ""))
    fields = {**outcome.fields(), "facts": with_local_times(outcome.facts)}
    answer(fields, as_json, lambda: _text(file, fields))
    if outcome.verdict is not Verdict.PROVEN:
        raise typer.Exit(REFUSED)


def _outcome(file: Path, trust: Trust | None, max_age: int | None, source: str) -> VerificationOutcome:
    """The outcome; a file that is there and cannot be read is refused, and only one that is not there is an error."""
    now = time.time_ns() // 1_000_000
    if not file.exists():
        raise BadInput(where=str(file), value=None, why="is not there", remedy="name a file that is there")
    try:
        raw = read_start(file)
    except BadInput as error:
        return unreadable_outcome(error.why, trust, now, source)
    return verification_outcome(raw, trust, now, max_age, source)


def _text(file: Path, fields: dict[str, Any]) -> str:
    lines = [f"{file}: {fields['verdict'].upper()}"]
    if fields["failed"]:
        lines.append(
            f"step {fields['failed']['step']}, {fields['failed']['name']}: {on_one_line(fields['failed']['why'])}"
        )
    lines += fact_lines(fields["facts"])
    lines += [f"  note: {on_one_line(caveat)}" for caveat in fields["caveats"]]
    if fields["trust"]:
        days = counted(fields["trust"]["age"] // DAY, "day", "days")
        lines.append(f"  trust file {fields['trust']['source']}, fingerprint {fields['trust']['short']}, {days} old")
    return "\n".join(lines)


def _age(text: str | None) -> int | None:
    """The age in milliseconds; None only without the option, as an empty text is a variable that was never set."""
    if text is None:
        return None
    try:
        return parse_count(text[:-1]) * {"d": DAY, "h": HOUR}[text[-1]]
    except (Malformed, KeyError):
        remedy = "write days or hours: 30d, 12h"
        raise BadInput(where="--max-age", value=text, why="not an age", remedy=remedy) from None
