"""`veriwatt fsck`: check everything a home holds."""

from __future__ import annotations

from typing import Any

import typer

from veriwatt.cli.options import HomeOption
from veriwatt.cli.output import CORRUPTED, NOT_COMPARED, UNAVAILABLE, Json, Progress, answer
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
        raise typer.Exit(CORRUPTED if report.problems else UNAVAILABLE if report.is_unreachable else NOT_COMPARED)


def _object(report: Report) -> dict[str, Any]:
    return {
        "ok": report.ok,
        "roots": list(report.roots),
        "not_vouched": [{"path": n.path, "why": n.why} for n in report.not_vouched],
        "checked": dict(report.checked),
        "not_compared": [{"path": n.path, "why": n.why} for n in report.not_compared],
        "problems": [{"where": p.where, "what": p.what} for p in report.problems],
    }


def _verdict(report: Report) -> str:
    if report.problems:
        return counted(len(report.problems), "problem", "problems")
    return "no problem found, and not everything compared" if report.not_compared else "clean"


def _words(report: Report) -> str:
    lines = [_verdict(report)]
    lines += [f"  {p.where}: {p.what}" for p in report.problems]
    lines += [f"  not compared: {n.path}: {n.why}" for n in report.not_compared]
    lines.append(
        "checked: " + ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in report.checked.items())
    )
    lines.append("vouched for: " + ", ".join(report.roots))
    lines += [f"not vouched for: {n.path}: {n.why}" for n in report.not_vouched]
    return "\n".join(lines)
