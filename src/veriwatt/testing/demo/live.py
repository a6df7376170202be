"""After the week: the node serves its page, and the plants go on at the pace of this machine's clock.

The node runs as a process of its own, by `veriwatt node run`; terminals deliver to it over HTTP.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from veriwatt.errors import Unavailable
from veriwatt.home.paths import HomePaths
from veriwatt.node.home import Home
from veriwatt.terminal.drivers.modbus_tcp.register import Register
from veriwatt.terminal.home import TerminalHome
from veriwatt.testing.demo.paths import DemoPaths
from veriwatt.testing.demo.terminals import PlantTerminal, enrol, hand_keys

ANCHOR_SECONDS = 5
"""Interval of the demo node's anchors, short enough to be watched."""

PORT = 8000
STARTING = 60
"""Seconds within which the node must print its sign-in link."""

STOPPING = 20

_PROGRAM = "from veriwatt.cli import main; main()"


@dataclass(frozen=True, slots=True)
class RunningNode:
    """The running node: its sign-in link, and its process."""

    sign_in: str
    process: asyncio.subprocess.Process


def add_minute_points(home: Home, terminal: PlantTerminal, node: str) -> None:
    """Let the terminal read its plant's power every minute from now on, and deliver to `node`.

    Closes the terminal's home. The org registers the new points and hands the terminal their keys.
    """
    home_before, clock = terminal.home, terminal.home.clock
    power = next(point for point in home_before.config.points if point.id.endswith("main/power"))
    register = power.address
    assert isinstance(register, Register)
    added = (
        f'\n[[point]]\nid = "{power.id}/minute"\nmeter = "{power.meter}"\nregister = {register.address}\n'
        f'type = "{register.type.value}"\nscale = "{power.scale}"\nenergy = "electricity"\n'
        f'unit = "{power.definition.unit}"\nkind = "instant"\nslot = "1m"\ngroup = "minute"\n'
    )
    text = home_before.paths.config.read_text("utf-8").replace(home_before.config.node, node)
    home_before.close()
    home_before.paths.config.write_text(text + added, "utf-8")
    with TerminalHome(home_before.paths.root, clock) as renewed:
        made = PlantTerminal(terminal.plant, renewed)
        enrol(home, made)
        hand_keys(home, made)


def anchor_often(root: Path) -> None:
    """Set the anchor interval of the node with this home to `ANCHOR_SECONDS`."""
    settings = HomePaths(root).settings
    lines = settings.read_text("utf-8").splitlines()
    changed = [f"anchor_seconds = {ANCHOR_SECONDS}" if line.startswith("anchor_seconds") else line for line in lines]
    settings.write_text("\n".join(changed) + "\n", "utf-8")


def free_port() -> int:
    """`PORT` if it is free, else any free port."""
    for port in (PORT, 0):
        with suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise Unavailable("no port of 127.0.0.1 is free")


@asynccontextmanager
async def running_node(paths: DemoPaths, port: int) -> AsyncIterator[RunningNode]:
    """Run `veriwatt node run` on the demo's home; stop it on leaving the block, by a signal first."""
    arguments = ("-c", _PROGRAM, "node", "run", "--home", str(paths.home), "--listen", f"127.0.0.1:{port}")
    with paths.node_log.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield RunningNode(await _sign_in_link(process, paths), process)
    finally:
        await _stop(process)


async def _sign_in_link(process: asyncio.subprocess.Process, paths: DemoPaths) -> str:
    assert process.stdout is not None
    with suppress(TimeoutError):
        line = await asyncio.wait_for(process.stdout.readline(), STARTING)
        if line.startswith(b"http"):
            return line.decode().strip()
    raise Unavailable(f"the node did not start; {paths.node_log} says why")


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOPPING)
    except TimeoutError:
        process.kill()
        await process.wait()
