"""`veriwatt org`: who belongs to the consortium."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from veriwatt.cli.options import HomeOption, parse_key
from veriwatt.cli.output import Json, answer
from veriwatt.energy.calendar import Zone
from veriwatt.machine.anchors.queries import log_key
from veriwatt.machine.members.queries import organisations
from veriwatt.membership.orgs import add_org, host_org
from veriwatt.model.members.organisation import Organisation
from veriwatt.node.home import Home

UTC = Zone.parse("UTC")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="The orgs of the consortium.", no_args_is_help=True)
    group.command("add")(add)
    group.command("list")(list_)
    app.add_typer(group, name="org")


def add(
    org: Annotated[str, typer.Argument(help="Short name: letters, digits, . _ @ + -")],
    home: HomeOption,
    title: Annotated[str, typer.Option(help="Its full name, shown to people.")] = "",
    key: Annotated[
        str, typer.Option(help="Public key of its owner, in hexadecimal, where the org keeps its keys itself.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Add an org. Without --key its keys are made in this home, which hosts its data chain."""
    with Home(home) as node:
        founder = node.member_client(node.settings.org)
        if key:
            add_org(founder, org, title or org, parse_key(key))
        else:
            host_org(node.ledger, node.keys, founder, node.member_client, org, title or org)
    result = {"org": org, "title": title or org, "hosted": not key}
    where = "elsewhere" if key else "in this home"
    answer(result, as_json, lambda: f"org {org} added; its keys are {where}")


def list_(home: HomeOption, as_json: Json = False) -> None:
    """List the orgs of the ledger."""
    with Home(home) as node:
        orgs = [_fields(each, log_key(node.ledger, each.org) is not None) for each in organisations(node.ledger)]
    answer({"orgs": orgs}, as_json, lambda: "\n".join(map(_line, orgs)))


def _fields(org: Organisation, chain: bool) -> dict[str, Any]:
    return {
        "org": org.org,
        "title": org.title,
        "admitted_by": org.admitted_by,
        "since": UTC.rfc3339(org.time),
        "data_chain": chain,
    }


def _line(org: dict[str, Any]) -> str:
    by = f"admitted by {org['admitted_by']}" if org["admitted_by"] else "founder"
    chain = "" if org["data_chain"] else "  (no data chain)"
    return f"{org['org']:24} {org['since']:26} {by:32} {org['title']}{chain}"
