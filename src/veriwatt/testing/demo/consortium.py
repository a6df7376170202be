"""The demo's consortium on one embedded ledger: the park's operator, the plants, and a metrology body."""

from __future__ import annotations

from veriwatt.membership.new_ledger import OWNER
from veriwatt.membership.orgs import add_member, host_org
from veriwatt.model.members.org_role import GrantRole
from veriwatt.model.members.organisation import Role
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.testing.clocks import SimClock
from veriwatt.testing.demo.paths import DemoPaths
from veriwatt.testing.plants.food import FOOD
from veriwatt.testing.plants.office import OFFICE
from veriwatt.testing.plants.park import PLANTS
from veriwatt.testing.plants.steel import STEEL

LEDGER = "park-demo"
OPERATOR, METROLOGY, INSPECTOR = "park", "metrology", "inspector"
TITLES = {
    OPERATOR: "the park's operator",
    METROLOGY: "the metrology body",
    STEEL.org: "a steel works",
    FOOD.org: "a food factory",
    OFFICE.org: "an office building",
}


def found_ledger(paths: DemoPaths, clock: SimClock) -> dict[str, str]:
    """Found the ledger, run by the park's operator; returns what `veriwatt init` answers."""
    return init_home(paths.home, OPERATOR, title=TITLES[OPERATOR], ledger_name=LEDGER, clock=clock)


def admit_orgs(home: Home) -> None:
    """Admit the plants and the metrology body, each with an owner and a log; grant the latter its role."""
    founder, orgs = home.member_client(OPERATOR), [*(plant.org for plant in PLANTS), METROLOGY]
    home.keys.make_signers(*(name for org in orgs for name in (f"member/{org}/{OWNER}", f"log/{org}")))
    for org in orgs:
        host_org(home.ledger, home.keys, founder, home.member_client, org, TITLES[org])
    add_inspector(home)
    founder.submit(GrantRole(METROLOGY, Role.METROLOGY))


def add_inspector(home: Home) -> None:
    """Add the member of the metrology body who certifies; its key is made in this home."""
    add_member(home.member_client(METROLOGY), home.keys, INSPECTOR, Role.METROLOGY)
