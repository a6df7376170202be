"""The demo from end to end, as the README describes it.

    found_consortium   a ledger, orgs, meters on Modbus TCP, and terminals that a metrology body certifies
    collect_days       the terminals collect a week; their frames are delivered and anchored
    compare_totals     what the node's readings add up to is what the meters counted
    prove_readings     evidence files are verified offline; a tampered file and false frames are refused
    serve              the node serves its page while the plants go on

Progress lines go to `report`; results are in `Demo.result`.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

from veriwatt.errors import NotProven, Unavailable
from veriwatt.home.paths import HomePaths
from veriwatt.model.points.status import Status
from veriwatt.node.home import Home
from veriwatt.terminal.delivery.log_host_client import Delivered
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.demo import attacks, consortium, live
from veriwatt.testing.demo.consortium import PlantTerminal
from veriwatt.testing.demo.days import SLOT, Progress, anchored_slots, catch_up, pass_days
from veriwatt.testing.demo.live import ServedDemo
from veriwatt.testing.demo.paths import DemoPaths
from veriwatt.testing.demo.proofs import make_evidence, prove_all, verify_file
from veriwatt.testing.demo.totals import PlantTotals, compare_totals
from veriwatt.testing.plants import Park
from veriwatt.testing.plants.park import OFFSET
from veriwatt.units import DAY, HOUR, Interval, UtcMillis

SEED = 20
SPARE_KEY_DAYS = 30

Report = Callable[[str], None]


@dataclass(slots=True)
class DemoResult:
    """What the demo found; the fields that `--json` prints."""

    collected: int = 0
    anchored: int = 0
    proved: int = 0
    gaps: int = 0
    tampered: dict[str, object] = field(default_factory=dict)
    refused_frames: dict[str, dict[str, str]] = field(default_factory=dict)
    plants: list[PlantTotals] = field(default_factory=list)
    chain_id: str = ""


class Demo:
    """Three plants with their terminals, and one node; leaving the `async with` block closes all that was opened."""

    def __init__(self, paths: DemoPaths, days: int, now: UtcMillis, report: Report) -> None:
        """Cover the `days` whole local days that end at the last midnight before `now`; nothing is made yet."""
        end = (now + OFFSET) // DAY * DAY - OFFSET
        self.paths, self.span = paths, Interval(end - days * DAY, end)
        self.clock = SimClock(self.span.start - HOUR)
        self.park = Park(SEED, self.clock.now())
        self.result = DemoResult()
        self.terminals: list[PlantTerminal] = []
        self._report, self._stack, self._async_stack = report, ExitStack(), AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stack.close()
        await self._async_stack.aclose()

    async def found_consortium(self) -> None:
        """Make the ledger, the orgs, the meters, and terminals that are enrolled and certified before the first day."""
        founded = consortium.found_ledger(self.paths, self.clock)
        self.result.chain_id = founded["chain_id"]
        self.paths.outside.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(HomePaths(self.paths.home).trust, self.paths.trust)
        self.home = self._stack.enter_context(Home(self.paths.home, self.clock))
        consortium.admit_orgs(self.home)
        self._report(f"ledger {founded['chain_id']}, run by a single operator; members: {', '.join(self.home.orgs())}")
        endpoints = await self._async_stack.enter_async_context(self.park.serve())
        self._report(f"{len(endpoints)} meters answer over Modbus TCP on loopback")
        days = (self.span.end - self.span.start) // DAY + SPARE_KEY_DAYS
        for plant, config in consortium.plant_configs(self.park.terminal_configs(endpoints)):
            made = consortium.install_terminal(self.home, self.paths, self.clock, plant, config, days)
            self._stack.callback(made.home.close)
            self.terminals.append(made)
            self._report(
                f"terminal {made.home.config.name} of {plant.org}: {len(made.points)} points of {len(plant.meters)} "
                f"meters; it proved its key, its org enrolled it, {consortium.METROLOGY} certified it"
            )

    async def collect_days(self, on_progress: Progress) -> None:
        """Let the days pass; NotProven unless every collected reading is anchored on the ledger."""
        began = time.monotonic()
        self.result.collected = await pass_days(self.span, self.park, self.clock, self.terminals, on_progress)
        counts = [anchored_slots(self.home, terminal.plant.org) for terminal in self.terminals]
        self.result.anchored = sum(n for each in counts for status, n in each.items() if status is not Status.ABSENT)
        self.result.gaps = sum(each[Status.GAP] for each in counts)
        frames = sum(self.home.org_log(t.plant.org).chain.anchored_size for t in self.terminals)
        self._report(
            f"{self.result.collected:,} readings collected, {self.result.anchored:,} of them anchored "
            f"in {frames} signed frames; {self.result.gaps:,} gaps; {time.monotonic() - began:.1f} s"
        )
        if self.result.anchored != self.result.collected:
            raise NotProven(f"{self.result.collected} readings were collected and {self.result.anchored} are anchored")

    def compare_totals(self) -> None:
        """Report what each plant used; NotProven when a total differs from what its meters counted."""
        self.result.plants = compare_totals(self.home, self.park, self.terminals, self.span)
        for plant in self.result.plants:
            used = ", ".join(f"{value} {unit} {energy.replace('_', ' ')}" for energy, value, unit in plant.used)
            share = 100 * plant.read / plant.expected
            slots = f"{plant.read:,} of {plant.expected:,} slots read, {share:.2f} %"
            self._report(f"{plant.plant}: {used}; {plant.kgce} kgce; {slots}")
        self._report("every total equals what the simulated meters counted")

    def prove_readings(self) -> None:
        """Evidence, verified by files alone; a tampered_evidence file and two false frames, refused."""
        files = make_evidence(self.home, self.paths, self.terminals, self.span)
        now = self.clock.now()
        self.result.proved = prove_all(files, self.paths.trust, now)
        sizes = [path.stat().st_size for path in files]
        self._report(
            f"{self.result.proved} readings proved from evidence files of {min(sizes):,} to {max(sizes):,} bytes "
            "and the trust file alone, without asking the node"
        )
        self._offer_tampered_evidence(now)
        steel = self.terminals[0].plant
        false = attacks.offer_frame_of_impostor(self.home, steel, now)
        self._expect_refusal("impostor", "a frame in the steel terminal's name, signed by another key", false)
        unknown = attacks.offer_frame_of_uncertified_terminal(self.home, steel, now)
        self._expect_refusal("uncertified", "a frame of a terminal that nobody certified", unknown)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[ServedDemo]:
        """Catch up with this machine's clock, then serve the page while the plants go on."""
        self._report("the plants catch up with the present")
        await catch_up(lambda: live.wall_clock() // SLOT * SLOT, self.park, self.clock, self.terminals)
        port = live.free_port()
        for terminal in self.terminals:
            live.add_minute_points(self.home, terminal, f"http://127.0.0.1:{port}")
        live.anchor_often(self.paths)
        self._stack.close()
        async with (
            live.running_node(self.paths, port) as node,
            live.running_plants(self.terminals, self.park, self.clock, self._report) as working,
        ):
            yield ServedDemo(node.sign_in, working, node.process.wait)

    def _offer_tampered_evidence(self, now: UtcMillis) -> None:
        original = next(iter(sorted(self.paths.evidence.glob("*.vwe"))))
        false = self.paths.evidence / "tampered.vwe"
        false.write_bytes(attacks.tampered_evidence(original.read_bytes()))
        found = verify_file(false, self.paths.trust, now)
        self.result.tampered = {"verdict": found.verdict.value, "failed": found.failed and found.failed.fields()}
        if found.failed is None:
            raise NotProven("evidence with an altered value was not refused")
        self._report(
            f"evidence with a tenth less energy in it: {found.verdict.value} "
            f"at step {found.failed.step}, {found.failed.name}: {found.failed.why}"
        )

    def _expect_refusal(self, name: str, what: str, answer: Delivered) -> None:
        if answer.position is not None:
            raise NotProven(f"{what} was accepted")
        self.result.refused_frames[name] = {"code": answer.code, "why": answer.why}
        self._report(f"{what}: refused, {answer.why} [{answer.code}]")


class DemoTooSlow(Unavailable):
    """The demo's work has not ended in the time it may take."""

    code = "demo-too-slow"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"the demo did not finish within {seconds} s: this machine is too busy, or a meter hangs")
        self.seconds = seconds
