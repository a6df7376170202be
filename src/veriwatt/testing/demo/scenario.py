"""The demo from end to end on an embedded ledger, as the README describes it.

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
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from typing import Self

from veriwatt.home.paths import HomePaths
from veriwatt.loghost.recorder import LocalLogHostClient
from veriwatt.node.home import Home
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.demo import attacks, consortium, live, terminals
from veriwatt.testing.demo.days import SLOT, Progress, catch_up, pass_days
from veriwatt.testing.demo.findings import Findings, Report
from veriwatt.testing.demo.paths import DemoPaths
from veriwatt.testing.demo.proofs import make_evidence
from veriwatt.testing.demo.result import DemoResult
from veriwatt.testing.demo.running_plants import ServedDemo, running_plants, wall_clock
from veriwatt.testing.demo.slot_counts import anchored_slots
from veriwatt.testing.demo.terminals import LocalTerminal
from veriwatt.testing.demo.totals import plant_totals
from veriwatt.testing.plants import Park
from veriwatt.testing.plants.park import OFFSET, PLANTS
from veriwatt.units import DAY, HOUR, Interval, UtcMillis

SEED = 20
SPARE_KEY_DAYS = 30

PATIENCE = 600
"""Seconds that the days may take to pass."""


class Demo:
    """Three plants with their terminals, and one node; leaving the `async with` block closes all that was opened."""

    patience = PATIENCE

    def __init__(self, paths: DemoPaths, days: int, now: UtcMillis, report: Report, progress: Progress) -> None:
        """Cover the `days` whole local days that end at the last midnight before `now`; nothing is made yet."""
        end = (now + OFFSET) // DAY * DAY - OFFSET
        self.paths, self.span = paths, Interval(end - days * DAY, end)
        self.clock = SimClock(self.span.start - HOUR)
        self.park = Park(SEED, self.clock.now())
        self.findings = Findings(paths, report)
        self.terminals: list[LocalTerminal] = []
        self._report, self._progress = report, progress
        self._stack, self._async_stack = ExitStack(), AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stack.close()
        await self._async_stack.aclose()

    @property
    def result(self) -> DemoResult:
        return self.findings.result

    async def show(self) -> None:
        """Everything up to the page; NotProven if something does not hold."""
        await self.found_consortium()
        await self.collect_days()
        self.compare_totals()
        self.prove_readings()

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
        configs = self.park.terminal_configs(endpoints)
        for plant in PLANTS:
            made = terminals.made_terminal(self.paths, self.clock, plant, configs[plant.name], self.paths.trust)
            self._stack.callback(made.home.close)
            terminals.enrol(self.home, made)
            terminals.certify_terminal(self.home, made)
            terminals.hand_keys(self.home, made, days)
            self.terminals.append(terminals.beside_log_host(self.home, made))
            self._report(terminals.told(made))

    async def collect_days(self) -> None:
        """Let the days pass; NotProven unless every collected reading is anchored on the ledger."""
        began = time.monotonic()
        collected = await pass_days(self.span, self.park, self.clock, self.terminals, self._progress)
        self._progress.end()
        counts = [anchored_slots(self.home, terminal.plant.org) for terminal in self.terminals]
        frames = sum(self.home.org_log(t.plant.org).chain.anchored_size for t in self.terminals)
        self.findings.all_anchored(collected, counts, frames, time.monotonic() - began)

    def compare_totals(self) -> None:
        """Report what each plant used; NotProven when a total differs from what its meters counted."""
        self.findings.totals_equal([plant_totals(self.home, self.park, each, self.span) for each in self.terminals])

    def prove_readings(self) -> None:
        """Evidence, verified by files alone; a tampered evidence file and two false frames, refused."""
        made = [make_evidence(self.home, self.paths, each, self.span, SLOT) for each in self.terminals]
        now = self.clock.now()
        self.findings.readings_proven([path for files in made for path in files], now)
        self.findings.tampered_refused(now)
        steel, hour = self.terminals[0].plant, Interval(now - HOUR, now)
        log_host = LocalLogHostClient(self.home.org_log(steel.org).acceptance, lambda: now)
        self.findings.false_frames_refused(
            lambda upload: log_host.send([upload])[0],
            attacks.frame_of_impostor(self.home, steel, hour),
            attacks.frame_of_uncertified_terminal(self.home, steel, hour),
        )

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[ServedDemo]:
        """Catch up with this machine's clock, then serve the page while the plants go on."""
        self._report("the plants catch up with the present")
        await catch_up(lambda: wall_clock() // SLOT * SLOT, self.park, self.clock, self.terminals)
        port = live.free_port()
        for terminal in self.terminals:
            live.add_minute_points(self.home, terminal, f"http://127.0.0.1:{port}")
        live.anchor_often(self.paths.home)
        self._stack.close()
        async with (
            live.running_node(self.paths, port) as node,
            running_plants(self.terminals, self.park, self.clock, self._report) as working,
        ):
            yield ServedDemo({consortium.OPERATOR: node.sign_in}, working, node.process.wait)
