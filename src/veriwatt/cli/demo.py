"""`veriwatt demo`: a small consortium on one machine."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from veriwatt.cli.output import REFUSED, Json, Progress, answer, say
from veriwatt.crypto.passphrase import FILE_VARIABLE
from veriwatt.errors import Refused
from veriwatt.home.key_store_file import passphrase

if TYPE_CHECKING:
    from veriwatt.testing.demo.paths import DemoPaths
    from veriwatt.testing.demo.scenario import DemoResult

PATIENCE = 600
"""Seconds that the days may take to pass before the demo gives up."""


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    days: Annotated[int, typer.Option(min=1, max=366, help="Days that pass before the page is served.")] = 7,
    serve: Annotated[bool, typer.Option(help="Serve the node's page afterwards, until Ctrl-C.")] = True,
    home: Annotated[
        Path | None, typer.Option("--home", help="Where to make the node's home, and keep it; else it is temporary.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run a park of three plants: meters over real Modbus, terminals, one node; collect, anchor, prove.

    A week passes in seconds on the plants' own clock. Nothing leaves this machine.
    """
    with _demo_paths(home) as paths, _ended_by_signals():
        try:
            asyncio.run(_run(paths, days, serve, as_json))
        except KeyboardInterrupt:
            say("ended")
            if not serve:
                raise typer.Exit(REFUSED) from None


async def _run(paths: DemoPaths, days: int, serve: bool, as_json: bool) -> None:
    from veriwatt.testing.demo.scenario import Demo, DemoTooSlow

    now = time.time_ns() // 1_000_000
    async with Demo(paths, days, now, say) as running:
        try:
            async with asyncio.timeout(PATIENCE):
                await running.found_consortium()
                progress = Progress("collecting", "readings")
                await running.collect_days(progress)
                progress.end()
        except TimeoutError:
            raise DemoTooSlow(PATIENCE) from None
        running.compare_totals()
        running.prove_readings()
        if not serve:
            _answer(running.result, paths, "", as_json)
            return
        async with running.serve() as live:
            _answer(running.result, paths, live.sign_in, as_json)
            say("new readings arrive every minute; Ctrl-C ends the demo")
            await live.until_something_ends()


def _answer(result: DemoResult, paths: DemoPaths, sign_in: str, as_json: bool) -> None:
    fields: dict[str, Any] = {
        "collected": result.collected,
        "anchored": result.anchored,
        "proved": result.proved,
        "gaps": result.gaps,
        "tampered": result.tampered,
        "refused_frames": result.refused_frames,
        "plants": [asdict(plant) for plant in result.plants],
        "chain_id": result.chain_id,
        "home": str(paths.home),
        "sign_in": sign_in or None,
    }
    words = f"{result.collected:,} readings collected, {result.anchored:,} anchored, {result.proved} proved"
    answer(fields, as_json, lambda: f"{words}\nthe page, signed in once: {sign_in}" if sign_in else words)
    sys.stdout.flush()


@contextmanager
def _demo_paths(home: Path | None) -> Iterator[DemoPaths]:
    """The demo's folders, with a passphrase of their own where none is set; temporary ones are removed at the end."""
    from veriwatt.testing.demo.paths import DemoPaths

    temporary = None if home is not None else Path(tempfile.mkdtemp(prefix="veriwatt-demo-"))
    paths = DemoPaths(home.absolute() if home is not None else (temporary or Path()) / "home")
    if paths.home.exists() or paths.outside.exists():
        raise Refused(f"{paths.home} or {paths.outside} exists already; name a new folder with --home")
    before = os.environ.get(FILE_VARIABLE)
    try:
        _give_passphrase(paths)
        yield paths
    finally:
        if before is None:
            os.environ.pop(FILE_VARIABLE, None)
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def _give_passphrase(paths: DemoPaths) -> None:
    if passphrase() is not None:
        return
    paths.outside.mkdir(parents=True)
    paths.passphrase.touch(0o600)
    paths.passphrase.write_text(secrets.token_urlsafe(24) + "\n")
    os.environ[FILE_VARIABLE] = str(paths.passphrase)
    say(f"no passphrase is set: drew one at random for this demo, in {paths.passphrase}")


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does, so that its folders are removed and its ports closed.

    A shell starts background jobs with SIGINT ignored; SIGTERM must end those too, so SIGINT is heard again.
    """

    def end(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, end), signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
