"""`veriwatt ledger propose`: put a decision to the vote of the orgs, a command for each kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from veriwatt.cli.files import read_input
from veriwatt.cli.options import HomeOption, parse_key
from veriwatt.cli.output import Json, answer
from veriwatt.cli.proposals import DryRun, decision_text, proposal_text
from veriwatt.energy.factors import FactorTable
from veriwatt.errors import BadInput, Malformed
from veriwatt.home.own_tables import read_own_tables
from veriwatt.membership.new_ledger import OWNER
from veriwatt.membership.proposals import decision_json, open_proposal, proposal_json, propose, voting_on
from veriwatt.model.governance.decision import Decision
from veriwatt.model.governance.org_decisions import Admit, GrantOrgRole, Reinstate, RevokeOrgRole, Suspend
from veriwatt.model.governance.parameters import Parameters
from veriwatt.model.governance.proposal import Propose
from veriwatt.model.governance.rule_decisions import (
    ChangeParameters,
    ChangeValidators,
    CloseLedger,
    RegisterFactors,
    ScheduleUpgrade,
    ValidatorPower,
)
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.model.members.org_role import parse_binding_role
from veriwatt.model.members.organisation import NewMember, Role
from veriwatt.node.home import Home

Org = Annotated[str, typer.Argument(help="The org concerned.")]
RoleName = Annotated[str, typer.Argument(help="metrology or regulator.")]
Text = Annotated[str, typer.Option("--text", help="What it is for, at most 500 characters; it stays on the ledger.")]
By = Annotated[str, typer.Option("--by", help="The org that proposes, and votes yes; this home's own by default.")]


def register(group: typer.Typer) -> None:
    app = typer.Typer(help="Propose a decision; the org's own vote for it is yes.", no_args_is_help=True)
    commands: dict[str, Callable[..., None]] = {
        "admit": admit,
        "suspend": suspend,
        "reinstate": reinstate,
        "grant-role": grant_role,
        "revoke-role": revoke_role,
        "factors": factors,
        "validators": validators,
        "parameters": parameters,
        "upgrade": upgrade,
        "close": close,
    }
    for name, command in commands.items():
        app.command(name)(command)
    group.add_typer(app, name="propose")


def admit(
    org: Annotated[str, typer.Argument(help="Short name: letters, digits, . _ @ + -")],
    key: Annotated[str, typer.Option(help="Public key of its owner, in hexadecimal.")],
    text: Text,
    home: HomeOption,
    title: Annotated[str, typer.Option(help="Its full name, shown to people.")] = "",
    with_vote: Annotated[bool, typer.Option("--with-vote", help="It decides with the others.")] = False,
    by: By = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Admit an org that keeps its keys itself."""
    decision = Admit(org, title or org, NewMember(OWNER, Role.OWNER, parse_key(key)), with_vote)
    put_to_vote(home, decision, text, by, dry_run, as_json)


