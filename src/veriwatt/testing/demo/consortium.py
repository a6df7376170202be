"""The demo's consortium: the park's operator with the node, three plants, and a metrology body that certifies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from veriwatt.loghost.recorder import LocalLogHostClient, Recorder
from veriwatt.membership.enrolment import certifier, enrol_terminal, hand_over
from veriwatt.membership.new_ledger import OWNER
from veriwatt.membership.orgs import add_member, host_org
from veriwatt.model.members.org_role import GrantRole
from veriwatt.model.members.organisation import Role
from veriwatt.model.terminals.enrolment import Certify
from veriwatt.model.terminals.handover import parse_request
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.terminal.framing.frame_scheduler import FrameScheduler
from veriwatt.terminal.home import TerminalHome
from veriwatt.terminal.home_files import make_terminal
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.demo.paths import DemoPaths
from veriwatt.testing.plants.meters import Plant
from veriwatt.testing.plants.park import PLANTS
from veriwatt.units import DAY
from veriwatt.verify.root_log_head import ProvenRootLogHead

OPERATOR, METROLOGY, INSPECTOR = "park", "metrology", "inspector"
TITLES = {"steel": "a steel works", "food": "a food factory", "office": "an office building"}
CERTIFIED_FOR = 5 * 365 * DAY


@dataclass(frozen=True, slots=True)
class PlantTerminal:
    """A plant with its terminal, and the recorder that brings the terminal's frames into the plant's data chain."""

    plant: Plant
    home: TerminalHome
    frame_scheduler: FrameScheduler
    recorder: Recorder

    @property
    def points(self) -> list[str]:
        return [point.id for point in self.home.config.points]


def found_ledger(paths: DemoPaths, clock: SimClock) -> dict[str, str]:
    """Found the ledger, run by the park's operator; returns what `veriwatt init` answers."""
    return init_home(paths.home, OPERATOR, title="the park's operator", ledger_name="park-demo", clock=clock)


def admit_orgs(home: Home) -> None:
    """Admit the plants and the metrology body, each with an owner and a log; grant the latter its role."""
    founder, orgs = home.member_client(OPERATOR), [*(plant.org for plant in PLANTS), METROLOGY]
    home.keys.make_signers(*(name for org in orgs for name in (f"member/{org}/{OWNER}", f"log/{org}")))
    for plant in PLANTS:
        host_org(home.ledger, home.keys, founder, home.member_client, plant.org, TITLES[plant.name])
    host_org(home.ledger, home.keys, founder, home.member_client, METROLOGY, "the metrology body")
    add_member(home.member_client(METROLOGY), home.keys, INSPECTOR, Role.METROLOGY)
    founder.submit(GrantRole(METROLOGY, Role.METROLOGY))


def install_terminal(
    home: Home, paths: DemoPaths, clock: SimClock, plant: Plant, config: str, key_days: int
) -> PlantTerminal:
    """Make a terminal for the plant, with its own keys; enrol it by its org and certify it by the metrology body."""
    root = paths.terminal(f"{plant.name}-1")
    make_terminal(root, _written(paths.outside / f"{plant.name}-1.toml", config), paths.trust)
    terminal = TerminalHome(root, clock)
    request = parse_request(terminal.request())
    member_client, member = home.member_client(plant.org), home.keys.member(plant.org, OWNER)
    enrol_terminal(home.ledger, member_client, home.keys, request, clock.now())
    certify_terminal(home, plant.org, request.terminal)
    terminal.accept(hand_over(home.ledger, member_client, home.keys.agent, member, request, key_days))
    org_log = home.org_log(plant.org)
    log_host = LocalLogHostClient(org_log.acceptance, clock.now)
    recorder = Recorder(terminal.spool, terminal.framer, log_host, org_log.anchor, lambda _: None)
    return PlantTerminal(plant, terminal, terminal.frame_scheduler(lambda: newest_leaf(home)), recorder)


def certify_terminal(home: Home, org: str, terminal: str) -> None:
    """Certify a terminal from now on, by the metrology body."""
    who, now = certifier(home.ledger, METROLOGY), home.ledger.head().time
    home.member_client(METROLOGY, who.name).submit(Certify(org, terminal, now, now + CERTIFIED_FOR))


def newest_leaf(home: Home) -> ProvenRootLogHead:
    head = home.ledger.head()
    return ProvenRootLogHead(head.root_log_size, head.root_log_leaf, head.time, head.time)


def plant_configs(configs: Mapping[str, str]) -> list[tuple[Plant, str]]:
    return [(plant, configs[plant.name]) for plant in PLANTS]


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path
