"""The terminals of the plants: made, enrolled by their orgs, certified by the metrology body, given their keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from veriwatt.loghost.recorder import LocalLogHostClient, Recorder
from veriwatt.membership.enrolment import KEY_DAYS, certifier, enrol_terminal, hand_over
from veriwatt.membership.new_ledger import OWNER
from veriwatt.model.terminals.enrolment import Certify
from veriwatt.model.terminals.handover import parse_request
from veriwatt.node.home import Home
from veriwatt.terminal.framing.frame_scheduler import FrameScheduler
from veriwatt.terminal.home import TerminalHome
from veriwatt.terminal.home_files import make_terminal
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.demo.consortium import METROLOGY
from veriwatt.testing.demo.paths import DemoPaths
from veriwatt.testing.plants.meters import Plant
from veriwatt.units import DAY
from veriwatt.verify.root_log_head import ProvenRootLogHead

CERTIFIED_FOR = 5 * 365 * DAY


@dataclass(frozen=True, slots=True)
class PlantTerminal:
    """A plant with its terminal."""

    plant: Plant
    home: TerminalHome

    @property
    def points(self) -> list[str]:
        return [point.id for point in self.home.config.points]

    @property
    def name(self) -> str:
        return self.home.config.name


@dataclass(frozen=True, slots=True)
class LocalTerminal(PlantTerminal):
    """A terminal in the node's process, and the recorder that brings its frames into the plant's data chain."""

    frame_scheduler: FrameScheduler
    recorder: Recorder


def made_terminal(paths: DemoPaths, clock: SimClock, plant: Plant, config: str, trust: Path) -> PlantTerminal:
    """Make a terminal for the plant, with keys of its own, that trusts the ledger of `trust`."""
    root, file = paths.terminal(f"{plant.name}-1"), paths.outside / f"{plant.name}-1.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(config, "utf-8")
    make_terminal(root, file, trust)
    return PlantTerminal(plant, TerminalHome(root, clock))


def enrol(home: Home, made: PlantTerminal) -> None:
    """Enrol the terminal and register its points, by its org, whose home this is."""
    request, now = parse_request(made.home.request()), made.home.clock.now()
    enrol_terminal(home.ledger, home.member_client(made.plant.org), home.keys, request, now)


def certify_terminal(home: Home, made: PlantTerminal) -> None:
    """Certify a terminal from now on, by the metrology body, whose member's key is in this home."""
    who, now = certifier(home.ledger, METROLOGY), home.ledger.head().time
    client = home.member_client(METROLOGY, who.name)
    client.submit(Certify(made.plant.org, made.name, now, now + CERTIFIED_FOR))


def hand_keys(home: Home, made: PlantTerminal, days: int = KEY_DAYS) -> None:
    """Hand the terminal its definitions and its window keys for `days`, by its org, whose home this is."""
    member_client, member = home.member_client(made.plant.org), home.keys.member(made.plant.org, OWNER)
    request = parse_request(made.home.request())
    made.home.accept(hand_over(home.ledger, member_client, home.keys.agent, member, request, days))


def beside_log_host(home: Home, made: PlantTerminal) -> LocalTerminal:
    """The terminal with a recorder that delivers to the log host in this home, and anchors."""
    terminal, org_log = made.home, home.org_log(made.plant.org)
    log_host = LocalLogHostClient(org_log.acceptance, terminal.clock.now)
    recorder = Recorder(terminal.spool, terminal.framer, log_host, org_log.anchor, lambda _: None)
    return LocalTerminal(made.plant, terminal, terminal.frame_scheduler(lambda: newest_leaf(home)), recorder)


def newest_leaf(home: Home) -> ProvenRootLogHead:
    head = home.ledger.head()
    return ProvenRootLogHead(head.root_log_size, head.root_log_leaf, head.time, head.time)


def told(made: PlantTerminal) -> str:
    """The terminal in a sentence."""
    return (
        f"terminal {made.name} of {made.plant.org}: {len(made.points)} points of {len(made.plant.meters)} "
        f"meters; it proved its key, its org enrolled it, {METROLOGY} certified it"
    )
