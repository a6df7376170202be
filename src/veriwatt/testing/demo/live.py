"""After the week: the node serves its page, and the plants go on at the pace of this machine's clock.

The node is a process of its own, as `veriwatt node run` makes it; terminals deliver to it over HTTP.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
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
from veriwatt.testing.demo.places import Places
from veriwatt.testing.plants import Park
from veriwatt.units import MINUTE, UtcMillis

ANCHOR_SECONDS = 5
"""How soon the demo's node anchors, so that a reader sees it happen."""

PORT = 8000
STARTING = 60
"""Seconds that the node has to answer."""

STOPPING = 20
TICK = 0.2

_PROGRAM = "from veriwatt.cli import main; main()"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Serving:
    """The running node: its sign-in link, and what ends when it does."""

    sign_in: str
    process: asyncio.subprocess.Process


def present() -> UtcMillis:
    return time.time_ns() // 1_000_000


def add_minute_points(home: Home, terminal: PlantTerminal, node: str) -> None:
    """Let the terminal read its plant's power every minute from now on, and deliver to `node`.

    The terminal's own home is closed meanwhile; its org registers the new points and hands it their keys.
    """
    held, clock = terminal.home, terminal.home.clock
    power = next(point for point in held.config.points if point.id.endswith("main/power"))
    register = power.address
    assert isinstance(register, Register)
    added = (
        f'\n[[point]]\nid = "{power.id}/minute"\nmeter = "{power.meter}"\nregister = {register.address}\n'
        f'type = "{register.type.value}"\nscale = "{power.scale}"\nenergy = "electricity"\n'
        f'unit = "{power.definition.unit}"\nkind = "instant"\nslot = "1m"\ngroup = "minute"\n'
    )
    text = held.paths.config.read_text("utf-8").replace(held.config.node, node)
    held.close()
    held.paths.config.write_text(text + added, "utf-8")
    with TerminalHome(held.paths.root, clock) as renewed:
        request = parse_request(renewed.request())
        member_client, member = home.member_client(terminal.plant.org), home.keys.member(terminal.plant.org, OWNER)
        enrol_terminal(home.ledger, member_client, home.keys, request, home.clock.now())
        renewed.accept(hand_over(home.ledger, member_client, home.keys.agent, member, request))


def quicken(places: Places) -> None:
    """Let the demo's node anchor every few seconds."""
    settings = HomePaths(places.home).settings
    lines = settings.read_text("utf-8").splitlines()
    kept = [f"anchor_seconds = {ANCHOR_SECONDS}" if line.startswith("anchor_seconds") else line for line in lines]
    settings.write_text("\n".join(kept) + "\n", "utf-8")


def free_port() -> int:
    """8000 where it is free, else any other."""
    for port in (PORT, 0):
        with suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise Unavailable("no port of 127.0.0.1 is free")


@asynccontextmanager
async def serving(places: Places, port: int) -> AsyncIterator[Serving]:
    """`veriwatt node run` on the demo's home; stopped cleanly at the end, whatever happened."""
    arguments = ("-c", _PROGRAM, "node", "run", "--home", str(places.home), "--listen", f"127.0.0.1:{port}")
    with places.node_log.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield Serving(await _sign_in(process, places), process)
    finally:
        await _stop(process)


@asynccontextmanager
async def plants_at_work(
    terminals: list[PlantTerminal], park: Park, clock: SimClock, say: Say
) -> AsyncIterator[asyncio.Task[None]]:
    """Meters and terminals in step with this machine's clock; the task ends only when something failed."""
    async with AsyncExitStack() as stack:
        loops, running = [], list[asyncio.Task[None]]()
        for terminal in terminals:
            home = stack.enter_context(TerminalHome(terminal.home.paths.root, clock))
            drivers = home.drivers()
            for driver in drivers.values():
                stack.push_async_callback(driver.close)
            loops.append(home.loop(drivers, home.log_host(), _teller(home.config.name, say), MINUTE))
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
        await clock.drive(max(present(), clock.now()), park.advance_to)
        await asyncio.sleep(TICK)


async def _sign_in(process: asyncio.subprocess.Process, places: Places) -> str:
    assert process.stdout is not None
    with suppress(TimeoutError):
        line = await asyncio.wait_for(process.stdout.readline(), STARTING)
        if line.startswith(b"http"):
            return line.decode().strip()
    raise Unavailable(f"the node did not start; {places.node_log} says why")


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


def _teller(name: str, say: Say) -> Callable[[str, str], None]:
    def tell(code: str, why: str) -> None:
        if code not in ("ready", "delivered"):
            say(f"{name}: {why} [{code}]")

    return tell
