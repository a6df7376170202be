"""`veriwatt ledger`: what the ledger holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from veriwatt.cli.files import OutputFile
from veriwatt.cli.options import HomeOption
from veriwatt.cli.output import Json, answer
from veriwatt.energy.calendar import Zone
from veriwatt.machine.transaction_kinds import parse
from veriwatt.membership.new_ledger import trust_of
from veriwatt.model.evidence.trust_file import render
from veriwatt.model.ledger.block import header_hash
from veriwatt.node.home import Home

UTC = Zone.parse("UTC")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="The ledger: its state, blocks, validators, and the trust file.", no_args_is_help=True)
    group.command("status")(status)
    group.command("block")(block)
    group.command("validators")(validators)
    group.command("trust")(trust)
    app.add_typer(group, name="ledger")


def status(home: HomeOption, as_json: Json = False) -> None:
    """Show the newest state: height, time, app hash, orgs and their chains."""
    with Home(home) as node:
        head, chain = node.ledger.head(), node.ledger.chain_id
        orgs = [
            {"org": o, "frames": node.org_log(o).chain.size, "anchored": node.org_log(o).chain.anchored_size}
            for o in node.orgs()
        ]
    result: dict[str, Any] = {
        "chain_id": chain,
        "operator": "single operator",
        "height": head.height,
        "time": UTC.rfc3339(head.time),
        "app_hash": head.app_hash.hex(),
        "root_log_size": head.root_log_size,
        "orgs": orgs,
    }
    chains = ", ".join(f"{o['org']}: {o['anchored']:,} of {o['frames']:,} frames anchored" for o in orgs)
    lines = result | {"orgs": chains}
    answer(result, as_json, lambda: "\n".join(f"{name:14} {value}" for name, value in lines.items()))


def block(
    height: Annotated[int, typer.Argument(help="The block's height.", min=1, max=2**63 - 1)],
    home: HomeOption,
    as_json: Json = False,
) -> None:
    """Show one block with its transactions."""
    with Home(home) as node:
        light = node.ledger.light_block(height)
        executed = [e for e in node.ledger.executed(height) if e.result.height == height]
    result: dict[str, Any] = {
        "height": height,
        "time": UTC.rfc3339(light.header.time_ms),
        "hash": header_hash(light.header).hex(),
        "app_hash": light.header.app_hash.hex(),
        "transactions": [_transaction(e.transaction, e.result.code) for e in executed],
    }
    answer(result, as_json, lambda: "\n".join(f"{name:14} {value}" for name, value in result.items()))


def validators(home: HomeOption, as_json: Json = False) -> None:
    """Show who signs the blocks."""
    with Home(home) as node:
        light = node.ledger.light_block(node.ledger.head().height)
    result = {
        "validators": [
            {"address": v.address.hex(), "public_key": v.public_key.hex(), "power": v.power}
            for v in light.validators.validators
        ]
    }
    answer(result, as_json, lambda: "\n".join(f"{v['address']}  power {v['power']}" for v in result["validators"]))


def trust(
    home: HomeOption,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Where to write it; the home's own file by default.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a trust file as of the newest block, for those who will verify evidence."""
    with Home(home) as node:
        path = (out or node.paths.trust).absolute()
        file = OutputFile(path, own=node.paths.trust)
        made = trust_of(node.ledger, node.ledger.genesis, node.clock.now())
        file.write(render(made))
    result = {"trust": str(path), "fingerprint": made.fingerprint.hex(), "height": made.header.height}
    answer(result, as_json, lambda: f"{path}: block {result['height']}, fingerprint {made.short_fingerprint}")


def _transaction(raw: bytes, code: str) -> dict[str, Any]:
    tx = parse(raw)
    return {
        "kind": tx.kind,
        "org": tx.org,
        "member": tx.member,
        "result": code,
        "bytes": len(raw),
        "digest": tx.digest.hex(),
    }
