"""Who takes part in the demo's network: orgs with validators, and those whose nodes follow them."""

from __future__ import annotations

from collections.abc import Iterator

from veriwatt.errors import BadInput
from veriwatt.ledger.open_ledger import find_program
from veriwatt.node.network.plan import MOST_LOCAL, NetworkPlan, PlannedOrg
from veriwatt.system.free_port import free_port
from veriwatt.testing.demo.consortium import LEDGER, METROLOGY, OPERATOR, TITLES
from veriwatt.testing.plants.park import PLANTS

VALIDATORS = {
    OPERATOR: TITLES[OPERATOR],
    "grid": "the grid company",
    "water": "the water company",
    "chamber": "the chamber of industry",
}
"""The first orgs that run validators; further ones are `member5` and so on."""

FOLLOWERS = (*(plant.org for plant in PLANTS), METROLOGY)

MOST_VALIDATORS = MOST_LOCAL - len(FOLLOWERS)


def demo_plan(validators: int) -> NetworkPlan:
    """A plan with so many validators, then the plants and the metrology body as followers, at free ports of loopback.

    Raises:
        BadInput: the number is none of a network on this machine.
        NoCometbft: CometBFT is not built.
    """
    if not 1 <= validators <= MOST_VALIDATORS:
        raise BadInput(
            where="--network",
            value=validators,
            why=f"a network has 1 to {MOST_VALIDATORS} validators here",
            remedy="write 4: with four the ledger goes on when one stops, with fewer it stands still",
        )
    program, ports = str(find_program(None)), _free_ports()
    titles = {**VALIDATORS, **{f"member{at}": f"Member {at}" for at in range(len(VALIDATORS) + 1, validators + 1)}}
    full = [
        PlannedOrg(org, title, True, _at(ports), _at(ports), next(ports), program)
        for org, title in list(titles.items())[:validators]
    ]
    following = [PlannedOrg(org, TITLES[org], validator=False, listen=_at(ports)) for org in FOLLOWERS]
    return NetworkPlan(LEDGER, (*full, *following))


def spare_validator(plan: NetworkPlan) -> str:
    """The org whose validator may stop while the ledger goes on: the last one; empty where none may."""
    validators = [each.org for each in plan.orgs if each.validator]
    return validators[-1] if len(validators) > 3 else ""


def _at(ports: Iterator[int]) -> str:
    return f"127.0.0.1:{next(ports)}"


def _free_ports() -> Iterator[int]:
    """Ports of loopback that are free now, each once."""
    given = set[int]()
    while True:
        if (port := free_port()) not in given:
            given.add(port)
            yield port
