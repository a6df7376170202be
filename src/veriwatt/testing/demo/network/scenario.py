"""The demo on a ledger of several operators, in real time: blocks carry this machine's time, and so do the readings.

found_network      homes and running nodes; the orgs vote the metrology body its role
install_terminals  terminals that their orgs enrol, each through its own node, and the metrology body certifies
collect            minutes of readings until all are final; for the last one a validator is stopped
prove_readings     as on an embedded ledger: totals, evidence, and what is refused
compare_nodes      every node has the same app hash
serve              the nodes serve their pages while the plants go on
"""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Self

from veriwatt.counted import counted
from veriwatt.home.paths import HomePaths
from veriwatt.node.network.init_network import init_network
from veriwatt.node.network.plan import NetworkPlan
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.demo import attacks, live, terminals
from veriwatt.testing.demo.consortium import METROLOGY, add_inspector
from veriwatt.testing.demo.findings import Findings, Report
from veriwatt.testing.demo.network.at_plants import at_plant, send_over_http
from veriwatt.testing.demo.network.collecting import SLOT, SLOT_NAME, TIMEOUT, Collecting
from veriwatt.testing.demo.network.founding import grant_by_vote, opened
from veriwatt.testing.demo.network.nodes import DemoNodes
from veriwatt.testing.demo.network.plan import FOLLOWERS, spare_validator
from veriwatt.testing.demo.paths import DemoPaths
from veriwatt.testing.demo.result import DemoResult
from veriwatt.testing.demo.running_plants import ServedDemo, running_plants, wall_clock
from veriwatt.testing.demo.scenario import SEED
from veriwatt.testing.demo.terminals import PlantTerminal
from veriwatt.testing.plants import Park
from veriwatt.testing.plants.park import PLANTS
from veriwatt.testing.plants.terminal_toml import terminal_toml
from veriwatt.units import MINUTE, SECOND, Interval

PATIENCE = 600
"""Seconds that everything but the minutes of readings may take."""


