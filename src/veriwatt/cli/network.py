"""`veriwatt network`: the homes of a new network and of its followers, and the nodes of those on this machine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from veriwatt.cli.output import UNAVAILABLE, Json, answer, say
from veriwatt.counted import counted
from veriwatt.errors import Unavailable
from veriwatt.ledger.open_ledger import find_program
from veriwatt.node.init_home import ledger_name_of
from veriwatt.node.network.init_network import init_network
from veriwatt.node.network.plan import MOST_LOCAL, local_plan, read_plan
from veriwatt.node.network.processes import START_WITHIN, homes_in, start_nodes, stop_nodes
from veriwatt.node.network.state import NodeState, network_state
from veriwatt.system.clock import SystemClock
from veriwatt.units import SECOND, UtcMillis
from veriwatt.utc_text import utc_text

_WAITS = "waits until the org is admitted; start it again for a link"

COPIED_WITHIN = 15.0
"""Seconds in which a follower that was started has copied a newer block, if a peer gives one."""

_NOTHING_COPIED = "nothing of the ledger yet: its org is not admitted, or no peer answers"

Folder = Annotated[Path, typer.Argument(help="The folder of the homes.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="A ledger of several operators: its homes, and their nodes here.", no_args_is_help=True)
    group.command("init")(init)
    group.command("up")(up)
    group.command("down")(down)
    group.command("status")(status)
    app.add_typer(group, name="network")


def init(
    directory: Annotated[Path, typer.Argument(help="Where the homes are made; must be empty or new.")],
    plan: Annotated[Path | None, typer.Option("--plan", help="The orgs, validators and addresses, as TOML.")] = None,
    nodes: Annotated[
        int, typer.Option("-n", "--nodes", help="Without a plan: validators on loopback.", min=1, max=MOST_LOCAL)
    ] = 4,
    followers: Annotated[
        int, typer.Option(help="Without a plan: further orgs, each with a node that follows.", min=0, max=MOST_LOCAL)
    ] = 0,
    unprotected_key: Annotated[
        bool, typer.Option("--unprotected-key", help="Keep the keys without a passphrase; evidence says so.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the plan and print it; make nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Make a genesis and the homes of its founding orgs, each with keys of its own, whole or not at all.

    Each home goes to the machine of its org. The passphrase of all keys comes from the environment, as for `init`.
    """
    name = ledger_name_of(directory.absolute().name)
    planned = local_plan(nodes, followers, name) if plan is None else read_plan(plan)
    made = init_network(planned, directory, unprotected=unprotected_key, dry_run=dry_run)
    for program in dict.fromkeys(each.program for each in planned.in_network):
        try:
            find_program(Path(program) if program else None)
        except Unavailable as error:
            say(f"veriwatt: warning: on this machine there is {error} [{error.code}]")
    lines = [_planned(node) for node in made["nodes"]]
    told = f"ledger {made['chain_id']}" if made["made"] else f"ledger {made['ledger']}: nothing was made (--dry-run)"
    answer(made, as_json, lambda: "\n".join([told, *lines]))


def up(
    directory: Folder,
    wait: Annotated[int, typer.Option(help="Seconds to wait until they agree on a block.", min=1)] = START_WITHIN,
    as_json: Json = False,
) -> None:
    """Start the nodes of the homes below a folder, and wait until they agree on a block.

    They go on when the command ends. Each home has the log of its node in `run/node.log`. The links sign in once.
    """
    say("veriwatt: starting the nodes, and waiting for a block that they agree on")
    started = start_nodes(directory, wait)
    result = {
        "nodes": [
            {"org": each.org, "home": each.home, "pid": each.pid, "sign_in": each.sign_in or None} for each in started
        ]
    }
    answer(result, as_json, lambda: "\n".join(f"{each.org:12} {each.sign_in or _WAITS}" for each in started))
    for told in stale_followers(directory):
        say(f"veriwatt: warning: {told}")


def down(directory: Folder, as_json: Json = False) -> None:
    """Stop the nodes of the homes below a folder; each anchors first what it accepted, if the ledger goes on."""
    stopped = stop_nodes(directory)
    answer({"stopped": stopped}, as_json, lambda: f"stopped {len(stopped)} nodes")


def status(directory: Folder, as_json: Json = False) -> None:
    """Show how the nodes of the homes below a folder stand: exit 0 if all run and agree, else 3."""
    state, now = network_state(homes_in(directory)), SystemClock().now()
    result: dict[str, Any] = {
        "well": state.is_well(now),
        "agree": state.agree,
        "block": state.common,
        "app_hash": next(iter(state.hashes.values())).hex() if state.hashes and state.agree else None,
        "nodes": [
            {
                "org": node.org,
                "home": node.home,
                "pid": node.pid,
                "follower": node.follower,
                "height": node.height,
                "behind": state.height - node.height,
                "time": None if node.time is None else utc_text(node.time),
                "stale": node.is_stale(now),
                "head_age_seconds": None if node.time is None else max(now - node.time, 0) // SECOND,
                "app_hash": None if node.app_hash is None else node.app_hash.hex(),
                "peers": node.peers,
            }
            for node in state.nodes
        ],
    }
    agreed = "they agree" if state.agree else "THEY DO NOT AGREE"
    lines = [f"block {state.common:,}: {agreed}" if state.common else "no block yet"]
    answer(result, as_json, lambda: "\n".join(lines + [_line(node, state.height, now) for node in state.nodes]))
    if not state.is_well(now):
        raise typer.Exit(UNAVAILABLE)


def stale_followers(folder: Path, within: float = COPIED_WITHIN, again: float = 1.0) -> list[str]:
    """What is told of each follower below a folder that is stale, also after so many seconds of copying."""
    deadline = time.monotonic() + within
    while True:
        state, now = network_state(homes_in(folder)), SystemClock().now()
        stale = [_line(node, state.height, now) for node in state.nodes if node.is_stale(now)]
        if not stale or time.monotonic() >= deadline:
            return stale
        time.sleep(again)


def _planned(node: dict[str, Any]) -> str:
    kind = "follower" if node["follower"] else "validator" if node["validator"] else "node"
    return f"{node['org']:12} {kind:10} {node['p2p'] or '':22} {node['listen']:22} {node['home']}"


def _line(node: NodeState, highest: int, now: UtcMillis) -> str:
    runs = "stopped" if node.pid is None else f"process {node.pid}"
    if node.follower and not node.height:
        return f"{node.org:12} {runs}, {_NOTHING_COPIED}"
    peers = (
        "" if node.peers is None else f", {'follows ' if node.follower else ''}{counted(node.peers, 'peer', 'peers')}"
    )
    behind = f", {highest - node.height:,} behind" if node.height < highest else ""
    stale = f", STALE: no peer gave a block after {utc_text(node.time or 0)}" if node.is_stale(now) else ""
    return f"{node.org:12} {runs}, block {node.height:,}{behind}{peers}{stale}"
