"""The plan of a new network: which orgs found it, which of them run validators, and where their nodes listen.

name = "park"                    # of the ledger
[[org]]
id = "steel"
title = "Steel works"
validator = true                 # false: its node keeps the whole ledger, and has no say in its blocks
follower = false                 # true: its node follows the others; it has no validator, p2p, rpc_port or program
p2p = "192.0.2.1:26656"          # where the other nodes reach it
listen = "192.0.2.1:8000"        # where people and terminals reach it
rpc_port = 26657                 # on its machine's loopback
program = "/usr/local/bin/cometbft"
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from veriwatt.errors import BadInput
from veriwatt.home.ledger_engine import check_address
from veriwatt.ids import check_name
from veriwatt.system.toml_tables import TomlTable, read_toml

P2P_PORT, RPC_PORT, WEB_PORT = 26_656, 26_657, 8_100

LOOPBACK = "127.0.0.1"

MOST_LOCAL = 64
"""Nodes of a network on one machine."""


@dataclass(frozen=True, slots=True)
class PlannedOrg:
    """A founding org and its node. That of a follower has no address among those that make blocks."""

    org: str
    title: str
    validator: bool
    listen: str
    p2p: str = ""
    rpc_port: int = 0
    program: str = ""

    @property
    def follower(self) -> bool:
        return not self.p2p


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """The name of the ledger, and its founders in order."""

    name: str
    orgs: tuple[PlannedOrg, ...]

    @property
    def in_network(self) -> tuple[PlannedOrg, ...]:
        """Those whose nodes keep the whole ledger: every one but the followers."""
        return tuple(org for org in self.orgs if not org.follower)


def local_plan(validators: int, followers: int = 0, name: str = "network") -> NetworkPlan:
    """Orgs with validators, then orgs with followers, each on a loopback address of its own from 127.0.0.1 on."""
    return NetworkPlan(name, tuple(_local(at, follower=at > validators) for at in range(1, validators + followers + 1)))


def _local(at: int, *, follower: bool) -> PlannedOrg:
    org, title, listen = f"org{at}", f"Org {at}", f"127.0.0.{at}:{WEB_PORT}"
    if follower:
        return PlannedOrg(org, title, validator=False, listen=listen)
    rpc_port = RPC_PORT + at  # all of them listen at 127.0.0.1
    return PlannedOrg(org, title, True, listen, f"127.0.0.{at}:{P2P_PORT}", rpc_port)


def read_plan(path: Path) -> NetworkPlan:
    """The plan in a TOML file; raises BadInput naming the key, its value and a remedy."""
    table = read_toml(path)
    plan = NetworkPlan(table.text("name"), tuple(map(_org, table.tables("org"))))
    table.close()
    for key, values in (
        ("id", [org.org for org in plan.orgs]),
        ("p2p", [org.p2p for org in plan.in_network]),
        ("listen", [org.listen for org in plan.orgs]),
        ("rpc_port", [f"{_host(org.p2p)} {org.rpc_port}" for org in plan.in_network]),
    ):
        if twice := _twice(values):
            raise BadInput(where=f"{path}: [[org]] {key}", value=twice, why="stands twice", remedy="each has its own")
    _check_ports(path, plan)
    if not any(org.validator for org in plan.orgs):
        raise BadInput(
            where=f"{path}: [[org]] validator", value=False, why="nobody runs a validator", remedy="name four or more"
        )
    return plan


def _check_ports(path: Path, plan: NetworkPlan) -> None:
    """Raise BadInput where two parts of the nodes would listen at one address: the second of them does not start."""
    taken = [address for org in plan.orgs for address in (org.listen, org.p2p) if address]
    for org in plan.in_network:
        ports = [_port(org.listen), _port(org.p2p), org.rpc_port]
        if twice := _twice(map(str, ports)):
            why = f"listen, p2p and rpc_port of {org.org} have the same port"
            raise BadInput(where=f"{path}: [[org]]", value=twice, why=why, remedy="give each a port of its own")
        if _host(org.p2p) == LOOPBACK:
            taken.append(f"{LOOPBACK}:{org.rpc_port}")
    if twice := _twice(taken):
        why = "two nodes are to listen there"
        raise BadInput(where=f"{path}: [[org]]", value=twice, why=why, remedy="give each a port of its own")


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])


def _org(table: TomlTable) -> PlannedOrg:
    org = table.checked("id", lambda text: check_name(text, "org"), 'write id = "steel"')
    title = table.text("title", org)
    listen = table.checked("listen", check_address, 'write listen = "192.0.2.1:8000"')
    if table.has("follower") and table.flag("follower"):
        table.close()  # names p2p, validator and the others as keys that a follower has not
        return PlannedOrg(org, title, validator=False, listen=listen)
    planned = PlannedOrg(
        org=org,
        title=title,
        validator=table.flag("validator") if table.has("validator") else True,
        listen=listen,
        p2p=table.checked("p2p", check_address, 'write p2p = "192.0.2.1:26656"'),
        rpc_port=table.number("rpc_port", 1, 65_535, RPC_PORT),
        program=table.optional_text("program") or "",
    )
    table.close()
    return planned


def _host(address: str) -> str:
    """The machine of an address, as far as it tells: every loopback address is of the same one."""
    host = address.rpartition(":")[0]
    return LOOPBACK if host.startswith("127.") else host


def _twice(values: Iterable[str]) -> str:
    return next((value for value, count in Counter(values).items() if count > 1), "")