class NetworkDemo:
    """Three plants with their terminals, and a node for each org; leaving the `async with` block ends them all."""

    def __init__(self, paths: DemoPaths, plan: NetworkPlan, minutes: int, report: Report) -> None:
        """Collect `minutes` slots of a minute; nothing is made yet."""
        self.paths, self.plan, self.minutes = paths, plan, minutes
        self.patience = PATIENCE + minutes * MINUTE // SECOND
        self.validators = [each.org for each in plan.orgs if each.validator]
        self.spare = spare_validator(plan)
        self.clock = SimClock(wall_clock())
        self.park = Park(SEED, self.clock.now())
        self.findings = Findings(paths, report)
        self.terminals: list[PlantTerminal] = []
        self._nodes, self._report, self._stack = DemoNodes(paths.home), report, AsyncExitStack()
        self._links = dict[str, str]()
        self._without_spare = 0

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._nodes)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._report("the nodes are stopped; each anchors first what it accepted")
        await self._stack.aclose()

    @property
    def result(self) -> DemoResult:
        return self.findings.result

    async def show(self) -> None:
        """Everything up to the pages; NotProven if something does not hold."""
        await self.found_network()
        await self.install_terminals()
        await self.collect()
        self.prove_readings()
        await self.compare_nodes()

    async def found_network(self) -> None:
        """Make a home for each org, start their nodes, and let the orgs decide who certifies."""
        made = init_network(self.plan, self.paths.home)
        self.result.chain_id = made["chain_id"]
        for each in self.plan.orgs:
            live.anchor_often(self.paths.home / each.org)
        validators = counted(len(self.validators), "validator", "validators")
        stands = "one of them may stop" if self.spare else "it stands still when one stops, and with four it goes on"
        self._report(f"ledger {made['chain_id']}, run by {validators}: {', '.join(self.validators)}; {stands}")
        self._report(f"nodes that follow them: {', '.join(FOLLOWERS)}; {len(self.plan.orgs)} nodes are started")
        await self._start()
        self.paths.outside.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(HomePaths(self.paths.home / self.validators[0]).trust, self.paths.trust)
        with opened(self.paths.home, METROLOGY) as home:
            add_inspector(home)
        yes = grant_by_vote(self.paths.home, [*self.validators, *FOLLOWERS])
        self._report(f"{METROLOGY} may certify terminals, by the votes of {', '.join(yes)}")

    async def install_terminals(self) -> None:
        """Serve the meters, and make a terminal for each plant, which delivers to the node of the plant's org."""
        endpoints = await self._stack.enter_async_context(self.park.serve())
        self._report(f"{len(endpoints)} meters answer over Modbus TCP on loopback")
        self.clock.advance_to(wall_clock())
        nodes = {each.org: f"http://{each.listen}" for each in self.plan.orgs}
        for plant in PLANTS:
            config = terminal_toml(plant, endpoints, nodes[plant.org], SLOT_NAME, TIMEOUT)
            trust = HomePaths(self.paths.home / plant.org).trust
            made = terminals.made_terminal(self.paths, self.clock, plant, config, trust)
            self._stack.callback(made.home.close)
            with opened(self.paths.home, plant.org) as home:
                terminals.enrol(home, made)
            self.terminals.append(made)
        with opened(self.paths.home, METROLOGY) as home:
            for made in self.terminals:
                terminals.certify_terminal(home, made)
        for made in self.terminals:
            with opened(self.paths.home, made.plant.org) as home:
                terminals.hand_keys(home, made)
            self._report(f"{terminals.told(made)}; it delivers to {made.home.config.node}")
            made.home.close()  # `running_plants` opens it

    async def collect(self) -> None:
        """Collect the minutes; NotProven unless every reading becomes final, those without the spare validator too."""
        self.began = time.monotonic()
        self.clock.advance_to(wall_clock())
        first = self.clock.now() // SLOT * SLOT + SLOT
        self.span = Interval(first, first + self.minutes * SLOT)
        self.collecting = Collecting(self.terminals, self.park, self.clock, self._nodes, self.span, self._report)
        self._report(f"the terminals read their meters every minute, {self.minutes + 1} times")
        self._without_spare = await self.collecting.run(self.spare)
        if self.spare:
            await self._start()

    def prove_readings(self) -> None:
        """Compare and prove what the plants' nodes have; a tampered file and two false frames are refused."""
        found = [at_plant(self.paths, self.park, each, self.span, SLOT) for each in self.terminals]
        seconds = time.monotonic() - self.began
        anchored, frames = [each.anchored for each in found], sum(each.frames for each in found)
        self.findings.all_anchored(self.collecting.signed(), anchored, frames, seconds)
        self.findings.totals_equal([each.totals for each in found])
        now, files = wall_clock(), [path for each in found for path in each.evidence]
        self.findings.readings_proven(files, now, len(self.validators))
        self.findings.tampered_refused(now)
        steel = self.terminals[0]
        with opened(self.paths.home, steel.plant.org) as home:
            impostor = attacks.frame_of_impostor(home, steel.plant, self.span)
            uncertified = attacks.frame_of_uncertified_terminal(home, steel.plant, self.span)
        self.findings.false_frames_refused(send_over_http(steel), impostor, uncertified)

    async def compare_nodes(self) -> None:
        """Wait until every node has the newest block; NotProven where two have another app hash of one."""
        state = await self._nodes.agree_on(self._nodes.state().height)
        app_hash = next(iter(state.hashes.values())).hex()
        self._report(f"block {state.common}: all {len(state.nodes)} nodes agree, app hash {app_hash}")
        self.result.network = {
            "validators": self.validators,
            "followers": list(FOLLOWERS),
            "stopped": self.spare or None,
            "final_without_it": self._without_spare,
            "agree": state.agree,
            "block": state.common,
            "app_hash": app_hash,
            "nodes": [
                {"org": n.org, "home": n.home, "follower": n.follower, "height": n.height, "sign_in": None}
                for n in state.nodes
            ],
        }

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[ServedDemo]:
        """The nodes serve their pages while the plants go on, from where they stopped."""
        for node in self.result.network["nodes"] if self.result.network else ():
            node["sign_in"] = self._links[node["org"]]
        async with running_plants(self.terminals, self.park, self.clock, self._report) as working:
            yield ServedDemo(self._links, working, self._nodes.until_one_ends)

    async def _start(self) -> None:
        started = {each.org: each.sign_in for each in await self._nodes.start()}
        self._links = {org: started[org] for org in [*FOLLOWERS, *self.validators]}