def suspend(
    org: Org, text: Text, home: HomeOption, by: By = "", dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Suspend an org: its anchors are refused from then on; what was anchored before stays proven."""
    put_to_vote(home, Suspend(org), text, by, dry_run, as_json)


def reinstate(
    org: Org, text: Text, home: HomeOption, by: By = "", dry_run: DryRun = False, as_json: Json = False
) -> None:
    """End the suspension of an org."""
    put_to_vote(home, Reinstate(org), text, by, dry_run, as_json)


def grant_role(
    org: Org, role: RoleName, text: Text, home: HomeOption, by: By = "", dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Grant an org a role by which its members bind other orgs."""
    put_to_vote(home, GrantOrgRole(org, parse_binding_role(role)), text, by, dry_run, as_json)


def revoke_role(
    org: Org, role: RoleName, text: Text, home: HomeOption, by: By = "", dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Revoke an org's role; what it certified or reported by it stays."""
    put_to_vote(home, RevokeOrgRole(org, parse_binding_role(role)), text, by, dry_run, as_json)


def factors(
    file: Annotated[Path, typer.Argument(help="The table, a TOML file; its digest goes on the ledger.")],
    text: Text,
    home: HomeOption,
    end: Annotated[bool, typer.Option("--end", help="It is in force no more.")] = False,
    by: By = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Put a table of factors into force for all orgs, or end it."""
    (table,) = read_own_tables([file])
    put_to_vote(home, RegisterFactors(table.digest, _name_of(table, file), not end), text, by, dry_run, as_json)


def validators(
    changes: Annotated[list[str], typer.Argument(metavar="KEY=POWER…", help="Public key in hexadecimal; 0 removes.")],
    text: Text,
    home: HomeOption,
    by: By = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Change who signs blocks, from the second block after the decision on."""
    pairs = [(parse_key(key, "KEY=POWER"), number_of(power, "KEY=POWER")) for key, power in map(pair_of, changes)]
    powers = sorted((ValidatorPower(key, power) for key, power in pairs), key=lambda each: each.key.raw)
    put_to_vote(home, ChangeValidators(tuple(powers)), text, by, dry_run, as_json)


def parameters(
    changes: Annotated[list[str], typer.Argument(metavar="NAME=VALUE…", help="Such as voting-days=30.")],
    text: Text,
    home: HomeOption,
    by: By = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Change parameters of the ledger: shares of votes, days of voting, the reach of reports."""
    stated = sorted((name, number_of(value, "NAME=VALUE")) for name, value in map(pair_of, changes))
    put_to_vote(home, ChangeParameters(Parameters(tuple(stated))), text, by, dry_run, as_json)


def upgrade(
    height: Annotated[int, typer.Argument(help="The first block of the new version; 0 cancels.", min=0)],
    version: Annotated[int, typer.Argument(help="The machine version, as `ledger status` says it; 0 cancels.", min=0)],
    text: Text,
    home: HomeOption,
    by: By = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Schedule the height from which on only a later machine version runs the ledger, or cancel that."""
    put_to_vote(home, ScheduleUpgrade(height, version), text, by, dry_run, as_json)


def close(
    plan: Annotated[Path, typer.Argument(help="The plan of the successor, as `ledger plan` wrote it.")],
    text: Text,
    home: HomeOption,
    by: By = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """End this ledger for good; it goes on as the one of the plan. What is proven and anchored goes on with it."""
    planned = Genesis.from_bytes(read_input(plan))
    put_to_vote(home, CloseLedger(planned.plan_hash), text, by, dry_run, as_json)


def put_to_vote(home: Path, decision: Decision, text: str, by: str, dry_run: bool, as_json: bool) -> None:
    """Propose a decision, or with `dry_run` say what would be proposed, and answer the command."""
    what = decision_text(decision)
    with Home(home) as node:
        owner = node.member_client(by or node.settings.org)
        before = open_proposal(node.ledger, owner, decision, text)
        if before is None:
            owner.check(Propose(decision, text))
        voters, needed = voting_on(node.ledger, decision)
        told = None
        if not dry_run:
            made = propose(node.ledger, owner, decision, text)
            told = proposal_json(node.ledger, made, node.ledger.next_time())
    enacts = before is None and owner.org in voters and needed == 1
    result: dict[str, Any] = {
        "by": owner.org,
        "kind": decision.kind,
        "decision": decision_json(decision),
        "text": text,
        "voters": list(voters),
        "needed": needed,
        "enacts": enacts,
        "dry_run": dry_run,
        "proposed_before": None if before is None else before.number,
        "proposal": told,
    }
    head = "" if before is None else f"{owner.org} proposed this before, as proposal {before.number}, which is open\n"
    at_once = "it would be enacted at once" if enacts else f"it needs {needed} of {', '.join(voters)}"
    answer(
        result,
        as_json,
        lambda: head + (f"{owner.org} would propose: {what}; {at_once}" if told is None else proposal_text(told, what)),
    )


def pair_of(text: str) -> tuple[str, str]:
    """The two sides of NAME=VALUE; raises BadInput."""
    name, equals, value = text.partition("=")
    if not equals:
        raise BadInput(where=text, value=text, why="no `=` in it", remedy="write NAME=VALUE, without blanks")
    return name, value


def number_of(text: str, where: str) -> int:
    """The number that a text of digits states; raises BadInput."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise BadInput(where=where, value=text, why="no number", remedy="write digits alone")
    return int(text)


def _name_of(table: FactorTable, file: Path) -> str:
    editions = dict.fromkeys(factor.edition for factor in table.factors)
    name = ", ".join(editions)[:200].strip() or file.stem
    if not name:
        raise Malformed(f"{file} has no name")
    return name
