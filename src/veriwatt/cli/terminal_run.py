"""`veriwatt terminal run`: a live terminal."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer

from veriwatt.cli.output import say
from veriwatt.terminal.framing.collector import FRAME_EVERY
from veriwatt.terminal.home import TerminalHome
from veriwatt.terminal.remedies import points_waiting
from veriwatt.units import MINUTE, UtcMillis


def run(
    directory: Annotated[Path, typer.Argument(help="The terminal's own home.")],
    frame_minutes: Annotated[
        int, typer.Option(min=1, max=1440, help="A frame is made as soon as the slots of so many minutes wait.")
    ] = FRAME_EVERY // MINUTE,
) -> None:
    """Read the meters on their grid, sign, and deliver to the node until SIGTERM or Ctrl-C.

    Nothing that was read is lost when the node, the network or the power is away: it is delivered later.
    """
    with TerminalHome(directory) as held:
        asyncio.run(_run(held, frame_minutes * MINUTE))


async def _run(held: TerminalHome, every: UtcMillis) -> None:
    drivers = held.drivers()
    loop = held.loop(drivers, held.log_host(), lambda code, why: say(f"{code}: {why}"), every)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, loop.stop)
    say(f"terminal {held.config.name} reads {len(drivers)} meters and delivers to {held.config.node}")
    for what in points_waiting(held.waiting()):
        say(what)
    try:
        await loop.run()
    finally:
        for driver in drivers.values():
            await driver.close()
