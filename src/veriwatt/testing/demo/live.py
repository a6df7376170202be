"""After the week: the node serves its page, and the plants go on at the pace of this machine's clock.

The node runs as a process of its own, by `veriwatt node run`; terminals deliver to it over HTTP.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

from veriwatt.errors import Unavailable
from veriwatt.home.paths import HomePaths
from veriwatt.membership.enrolment import enrol_terminal, hand_over
from veriwatt.membership.new_ledger import OWNER
from veriwatt.model.terminals.handover import parse_request
from veriwatt.node.home import Home
from veriwatt.terminal.drivers.modbus_tcp.register import Register
from veriwatt.terminal.home import TerminalHome
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.demo.consortium import PlantTerminal
from veriwatt.testing.demo.paths import DemoPaths
from veriwatt.testing.plants import Park
from veriwatt.units import MINUTE, UtcMillis

ANCHOR_SECONDS = 5
"""Interval of the demo node's anchors, short enough to be watched."""

PORT = 8000
STARTING = 60
"""Seconds within which the node must print its sign-in link."""

STOPPING = 20
TICK = 0.2

_PROGRAM = "from veriwatt.cli import main; main()"

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class RunningNode:
    """The running node: its sign-in link, and its process."""

    sign_in: str
    process: asyncio.subprocess.Process


def wall_clock() -> UtcMillis:
    return time.time_ns() // 1_000_000


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
        request = parse_request(renewed.request())
        member_client, member = home.member_client(terminal.plant.org), home.keys.member(terminal.plant.org, OWNER)
        enrol_terminal(home.ledger, member_client, home.keys, request, home.clock.now())
        renewed.accept(hand_over(home.ledger, member_client, home.keys.agent, member, request))


def anchor_often(paths: DemoPaths) -> None:
    """Set the demo node's anchor interval to `ANCHOR_SECONDS`."""
    settings = HomePaths(paths.home).settings
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


@asynccontextmanager
async def running_plants(
    terminals: list[PlantTerminal], park: Park, clock: SimClock, report: Report
) -> AsyncIterator[asyncio.Task[None]]:
    """Run meters and terminals in step with this machine's clock; the task ends only when one of them fails."""
    async with AsyncExitStack() as stack:
        loops, running = [], list[asyncio.Task[None]]()
        for terminal in terminals:
            home = stack.enter_context(TerminalHome(terminal.home.paths.root, clock))
            drivers = home.drivers()
            for driver in drivers.values():
                stack.push_async_callback(driver.close)
            loops.append(home.loop(drivers, home.log_host(), _reporter(home.config.name, report), MINUTE))
        running = [asyncio.create_task(loop.run()) for loop in loops]
        running.append(asyncio.create_task(_keep_pace(park, clock)))
        together = asyncio.create_task(_first_end(running))
        try:
            yield together
        finally:
            for loop in loops:
                loop.stop()
            for task in (together, running[-1]):
                task.cancel()
            await asyncio.gather(together, *running, return_exceptions=True)


async def _first_end(tasks: list[asyncio.Task[None]]) -> None:
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


async def _keep_pace(park: Park, clock: SimClock) -> None:
    while True:
        await clock.drive(max(wall_clock(), clock.now()), park.advance_to)
        await asyncio.sleep(TICK)


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


def _reporter(name: str, report: Report) -> Callable[[str, str], None]:
    def note(code: str, why: str) -> None:
        if code not in ("ready", "delivered"):
            report(f"{name}: {why} [{code}]")

    return note


@dataclass(frozen=True, slots=True)
class ServedDemo:
    """The served demo: the sign-in link, the task of the plants, and the node's exit."""

    sign_in: str
    working: asyncio.Task[None]
    node_ended: Callable[[], Awaitable[int]]

    async def until_something_ends(self) -> None:
        """Wait; raise the error that stopped the plants, or Unavailable when the node ended. Never returns."""
        node = asyncio.ensure_future(self.node_ended())
        try:
            await asyncio.wait([self.working, node], return_when=asyncio.FIRST_COMPLETED)
        finally:
            node.cancel()
        if self.working.done():
            self.working.result()
        raise Unavailable("the node stopped by itself; its log says why")
