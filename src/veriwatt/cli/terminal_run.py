"""`veriwatt terminal run`: a live terminal."""

from __future__ import annotations

import asyncio
import signal
from typing import Annotated

import typer

from veriwatt.cli.options import TerminalHomeOption
from veriwatt.cli.output import say
from veriwatt.terminal.framing.frame_scheduler import FRAME_EVERY
from veriwatt.terminal.home import TerminalHome
from veriwatt.terminal.remedies import remedies_for_points
from veriwatt.units import MINUTE, UtcMillis


def run(
    home: TerminalHomeOption,
    frame_minutes: Annotated[
        int, typer.Option(min=1, max=1440, help="A frame is made as soon as the slots of so many minutes wait.")
    ] = FRAME_EVERY // MINUTE,
) -> None:
    """Read the meters on their slot grid, sign, and deliver to the node until SIGTERM or Ctrl-C.

    No reading is lost when the node, the network or the power fails: it is delivered later.
    """
    with TerminalHome(home) as terminal:
        asyncio.run(_run(terminal, frame_minutes * MINUTE))


async def _run(terminal: TerminalHome, every: UtcMillis) -> None:
    drivers = terminal.drivers()
    loop = terminal.loop(drivers, terminal.log_host(), lambda code, message: say(f"{code}: {message}"), every)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, loop.stop)
    say(f"terminal {terminal.config.name} reads {len(drivers)} meters and delivers to {terminal.config.node}")
    for remedy in remedies_for_points(terminal.definitions.waiting(terminal.clock.now())):
        say(remedy)
    try:
        await loop.run()
    finally:
        for driver in drivers.values():
            await driver.close()
