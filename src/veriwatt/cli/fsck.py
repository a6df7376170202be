"""`veriwatt fsck`: check everything a home holds."""

from __future__ import annotations

from typing import Any

import typer

from veriwatt.cli.options import HomeOption
from veriwatt.cli.output import CORRUPTED, Json, Progress, answer
from veriwatt.counted import counted
from veriwatt.fsck.report import Report
from veriwatt.fsck.run import run_fsck
from veriwatt.home.key_store_file import passphrase
from veriwatt.home.paths import HomePaths
from veriwatt.system.clock import SystemClock


def register(app: typer.Typer) -> None:
    app.command()(fsck)


def fsck(home: HomeOption, as_json: Json = False) -> None:
    """Re-hash every stored byte, verify every frame, chain, anchor and block, compare every row. Changes nothing."""
    bars: dict[str, Progress] = {}

    def on_progress(what: str, done: int, total: int) -> None:
        bars.setdefault(what, Progress(f"checking {what}", ""))(done, total)

    report = run_fsck(HomePaths(home), passphrase(), SystemClock(), on_progress)
    for bar in bars.values():
        bar.end()
    answer(_object(report), as_json, lambda: _words(report))
    if not report.ok:
        raise typer.Exit(CORRUPTED)


def _object(report: Report) -> dict[str, Any]:
    return {
        "ok": report.ok,
        "roots": list(report.roots),
        "not_vouched": [{"path": n.path, "why": n.why} for n in report.not_vouched],
        "checked": dict(report.checked),
        "problems": [{"where": p.where, "what": p.what} for p in report.problems],
    }


def _words(report: Report) -> str:
    lines = ["clean" if report.ok else counted(len(report.problems), "problem", "problems")]
    lines += [f"  {p.where}: {p.what}" for p in report.problems]
    lines.append(
        "checked: " + ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in report.checked.items())
    )
    lines.append("vouched for: " + ", ".join(report.roots))
    lines += [f"not vouched for: {n.path}: {n.why}" for n in report.not_vouched]
    return "\n".join(lines)
