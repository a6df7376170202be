"""`veriwatt bench`: measurements that print a ratio to a floor taken in the same run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from veriwatt.cli.bench import ingest, ledger, query, store, verify
from veriwatt.cli.bench.figures import Figure, Measure, Skipped, machine
from veriwatt.cli.output import Json, answer
from veriwatt.errors import BadInput

BENCHES: dict[str, Callable[[], Sequence[Measure]]] = {
    "ingest": ingest.measure,
    "ledger": ledger.measure,
    "verify": verify.measure,
    "query": query.measure,
    "store": store.measure,
}


def register(app: typer.Typer) -> None:
    app.command()(bench)


def bench(name: Annotated[str, typer.Argument(help=f"One of {', '.join(BENCHES)}.")], as_json: Json = False) -> None:
    """Measure, on this machine, what accepting, anchoring, proving, querying or storing costs beside its floor."""
    if name not in BENCHES:
        raise BadInput(where="bench", value=name, why="no such measurement", remedy=f"there are {', '.join(BENCHES)}")
    measures = BENCHES[name]()
    figures = [each for each in measures if isinstance(each, Figure)]
    skipped = {each.name: each.why for each in measures if isinstance(each, Skipped)}
    result = {"bench": name, "machine": machine(), "figures": [f.fields() for f in figures], "skipped": skipped}
    answer(result, as_json, lambda: _words(name, figures, skipped))


def _words(name: str, figures: list[Figure], skipped: dict[str, str]) -> str:
    lines = [f"{name} on {machine()}"]
    for f in figures:
        beside = "" if f.floor is None else f"   floor {f.floor:,.6g} {f.floor_unit or f.unit}, ratio {f.ratio:.2f}"
        lines.append(f"  {f.name:22} {f.value:>14,.6g} {f.unit}{beside}")
    lines += [f"  {what:22} skipped: {why}" for what, why in skipped.items()]
    return "\n".join(lines)
