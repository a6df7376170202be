"""`veriwatt demo`: a consortium in miniature."""

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
    from veriwatt.testing.demo.places import Places
    from veriwatt.testing.demo.scenario import Shown

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
    with _places(home) as places, _ended_by_signals():
        try:
            asyncio.run(_run(places, days, serve, as_json))
        except KeyboardInterrupt:
            say("ended")
            if not serve:
                raise typer.Exit(REFUSED) from None


async def _run(places: Places, days: int, serve: bool, as_json: bool) -> None:
    from veriwatt.testing.demo.scenario import Demo, DemoTooSlow

    now = time.time_ns() // 1_000_000
    async with Demo(places, days, now, say) as running:
        try:
            async with asyncio.timeout(PATIENCE):
                await running.begin()
                progress = Progress("collecting", "readings")
                await running.collect(progress)
                progress.end()
        except TimeoutError:
            raise DemoTooSlow(PATIENCE) from None
        running.total()
        running.prove()
        if not serve:
            _answer(running.shown, places, "", as_json)
            return
        async with running.live() as live:
            _answer(running.shown, places, live.sign_in, as_json)
            say("new readings arrive every minute; Ctrl-C ends the demo")
            await live.until_something_ends()


def _answer(shown: Shown, places: Places, sign_in: str, as_json: bool) -> None:
    result: dict[str, Any] = {
        "collected": shown.collected,
        "anchored": shown.anchored,
        "proved": shown.proved,
        "gaps": shown.gaps,
        "tampered": shown.tampered,
        "refused_frames": shown.refused_frames,
        "plants": [asdict(plant) for plant in shown.plants],
        "chain_id": shown.chain_id,
        "home": str(places.home),
        "sign_in": sign_in or None,
    }
    words = f"{shown.collected:,} readings collected, {shown.anchored:,} anchored, {shown.proved} proved"
    answer(result, as_json, lambda: f"{words}\nthe page, signed in once: {sign_in}" if sign_in else words)
    sys.stdout.flush()


@contextmanager
def _places(home: Path | None) -> Iterator[Places]:
    """The demo's folders, with a passphrase of their own where none is set; temporary ones are removed at the end."""
    from veriwatt.testing.demo.places import Places

    temporary = None if home is not None else Path(tempfile.mkdtemp(prefix="veriwatt-demo-"))
    places = Places(home.absolute() if home is not None else (temporary or Path()) / "home")
    if places.home.exists() or places.outside.exists():
        raise Refused(f"{places.home} or {places.outside} exists already; name a new folder with --home")
    before = os.environ.get(FILE_VARIABLE)
    try:
        _give_passphrase(places)
        yield places
    finally:
        if before is None:
            os.environ.pop(FILE_VARIABLE, None)
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def _give_passphrase(places: Places) -> None:
    if passphrase() is not None:
        return
    places.outside.mkdir(parents=True)
    places.passphrase.touch(0o600)
    places.passphrase.write_text(secrets.token_urlsafe(24) + "\n")
    os.environ[FILE_VARIABLE] = str(places.passphrase)
    say(f"no passphrase is set: drew one at random for this demo, in {places.passphrase}")


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """A termination ends the demo as Ctrl-C does, so that its folders and ports are let go."""

    def end(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
