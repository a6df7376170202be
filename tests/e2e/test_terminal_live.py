"""A live terminal with real meters and a real node over HTTP: what it read arrives, whatever was away meanwhile."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from veriwatt.errors import Unavailable
from veriwatt.model.enrolment import Certify
from veriwatt.model.handover import parse_request
from veriwatt.model.status import Status
from veriwatt.model.statuses import count_statuses
from veriwatt.model.upload import parse_frame
from veriwatt.node import Home, found_home
from veriwatt.node.terminal import TerminalHome, make_terminal
from veriwatt.services.enrolling import enrol_terminal, hand_over
from veriwatt.services.founding import OWNER
from veriwatt.services.terminal_loop import Delivery
from veriwatt.terminal.spool import Spool
from veriwatt.terminal.spooled import FrameState
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.plants import Endpoint, Park
from veriwatt.units import DAY, HOUR, MINUTE, UtcMillis

ORG = "north-steel"
COMMAND = [sys.executable, "-c", "from veriwatt.cli import main; main()", "node", "run"]
POINTS, QUARTER = 10, 15 * MINUTE


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """The steel works of the park, its terminal, and the home of a node that may run or not."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.node, self.port = folder, folder / "node", free_port()
        self.start: UtcMillis = 20_700 * DAY  # long before the real time by which the node judges
        self.clock, self.park = SimClock(self.start), Park(5, self.start)
        self.process: subprocess.Popen[str] | None = None

    def equip(self, endpoints: dict[str, Endpoint], *, certified: bool = True) -> TerminalHome:
        found_home(self.node, ORG, unprotected=True, clock=self.clock)
        config = self.folder / "terminal.toml"
        config.write_text(self.park.terminal_configs(endpoints, f"http://127.0.0.1:{self.port}")["steel"])
        with Home(self.node, self.clock) as home:
            make_terminal(self.folder / "t1", config, home.paths.trust, unprotected=True)
            terminal = TerminalHome(self.folder / "t1", self.clock)
            request, desk = parse_request(terminal.request()), home.desk(ORG)
            enrol_terminal(home.ledger, desk, home.keys, request)
            if certified:
                desk.submit(Certify(ORG, request.terminal, self.start, self.start + 1000 * DAY))
            terminal.install(hand_over(home.ledger, desk, home.keys, home.keys.member(ORG, OWNER), request))
        settings = self.node / "node.toml"
        settings.write_text(settings.read_text().replace("anchor_seconds = 60", "anchor_seconds = 1"))
        return terminal

    def certify(self) -> None:
        with Home(self.node) as home:
            home.desk(ORG).submit(Certify(ORG, "steel-1", self.start, self.start + 1000 * DAY))

    def up(self) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "--home", str(self.node), "--listen", f"127.0.0.1:{self.port}"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("http")

    def down(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.communicate(timeout=30)
            self.process = None

    def anchored(self) -> Counter[Status]:
        """Slots by status in the node's anchored frames."""
        counts: Counter[Status] = Counter()
        with Home(self.node) as home:
            chain = home.room(ORG).chain
            for position in range(chain.anchored_size):
                for group in parse_frame(chain.upload(position)).header.groups:
                    counts.update(count_statuses(group.statuses))
        return counts


async def until(what: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until `what()` holds."""
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.05)


def finals(terminal: TerminalHome) -> tuple[int, int]:
    counts = terminal.spool.counts()
    return counts.get(FrameState.FINAL, 0), sum(counts.values())


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.down()


def test_readings_of_hours_without_a_node_arrive_when_it_is_back(site: Site) -> None:
    async def go() -> None:
        async with site.park.serve() as endpoints:
            with site.equip(endpoints) as terminal:
                drivers, told = terminal.drivers(), list[str]()
                loop = terminal.loop(drivers, terminal.door(), lambda code, _: told.append(code))
                running = asyncio.create_task(loop.run())
                await asyncio.sleep(0.05)  # until it sleeps on the clock
                await site.clock.drive(site.start + 2 * HOUR, site.park.advance_to)
                await until(lambda: "unavailable" in told)
                assert finals(terminal)[1] == 16  # two groups, a frame each a quarter of an hour
                site.up()
                await until(lambda: finals(terminal) == (16, 16))
                await site.clock.drive(site.start + 3 * HOUR, site.park.advance_to)
                await until(lambda: finals(terminal) == (24, 24))
                loop.stop()
                await running
                for driver in drivers.values():
                    await driver.close()

    asyncio.run(go())
    site.down()
    assert site.anchored()[Status.MEASURED] == POINTS * 12


def test_a_terminal_that_was_off_states_gaps_and_loses_nothing_it_had_read(site: Site) -> None:
    async def work(terminal: TerminalHome, end: UtcMillis) -> None:
        drivers = terminal.drivers()
        loop = terminal.loop(drivers, terminal.door(), lambda *_: None)
        running = asyncio.create_task(loop.run())
        await asyncio.sleep(0.05)
        await site.clock.drive(end, site.park.advance_to)
        await until(lambda: finals(terminal)[0] == finals(terminal)[1])
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        for driver in drivers.values():
            await driver.close()

    async def go() -> None:
        async with site.park.serve() as endpoints:
            with site.equip(endpoints) as terminal:
                site.up()
                await work(terminal, site.start + HOUR)
            site.park.advance_to(site.start + 2 * HOUR + MINUTE)
            site.clock.advance_to(site.start + 2 * HOUR + MINUTE)
            with TerminalHome(site.folder / "t1", site.clock) as again:
                await work(again, site.start + 3 * HOUR)

    asyncio.run(go())
    site.down()
    counts = site.anchored()
    assert (counts[Status.MEASURED], counts[Status.GAP]) == (POINTS * 8, POINTS * 4)


def test_frames_of_before_the_certification_wait_and_are_taken_once_it_covers_them(site: Site) -> None:
    async def go() -> None:
        async with site.park.serve() as endpoints:
            with site.equip(endpoints, certified=False) as terminal:
                drivers = terminal.drivers()
                site.up()
                sampling = asyncio.create_task(terminal.sampler(drivers).run(site.start + HOUR))
                await site.clock.drive(site.start + HOUR, site.park.advance_to)
                await sampling
                terminal.collector().frame(site.start + HOUR)
                terminal.framer.sign()
                with Spool(terminal.paths.spool) as own:
                    delivery = Delivery(own, terminal.framer, terminal.door())
                    with pytest.raises(Exception, match="not-certified"):
                        delivery.once()
                    site.down()
                    with pytest.raises(Unavailable):
                        delivery.once()
                    site.certify()
                    site.up()
                    assert delivery.once() == 2
                    await until(lambda: delivery.once() == 0 and not delivery.unfinished())
                for driver in drivers.values():
                    await driver.close()

    asyncio.run(go())
    site.down()
    assert site.anchored()[Status.MEASURED] == POINTS * 4
