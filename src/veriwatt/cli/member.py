"""`veriwatt member`: the people and services of an org."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import typer

from veriwatt.cli.options import HomeOption, OrgOption, parse_key
from veriwatt.cli.output import Json, answer
from veriwatt.energy.calendar import Zone
from veriwatt.errors import BadInput
from veriwatt.machine.members.queries import members, organisations
from veriwatt.membership.orgs import add_member, rekey_member, remove_member
from veriwatt.model.members.organisation import Member, parse_role
from veriwatt.node.home import Home

UTC = Zone.parse("UTC")

ByOption: TypeAlias = Annotated[
    str,
    typer.Option(
        "--by",
        help="Who signs: an owner whose key is here, by default the first of them; for a new key, the member too.",
    ),
]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="The members of orgs: people and services with a key and a role.", no_args_is_help=True)
    group.command("add")(add)
    group.command("remove")(remove)
    group.command("rekey")(rekey)
    group.command("list")(list_)
    app.add_typer(group, name="member")


def add(
    name: Annotated[str, typer.Argument(help="The member's name in its org.")],
    role: Annotated[str, typer.Option(help="owner, operator, metrology, regulator or reader.")],
    home: HomeOption,
    org: OrgOption = "",
    key: Annotated[str, typer.Option(help="Its public key in hexadecimal, where it keeps its key itself.")] = "",
    by: ByOption = "",
    as_json: Json = False,
) -> None:
    """Add a member to an org. Without --key its key is made in this home."""
    with Home(home) as node:
        member_client = node.member_client(node.org(org), by)
        made = add_member(member_client, node.keys, name, parse_role(role), parse_key(key) if key else None)
    result = {"org": member_client.org, "member": name, "role": role, "key": made.raw.hex()}
    answer(result, as_json, lambda: f"{member_client.org}/{name} is a member with role {role}, key {made.raw.hex()}")


def remove(
    name: Annotated[str, typer.Argument(help="The member's name in its org.")],
    home: HomeOption,
    org: OrgOption = "",
    by: ByOption = "",
    as_json: Json = False,
) -> None:
    """Remove a member. What it signed stays valid; its name and key serve nobody else."""
    with Home(home) as node:
        owner = node.member_client(node.org(org), by)
        remove_member(node.ledger, owner, node.keys, name)
    result = {"org": owner.org, "member": name, "by": owner.member}
    answer(result, as_json, lambda: f"{owner.org}/{name} is no member any more")


def rekey(
    name: Annotated[str, typer.Argument(help="The member's name in its org.")],
    home: HomeOption,
    org: OrgOption = "",
    key: Annotated[str, typer.Option(help="Its new public key in hexadecimal, where it keeps its key itself.")] = "",
    by: ByOption = "",
    as_json: Json = False,
) -> None:
    """Give a member another key. What it signed stays valid; its key before signs nothing any more."""
    with Home(home) as node:
        signer = node.member_client(node.org(org), by)
        given = parse_key(key) if key else None
        made = rekey_member(node.ledger, signer, node.keys, name, given)
    result = {"org": signer.org, "member": name, "key": made.raw.hex(), "by": signer.member}
    answer(result, as_json, lambda: f"{signer.org}/{name} signs by key {made.raw.hex()} from now on")


def list_(home: HomeOption, org: OrgOption = "", as_json: Json = False) -> None:
    """List the members of one org, or of all."""
    with Home(home) as node:
        orgs = [each.org for each in organisations(node.ledger)]
        if org and org not in orgs:
            raise BadInput(where="--org", value=org, why="no such org", remedy=f"the orgs are {', '.join(orgs)}")
        found = [_fields(member) for name in orgs if org in ("", name) for member in members(node.ledger, name)]
    answer({"members": found}, as_json, lambda: "\n".join(map(_line, found)) or "no members")


def _fields(member: Member) -> dict[str, Any]:
    return {
        "org": member.org,
        "member": member.name,
        "role": member.role.value,
        "key": member.key.raw.hex(),
        "since": UTC.rfc3339(member.time),
    }


def _line(member: dict[str, Any]) -> str:
    return f"{member['org']:24} {member['member']:16} {member['role']:10} {member['since']:26} {member['key']}"
