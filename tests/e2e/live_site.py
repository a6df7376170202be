"""A plant with real meters, its live terminal in this process, and its node in another one, for the tests beside it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from veriwatt.membership.enrolment import enrol_terminal, hand_over
from veriwatt.membership.new_ledger import OWNER
from veriwatt.model.evidence.reading_claim import ClaimedSlot
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.statuses import count_statuses
from veriwatt.model.points.status import Status
from veriwatt.model.terminals.enrolment import Certify
from veriwatt.model.terminals.handover import parse_request
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.reading.evidence.build import build_reading_evidence, evidence_file
from veriwatt.system.free_port import free_port
from veriwatt.terminal.home import TerminalHome
from veriwatt.terminal.home_files import make_terminal
from veriwatt.terminal.spool.spooled_frame import FrameState
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.plants import Endpoint, Park
from veriwatt.units import DAY, MINUTE, UtcMillis
from veriwatt.verify.outcome import verification_outcome
from veriwatt.verify.verdict import Verdict

ORG = "north-steel"
COMMAND = [sys.executable, "-c", "from veriwatt.cli import main; main()", "node", "run"]
POINTS, QUARTER = 10, 15 * MINUTE


def present() -> UtcMillis:
    """The real time, which the node in its own process uses."""
    return time.time_ns() // 1_000_000


class Site:
    """The steel works of the park, its terminal, and the home of a node that may run or not."""

    def __init__(self, folder: Path, port: int = 0, start: UtcMillis = 0) -> None:
        """`start` is by default well before the real time, which the node uses."""
        self.folder, self.node, self.port = folder, folder / "node", port or free_port()
        self.start: UtcMillis = start or present() // DAY * DAY - 60 * DAY
        self.clock, self.park = SimClock(self.start), Park(5, self.start)
        self.process: subprocess.Popen[str] | None = None
        self.scheme = "http"

    def equip(self, endpoints: dict[str, Endpoint], *, certified: bool = True) -> TerminalHome:
        init_home(self.node, ORG, unprotected=True, clock=self.clock)
        config = self.configure(self.folder / "terminal.toml", endpoints)
        with Home(self.node, self.clock) as home:
            make_terminal(self.folder / "t1", config, home.paths.trust, unprotected=True)
            terminal = TerminalHome(self.folder / "t1", self.clock)
            request, member_client = parse_request(terminal.request()), home.member_client(ORG)
            enrol_terminal(home.ledger, member_client, home.keys, request, self.clock.now())
            if certified:
                member_client.submit(Certify(ORG, request.terminal, self.start, self.start + 1000 * DAY))
            terminal.accept(
                hand_over(home.ledger, member_client, home.keys.agent, home.keys.member(ORG, OWNER), request)
            )
        settings = self.node / "node.toml"
        settings.write_text(settings.read_text().replace("anchor_seconds = 60", "anchor_seconds = 1"))
        return terminal

    def configure(self, path: Path, endpoints: dict[str, Endpoint]) -> Path:
        """Write the terminal's configuration: the meters are at these endpoints now."""
        path.write_text(self.park.terminal_configs(endpoints, f"{self.scheme}://127.0.0.1:{self.port}")["steel"])
        return path

    def again(self) -> TerminalHome:
        """The terminal's home, opened once more."""
        return TerminalHome(self.folder / "t1", self.clock)

    def hand_over(self, terminal: TerminalHome) -> None:
        """New window keys, as `terminal request`, `renew-keys` and `accept` bring them; the node is down meanwhile."""
        with Home(self.node, self.clock) as home:
            request, member = parse_request(terminal.request()), home.keys.member(ORG, OWNER)
            terminal.accept(hand_over(home.ledger, home.member_client(ORG), home.keys.agent, member, request))

    def certify(self) -> None:
        with Home(self.node) as home:
            home.member_client(ORG).submit(Certify(ORG, "steel-1", self.start, self.start + 1000 * DAY))

    def up(self) -> None:
        log = self.folder / "node.log"
        with log.open("w") as stderr:
            self.process = subprocess.Popen(
                [
                    *COMMAND,
                    *(["--tls"] if self.scheme == "https" else []),
                    *("--home", str(self.node), "--listen", f"127.0.0.1:{self.port}"),
                ],
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("http"), log.read_text()

    def down(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.communicate(timeout=30)
            self.process = None

    def anchored(self) -> Counter[Status]:
        """Slots by status in the node's anchored frames."""
        counts: Counter[Status] = Counter()
        with Home(self.node) as home:
            chain = home.org_log(ORG).chain
            for position in range(chain.anchored_size):
                for group in parse_frame(chain.upload(position)).header.groups:
                    counts.update(count_statuses(group.statuses))
        return counts

    def evidence(self, point: str, start: UtcMillis) -> dict[str, object]:
        """What the evidence of a slot proves against the node's trust file."""
        with Home(self.node) as home:
            position = home.view().versions(ORG, point, start)[-1]
            claim, key = ClaimedSlot(ORG, point, start), home.keys.agent
            raw = evidence_file(build_reading_evidence(home.ledger, home.org_log(ORG).chain, key, claim, position))
            trust = parse_trust(home.paths.trust.read_bytes())
        proven = verification_outcome(raw, trust, present())
        assert proven.verdict is Verdict.PROVEN, proven.failed
        return proven.facts


async def until(what: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until `what()` holds."""
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110 - it happens in another process
            await asyncio.sleep(0.05)


def finals(terminal: TerminalHome) -> tuple[int, int]:
    counts = terminal.spool.counts()
    return counts.get(FrameState.FINAL, 0), sum(counts.values())


class Work:
    """A terminal at work in this process, in step with its site's clock; `reported` are the codes of its reports."""

    def __init__(self, site: Site, terminal: TerminalHome) -> None:
        self.site, self.terminal, self.reported = site, terminal, list[str]()

    async def until_reported(self, code: str) -> None:
        await until(lambda: code in self.reported)

    async def drive(self, end: UtcMillis) -> None:
        """Let time pass stop by stop: a sampler that begins anew meanwhile never finds that days passed at once."""
        clock = self.site.clock
        while clock.now() < end:
            await until(lambda: clock.next_stop is not None)
            await clock.drive(min(end, clock.next_stop or end), self.site.park.advance_to)

    async def until_final(self, frames: int) -> None:
        """Wait until that many frames were made, and all are final."""
        await until(lambda: finals(self.terminal) == (frames, frames))


@asynccontextmanager
async def equipped(site: Site) -> AsyncIterator[TerminalHome]:
    """The site's meters answer, its terminal is certified, and its node is up."""
    async with site.park.serve() as endpoints:
        with site.equip(endpoints) as terminal:
            site.up()
            yield terminal


@asynccontextmanager
async def at_work(site: Site, terminal: TerminalHome, *, until_reported: str = "") -> AsyncIterator[Work]:
    """The terminal's loop, running until the block ends; the block begins when the terminal has reported that code."""
    work, drivers = Work(site, terminal), terminal.drivers()
    loop = terminal.loop(drivers, terminal.log_host(), lambda code, _: work.reported.append(code))
    running = asyncio.create_task(loop.run())
    try:
        await until(lambda: site.clock.next_stop is not None or running.done())
        if until_reported:
            await work.until_reported(until_reported)
        yield work
    finally:
        loop.stop()
        await running
        for driver in drivers.values():
            await driver.close()
