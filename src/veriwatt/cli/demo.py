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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from veriwatt.cli.output import REFUSED, Json, Progress, answer, say
from veriwatt.crypto.passphrase import FILE_VARIABLE
from veriwatt.errors import BadInput, Refused
from veriwatt.home.key_store_file import passphrase

if TYPE_CHECKING:
    from veriwatt.testing.demo.network.scenario import NetworkDemo
    from veriwatt.testing.demo.paths import DemoPaths
    from veriwatt.testing.demo.result import DemoResult
    from veriwatt.testing.demo.scenario import Demo

    AnyDemo = Demo | NetworkDemo

DAYS, MINUTES = 7, 2


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    days: Annotated[
        int | None, typer.Option(min=1, max=366, help="Days that pass before the page is served; 7 by default.")
    ] = None,
    network: Annotated[
        int | None,
        typer.Option(
            help="Run the ledger on so many validators instead, in real time, with a node for each org. With 4 it goes "
            "on when one stops; with fewer it stands still. Needs `make engines`."
        ),
    ] = None,
    minutes: Annotated[
        int | None, typer.Option(min=1, max=60, help="With --network: minutes of readings; 2 by default.")
    ] = None,
    serve: Annotated[bool, typer.Option(help="Serve the nodes' pages afterwards, until Ctrl-C.")] = True,
    home: Annotated[
        Path | None, typer.Option("--home", help="Where to make the home or homes, and keep them; else temporary.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run a park of three plants: meters over real Modbus, terminals, one node; collect, anchor, prove.

    A week passes in seconds on the plants' own clock; on a network it is minutes. Nothing leaves this machine.
    """
    made = _embedded(days, minutes) if network is None else _on_network(network, minutes or MINUTES, days)
    with _demo_paths(home) as paths, _ended_by_signals():
        try:
            asyncio.run(_run(made, paths, serve, as_json))
        except KeyboardInterrupt:
            say("ended")
            if not serve:
                raise typer.Exit(REFUSED) from None


def _embedded(days: int | None, minutes: int | None) -> Callable[[DemoPaths], AnyDemo]:
    """The demo of one operator, still to be given its folders."""
    from veriwatt.testing.demo.scenario import Demo

    if minutes is not None:
        raise BadInput(where="--minutes", value=minutes, why="is of a network", remedy="write --network 4 or --days")
    now, progress = time.time_ns() // 1_000_000, Progress("collecting", "readings")
    return lambda paths: Demo(paths, days or DAYS, now, say, progress)


def _on_network(validators: int, minutes: int, days: int | None) -> Callable[[DemoPaths], AnyDemo]:
    """The demo on so many validators, still to be given its folders; nothing is made where it cannot run."""
    from veriwatt.testing.demo.network.plan import demo_plan
    from veriwatt.testing.demo.network.scenario import NetworkDemo

    if days is not None:
        raise BadInput(where="--days", value=days, why="blocks are made in real time", remedy="write --minutes 5")
    plan = demo_plan(validators)
    return lambda paths: NetworkDemo(paths, plan, minutes, say)


async def _run(made: Callable[[DemoPaths], AnyDemo], paths: DemoPaths, serve: bool, as_json: bool) -> None:
    from veriwatt.testing.demo.too_slow import DemoTooSlow

    async with made(paths) as running:
        try:
            async with asyncio.timeout(running.patience):
                await running.show()
        except TimeoutError:
            raise DemoTooSlow(running.patience) from None
        if not serve:
            _answer(running.result, paths, {}, as_json)
            return
        async with running.serve() as live:
            _answer(running.result, paths, live.links, as_json)
            say("new readings arrive every minute; Ctrl-C ends the demo")
            await live.until_something_ends()


def _answer(result: DemoResult, paths: DemoPaths, links: Mapping[str, str], as_json: bool) -> None:
    words = f"{result.collected:,} readings collected, {result.anchored:,} anchored, {result.proved} proved"
    told = [f"the page of {org}, signed in once: {link}" for org, link in links.items()]
    sign_in = next(iter(links.values()), "")
    answer(result.fields(paths, sign_in), as_json, lambda: "\n".join([words, *told]))
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
