"""The members of the demo: the park's operator with the node, three plants, and the metrology body that vouches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from veriwatt.loghost.recorder import LocalLogHostClient, Recorder
from veriwatt.membership.enrolment import certifier, enrol_terminal, hand_over
from veriwatt.membership.new_ledger import OWNER
from veriwatt.membership.orgs import add_member, host_org
from veriwatt.model.members.organisation import Role
from veriwatt.model.terminals.enrolment import Certify
from veriwatt.model.terminals.handover import parse_request
from veriwatt.node.home import Home
from veriwatt.node.init_home import found_home
from veriwatt.terminal.framing.collector import Collector
from veriwatt.terminal.home import TerminalHome
from veriwatt.terminal.home_files import make_terminal
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.demo.places import Places
from veriwatt.testing.plants.meters import Plant
from veriwatt.testing.plants.park import PLANTS
from veriwatt.units import DAY
from veriwatt.verify.root_log_head import ProvenRootLogHead

OPERATOR, METROLOGY, INSPECTOR = "park", "metrology", "inspector"
TITLES = {"steel": "a steel works", "food": "a food factory", "office": "an office building"}
CERTIFIED_FOR = 5 * 365 * DAY


@dataclass(frozen=True, slots=True)
class PlantTerminal:
    """A plant with its terminal, and the way of the terminal's frames into the plant's data chain."""

    plant: Plant
    home: TerminalHome
    collector: Collector
    recorder: Recorder

    @property
    def points(self) -> list[str]:
        return [point.id for point in self.home.config.points]


def found(places: Places, clock: SimClock) -> dict[str, str]:
    """The ledger, run by the park's operator; what `veriwatt init` answers."""
    return found_home(places.home, OPERATOR, title="the park's operator", ledger_name="park-demo", clock=clock)


def admit(home: Home) -> None:
    """The plants and the metrology body join."""
    founder, orgs = home.member_client(OPERATOR), [*(plant.org for plant in PLANTS), METROLOGY]
    home.keys.make_signers(*(name for org in orgs for name in (f"member/{org}/{OWNER}", f"log/{org}")))
    for plant in PLANTS:
        host_org(home.ledger, home.keys, founder, home.member_client, plant.org, TITLES[plant.name])
    host_org(home.ledger, home.keys, founder, home.member_client, METROLOGY, "the metrology body")
    add_member(home.member_client(METROLOGY), home.keys, INSPECTOR, Role.METROLOGY)


def equip(home: Home, places: Places, clock: SimClock, plant: Plant, config: str, key_days: int) -> PlantTerminal:
    """A terminal at the plant: made with keys of its own, enrolled by its org, certified by the metrology body."""
    root = places.terminal(f"{plant.name}-1")
    make_terminal(root, _written(places.outside / f"{plant.name}-1.toml", config), places.trust)
    terminal = TerminalHome(root, clock)
    request = parse_request(terminal.request())
    member_client, member = home.member_client(plant.org), home.keys.member(plant.org, OWNER)
    enrol_terminal(home.ledger, member_client, home.keys, request, clock.now())
    vouch(home, plant.org, request.terminal)
    terminal.accept(hand_over(home.ledger, member_client, home.keys.agent, member, request, key_days))
    org_log = home.org_log(plant.org)
    log_host = LocalLogHostClient(org_log.acceptance, clock.now)
    recorder = Recorder(terminal.spool, terminal.framer, log_host, org_log.anchor)
    return PlantTerminal(plant, terminal, terminal.collector(lambda: newest_leaf(home)), recorder)


def vouch(home: Home, org: str, terminal: str) -> None:
    """The metrology body certifies a terminal from now on."""
    who, now = certifier(home.ledger, METROLOGY), home.ledger.head().time
    home.member_client(METROLOGY, who.name).submit(Certify(org, terminal, now, now + CERTIFIED_FOR))


def newest_leaf(home: Home) -> ProvenRootLogHead:
    head = home.ledger.head()
    return ProvenRootLogHead(head.root_log_size, head.root_log_leaf, head.time)


def configs_by_plant(configs: Mapping[str, str]) -> list[tuple[Plant, str]]:
    return [(plant, configs[plant.name]) for plant in PLANTS]


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path
