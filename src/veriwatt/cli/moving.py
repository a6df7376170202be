"""`veriwatt ledger plan`, `export` and `move`: a ledger ends, and goes on as another one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from veriwatt.cli.files import OutputFile, read_input
from veriwatt.cli.options import HomeOption, parse_key
from veriwatt.cli.output import Json, answer
from veriwatt.cli.propose import number_of, pair_of
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.errors import NotFound
from veriwatt.home.ledger_engine import CometEngine, check_address, parse_peer
from veriwatt.home.opened_home import OpenedHome
from veriwatt.ids import check_name
from veriwatt.ledger.open_ledger import export_ledger
from veriwatt.machine.members import queries
from veriwatt.machine.version import MACHINE_VERSION
from veriwatt.model.governance.parameters import CONSORTIUM
from veriwatt.model.ledger.genesis import Genesis, GenesisValidator
from veriwatt.model.ledger.predecessor import Predecessor
from veriwatt.node.home import Home
from veriwatt.node.move_home import move_home, node_keys, plan_move
from veriwatt.node.network.plan import RPC_PORT

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="The plan of the successor, as `ledger plan` wrote it.")]


def register(group: typer.Typer) -> None:
    group.command("plan")(plan)
    group.command("export")(export)
    group.command("move")(move)


def plan(
    out: Annotated[Path, typer.Option("-o", "--out", help="The plan to write, for everyone who votes on it.")],
    name: Annotated[str, typer.Option(help="Name of the successor: a-z, 0-9 and hyphens.")],
    home: HomeOption,
    validator: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=POWER[:ORG]",
            help="A validator, its key in hexadecimal, and the org that runs it; this home's own by default.",
        ),
    ] = None,
    own_node: Annotated[
        bool, typer.Option("--own-node", help="This home's node in a network: its keys are made, and it validates.")
    ] = False,
    governed: Annotated[bool, typer.Option("--governed", help="Its orgs may change the validators by votes.")] = False,
    as_json: Json = False,
) -> None:
    """Write the plan of the ledger that will continue this one; its orgs decide on it, `ledger propose close`."""
    file, stated = OutputFile(out), tuple(map(_validator, validator or ()))
    with Home(home) as node:
        before, own, org = node.ledger.genesis, node.keys.consensus().public, node.settings.org
        for each in stated:
            if each.org and queries.organisation(node.ledger, each.org) is None:
                raise NotFound(f"the ledger has no org {each.org!r} that could run a validator")
        keys = node_keys(node) if own_node else None
    if keys is not None:
        stated = (GenesisValidator(Ed25519Signer(keys.validator).public, 1, org), *stated)
    made = Genesis(
        name,
        0,
        MACHINE_VERSION,
        stated or (GenesisValidator(own, 1),),
        (),
        before.expiry_horizon,
        before.transaction_limit,
        CONSORTIUM if governed else None,
        Predecessor(before.chain_id, before.genesis_hash, None),
    )
    file.write(made.to_bytes())
    told = plan_json(made) | {"plan": str(out), "node_id": None if keys is None else keys.node_id}
    answer(told, as_json, lambda: plan_text(made))


def export(
    out: Annotated[Path, typer.Option("-o", "--out", help="The file to write.")],
    home: HomeOption,
    as_json: Json = False,
) -> None:
    """Write the last state of this ledger, which has ended: what every node of its successor begins with."""
    file = OutputFile(out)
    with Home(home) as node:
        made = export_ledger(node.ledger)
    end, raw = made.end(), made.to_bytes()
    file.write(raw)
    told: dict[str, Any] = {
        "export": str(out),
        "chain_id": made.genesis.chain_id,
        "height": end.height,
        "app_hash": end.app_hash.hex(),
        "bytes": len(raw),
    }
    answer(told, as_json, lambda: f"{out}: ledger {told['chain_id']} at its end, height {end.height}, {len(raw)} bytes")


def move(
    file: PlanFile,
    home: HomeOption,
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="In a network: where the other nodes reach this one.")
    ] = "",
    rpc_port: Annotated[
        int, typer.Option(help="In a network: of CometBFT on this machine.", min=1, max=65_535)
    ] = RPC_PORT,
    peer: Annotated[
        list[str] | None, typer.Option(metavar="NODE-ID@HOST:PORT", help="In a network: another node of it.")
    ] = None,
    program: Annotated[str, typer.Option(help="In a network: the `cometbft` that is run.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and show it; nothing is changed.")] = False,
    as_json: Json = False,
) -> None:
    """Go on with the successor of this home's ledger, which has ended. Nobody enrols or registers anything again."""
    planned, engine = Genesis.from_bytes(read_input(file)), None
    if listen:
        peers = tuple(parse_peer(each) for each in peer or ())
        engine = CometEngine(check_address(listen), rpc_port, peers, program)
    with OpenedHome(home) as opened:
        found = plan_move(opened, planned, engine)
        if not dry_run:
            move_home(opened, found)
    told = found.facts() | {"dry_run": dry_run}
    would = "would go on" if dry_run else "goes on"
    answer(
        told,
        as_json,
        lambda: (
            f"ledger {told['from']} {would} as {told['to']} from height {told['first_height']} on, "
            f"with {told['rows']} records; validators: {', '.join(map(validator_text, found.genesis.validators))}"
        ),
    )


def plan_json(made: Genesis) -> dict[str, Any]:
    """The plan by its names."""
    before = made.predecessor
    return {
        "plan_hash": made.plan_hash.hex(),
        "name": made.name,
        "predecessor": None if before is None else before.chain_id,
        "machine_version": made.machine_version,
        "validators": [{"key": v.key.raw.hex(), "power": v.power, "org": v.org} for v in made.validators],
        "governed": made.parameters is not None,
    }


def plan_text(made: Genesis) -> str:
    """The plan for people."""
    told = plan_json(made) | {"validators": ", ".join(map(validator_text, made.validators))}
    return "\n".join(f"{name:16} {value}" for name, value in told.items())


def validator_text(validator: GenesisValidator) -> str:
    """A validator for people, as an argument states it."""
    org = f":{validator.org}" if validator.org else ""
    return f"{validator.key.raw.hex()}={validator.power}{org}"


def _validator(text: str) -> GenesisValidator:
    key, right = pair_of(text)
    power, _, org = right.partition(":")
    named = check_name(org, "org of a validator") if org else ""
    return GenesisValidator(parse_key(key, "KEY=POWER"), number_of(power, "KEY=POWER"), named)
