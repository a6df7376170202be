"""The demo from end to end. Everything said goes through `say`; everything found comes back in a `Shown`."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
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
from veriwatt.testing.demo.places import Places
from veriwatt.testing.demo.proofs import make_evidence, prove_all, verified
from veriwatt.testing.demo.totals import PlantTotals, plant_totals
from veriwatt.testing.demo.week import SLOT, Progress, anchored_slots, catch_up, pass_days
from veriwatt.testing.plants import Park
from veriwatt.testing.plants.park import OFFSET
from veriwatt.units import DAY, HOUR, Interval, UtcMillis

SEED = 20
SPARE_KEY_DAYS = 30

Say = Callable[[str], None]


@dataclass(slots=True)
class Shown:
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
    """A running park; everything it opened is closed with it."""

    def __init__(self, places: Places, days: int, now: UtcMillis, say: Say) -> None:
        """The `days` local days before the midnight before `now` will pass; nothing is made yet."""
        end = (now + OFFSET) // DAY * DAY - OFFSET
        self.places, self.span = places, Interval(end - days * DAY, end)
        self.clock = SimClock(self.span.start - HOUR)
        self.park = Park(SEED, self.clock.now())
        self.shown = Shown()
        self.terminals: list[PlantTerminal] = []
        self._say, self._stack, self._served = say, ExitStack(), AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stack.close()
        await self._served.aclose()

    async def begin(self) -> None:
        """Genesis, orgs, meters, terminals: enrolled by their owners and certified, before the first day begins."""
        said = consortium.found(self.places, self.clock)
        self.shown.chain_id = said["chain_id"]
        self.places.outside.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(HomePaths(self.places.home).trust, self.places.trust)
        self.home = self._stack.enter_context(Home(self.places.home, self.clock))
        consortium.admit(self.home)
        self._say(f"ledger {said['chain_id']}, run by a single operator; members: {', '.join(self.home.orgs())}")
        endpoints = await self._served.enter_async_context(self.park.serve())
        self._say(f"{len(endpoints)} meters answer over Modbus TCP on loopback")
        days = (self.span.end - self.span.start) // DAY + SPARE_KEY_DAYS
        for plant, config in consortium.configs_by_plant(self.park.terminal_configs(endpoints)):
            made = consortium.equip(self.home, self.places, self.clock, plant, config, days)
            self._stack.callback(made.home.close)
            self.terminals.append(made)
            self._say(
                f"terminal {made.home.config.name} of {plant.org}: {len(made.points)} points of {len(plant.meters)} "
                f"meters; it proved its key, its org enrolled it, {consortium.METROLOGY} certified it"
            )

    async def collect(self, on_progress: Progress) -> None:
        """The days pass; what was collected is compared with what the ledger has anchors of."""
        began = time.monotonic()
        self.shown.collected = await pass_days(self.span, self.park, self.clock, self.terminals, on_progress)
        counts = [anchored_slots(self.home, terminal.plant.org) for terminal in self.terminals]
        self.shown.anchored = sum(n for each in counts for status, n in each.items() if status is not Status.ABSENT)
        self.shown.gaps = sum(each[Status.GAP] for each in counts)
        frames = sum(self.home.org_log(t.plant.org).chain.anchored_size for t in self.terminals)
        self._say(
            f"{self.shown.collected:,} readings collected, {self.shown.anchored:,} of them anchored "
            f"in {frames} signed frames; {self.shown.gaps:,} gaps; {time.monotonic() - began:.1f} s"
        )
        if self.shown.anchored != self.shown.collected:
            raise NotProven(f"{self.shown.collected} readings were collected and {self.shown.anchored} are anchored")

    def total(self) -> None:
        """What each plant used, compared with what its meters counted."""
        self.shown.plants = plant_totals(self.home, self.park, self.terminals, self.span)
        for plant in self.shown.plants:
            used = ", ".join(f"{value} {unit} {energy.replace('_', ' ')}" for energy, value, unit in plant.used)
            share = 100 * plant.read / plant.expected
            slots = f"{plant.read:,} of {plant.expected:,} slots read, {share:.2f} %"
            self._say(f"{plant.plant}: {used}; {plant.kgce} kgce; {slots}")
        self._say("every total equals what the simulated meters counted")

    def prove(self) -> None:
        """Evidence, verified by files alone; a doctored file and two false frames, refused."""
        files = make_evidence(self.home, self.places, self.terminals, self.span)
        now = self.clock.now()
        self.shown.proved = prove_all(files, self.places.trust, now)
        sizes = [path.stat().st_size for path in files]
        self._say(
            f"{self.shown.proved} readings proved from evidence files of {min(sizes):,} to {max(sizes):,} bytes "
            "and the trust file alone, without asking the node"
        )
        self._tamper(now)
        steel = self.terminals[0].plant
        false = attacks.frame_of_impostor(self.home, steel, now)
        self._refuse("impostor", "a frame in the steel terminal's name, signed by another key", false)
        unknown = attacks.frame_of_uncertified(self.home, steel, now)
        self._refuse("uncertified", "a frame of a terminal that nobody certified", unknown)

    @asynccontextmanager
    async def live(self) -> AsyncIterator[Live]:
        """Catch up with this machine's clock, then serve the page while the plants go on."""
        self._say("the plants catch up with the present")
        await catch_up(lambda: live.present() // SLOT * SLOT, self.park, self.clock, self.terminals)
        port = live.free_port()
        for terminal in self.terminals:
            live.add_minute_points(self.home, terminal, f"http://127.0.0.1:{port}")
        live.quicken(self.places)
        self._stack.close()
        async with (
            live.serving(self.places, port) as node,
            live.plants_at_work(self.terminals, self.park, self.clock, self._say) as working,
        ):
            yield Live(node.sign_in, working, node.process.wait)

    def _tamper(self, now: UtcMillis) -> None:
        original = next(iter(sorted(self.places.evidence.glob("*.vwe"))))
        false = self.places.evidence / "tampered.vwe"
        false.write_bytes(attacks.doctored(original.read_bytes()))
        found = verified(false, self.places.trust, now)
        self.shown.tampered = {"verdict": found.verdict.value, "failed": found.failed and found.failed.fields()}
        if found.failed is None:
            raise NotProven("evidence with an altered value was not refused")
        self._say(
            f"evidence with a tenth less energy in it: {found.verdict.value} "
            f"at step {found.failed.step}, {found.failed.name}: {found.failed.why}"
        )

    def _refuse(self, name: str, what: str, answer: Delivered) -> None:
        if answer.position is not None:
            raise NotProven(f"{what} was accepted")
        self.shown.refused_frames[name] = {"code": answer.code, "why": answer.why}
        self._say(f"{what}: refused, {answer.why} [{answer.code}]")


@dataclass(frozen=True, slots=True)
class Live:
    """The served demo: the link that signs in, and what ends when plants or node stop by themselves."""

    sign_in: str
    working: asyncio.Task[None]
    node_ended: Callable[[], Awaitable[int]]

    async def until_something_ends(self) -> None:
        """Return never; raise what stopped the plants, or Unavailable when the node ended."""
        node = asyncio.ensure_future(self.node_ended())
        try:
            await asyncio.wait([self.working, node], return_when=asyncio.FIRST_COMPLETED)
        finally:
            node.cancel()
        if self.working.done():
            self.working.result()
        raise Unavailable("the node stopped by itself; its log says why")


class DemoTooSlow(Unavailable):
    """The demo's work has not ended in the time it may take."""

    code = "demo-too-slow"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"the demo did not finish within {seconds} s: this machine is too busy, or a meter hangs")
        self.seconds = seconds
