"""`veriwatt bench`: measurements that print a ratio to a floor taken in the same run."""

from __future__ import annotations

from typing import Annotated

import typer

from veriwatt.cli.bench import ingest, ledger, query, verify
from veriwatt.cli.bench.figures import Figure, machine
from veriwatt.cli.output import Json, answer
from veriwatt.errors import BadInput

BENCHES = {"ingest": ingest.measure, "ledger": ledger.measure, "verify": verify.measure, "query": query.measure}


def register(app: typer.Typer) -> None:
    app.command()(bench)


def bench(name: Annotated[str, typer.Argument(help=f"One of {', '.join(BENCHES)}.")], as_json: Json = False) -> None:
    """Measure, on this machine, what accepting, anchoring, proving or querying costs beside its floor."""
    if name not in BENCHES:
        raise BadInput(where="bench", value=name, why="no such measurement", remedy=f"there are {', '.join(BENCHES)}")
    figures = BENCHES[name]()
    result = {"bench": name, "machine": machine(), "figures": [f.fields() for f in figures]}
    answer(result, as_json, lambda: _words(name, figures))


def _words(name: str, figures: list[Figure]) -> str:
    lines = [f"{name} on {machine()}"]
    for f in figures:
        beside = "" if f.floor is None else f"   floor {f.floor:,.6g} {f.floor_unit or f.unit}, ratio {f.ratio:.2f}"
        lines.append(f"  {f.name:18} {f.value:>14,.6g} {f.unit}{beside}")
    return "\n".join(lines)
