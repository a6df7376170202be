"""`veriwatt org`: who belongs to the consortium."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from veriwatt.cli.files import read_input
from veriwatt.cli.options import HomeOption, parse_key
from veriwatt.cli.output import Json, answer
from veriwatt.cli.proposals import DryRun
from veriwatt.cli.propose import By, put_to_vote
from veriwatt.energy.calendar import Zone
from veriwatt.errors import BadInput, Corrupted
from veriwatt.machine.anchors.queries import log_key
from veriwatt.machine.members.electorate import electorate_for
from veriwatt.machine.members.queries import has_vote, org_role, org_roles, organisations, suspension
from veriwatt.membership.new_ledger import OWNER
from veriwatt.membership.orgs import add_org, host_org
from veriwatt.model.governance.org_decisions import Admit
from veriwatt.model.members.join_request import parse_join_request
from veriwatt.model.members.org_role import GrantRole, OrgRole, parse_binding_role
from veriwatt.model.members.organisation import NewMember, Organisation, Role, admission_text
from veriwatt.node.home import Home

UTC = Zone.parse("UTC")


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="The orgs of the consortium.", no_args_is_help=True)
    group.command("add")(add)
    group.command("admit")(admit)
    group.command("grant-role")(grant_role)
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
    """Add an org, where one vote suffices. Without --key its keys are made in this home, which hosts its data chain."""
    with Home(home) as node:
        founder = node.member_client(node.settings.org)
        if key:
            add_org(founder, org, title or org, parse_key(key))
        else:
            host_org(node.ledger, node.keys, founder, node.member_client, org, title or org)
    result = {"org": org, "title": title or org, "hosted": not key}
    where = "elsewhere" if key else "in this home"
    answer(result, as_json, lambda: f"org {org} added; its keys are {where}")


def admit(
    request: Annotated[Path, typer.Argument(help="What the org gave: the file join-request of its home.")],
    home: HomeOption,
    with_vote: Annotated[bool, typer.Option("--with-vote", help="It decides with the others.")] = False,
    text: Annotated[str, typer.Option("--text", help="What it is for; it stays on the ledger.")] = "",
    by: By = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Propose to admit an org by its request; where one vote suffices it is admitted at once.

    Compare its owner's key with what the org's people say by another way.
    """
    with Home(home) as node:
        chain = node.ledger.chain_id
    asked = parse_join_request(read_input(request))
    if asked.chain != chain:
        remedy = "let the org join with the trust file of this ledger"
        raise BadInput(where=str(request), value=asked.chain, why=f"this is ledger {chain}", remedy=remedy)
    owner = NewMember(OWNER, Role.OWNER, asked.owner)
    why = text or f"{asked.title} asks to be admitted; its owner's key is {asked.owner.raw.hex()}"
    put_to_vote(home, Admit(asked.org, asked.title, owner, with_vote), why, by, dry_run, as_json)


def grant_role(
    org: Annotated[str, typer.Argument(help="The org that gets the role.")],
    role: Annotated[str, typer.Argument(help="metrology or regulator.")],
    home: HomeOption,
    by: Annotated[str, typer.Option(help="The org that votes; this home's own org by default.")] = "",
    as_json: Json = False,
) -> None:
    """Vote that an org holds a role by which its members bind other orgs: `ledger propose grant-role` in short."""
    with Home(home) as node:
        founder, wanted = node.member_client(by or node.settings.org), parse_binding_role(role)
        founder.submit(GrantRole(org, wanted))
        held = org_role(node.ledger, org, wanted)
        if held is None:
            raise Corrupted(f"the ledger took the vote for {org}/{role} and has no record of it")
        result = {"org": org, "by": founder.org, **_role(held, electorate_for(node.ledger, org).needed)}
    answer(result, as_json, lambda: f"{org} {_role_text(result)}")


def list_(home: HomeOption, as_json: Json = False) -> None:
    """List the orgs of the ledger."""
    with Home(home) as node:
        orgs = [_fields(node, each) for each in organisations(node.ledger)]
    answer({"orgs": orgs}, as_json, lambda: "\n".join(map(_line, orgs)))


def _fields(node: Home, org: Organisation) -> dict[str, Any]:
    return {
        "org": org.org,
        "title": org.title,
        "admitted_by": admission_text(org.admitted_by) or None,
        "has_vote": has_vote(node.ledger, org.org),
        "suspended": suspension(node.ledger, org.org) is not None,
        "since": UTC.rfc3339(org.time),
        "data_chain": log_key(node.ledger, org.org) is not None,
        "roles": [_role(each, electorate_for(node.ledger, org.org).needed) for each in org_roles(node.ledger, org.org)],
    }


def _role(held: OrgRole, needed: int) -> dict[str, Any]:
    return {
        "role": held.role.value,
        "granted_at": None if held.granted_at is None else UTC.rfc3339(held.granted_at),
        "votes": list(held.voters),
        "votes_needed": needed,
        "basis": held.basis.value,
    }


def _line(org: dict[str, Any]) -> str:
    by = f"admitted by {org['admitted_by']}" if org["admitted_by"] else "founder"
    chain = "" if org["data_chain"] else "  (no data chain)"
    roles = "".join(f"  [{_role_text(role)}]" for role in org["roles"])
    vote, suspended = "  [has a vote]" if org["has_vote"] else "", "  [SUSPENDED]" if org["suspended"] else ""
    return f"{org['org']:24} {org['since']:26} {by:32} {org['title']}{chain}{vote}{suspended}{roles}"


def _role_text(role: dict[str, Any]) -> str:
    votes = ", ".join(role["votes"])
    if role["granted_at"] is None:
        return f"{role['role']}: {len(role['votes'])} of {role['votes_needed']} votes ({votes})"
    return f"{role['role']}: granted by {votes} ({role['basis']})"
