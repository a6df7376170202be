"""`veriwatt terminal` at the org: revoke a terminal, replace the software terminal, answer a report of compromise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from veriwatt.cli.options import HomeOption, OrgOption
from veriwatt.cli.output import Json, answer
from veriwatt.cli.terminal_org import UTC, From, TerminalName, certifier_client, node_home
from veriwatt.energy.calendar import parse_time
from veriwatt.errors import BadInput
from veriwatt.machine.terminals.queries import present_passport
from veriwatt.model.terminals.revocation import AnswerReport, Reason, Revoke
from veriwatt.units import MINUTE

if TYPE_CHECKING:
    from veriwatt.node.home import Home


def revoke(
    terminal: TerminalName,
    reason: Annotated[str, typer.Option(help="retired or compromised.")],
    home: HomeOption,
    org: OrgOption = "",
    since: From = "",
    by: Annotated[str, typer.Option(help="Another org that reports it, or ORG/MEMBER; it may name a past time.")] = "",
    as_json: Json = False,
) -> None:
    """Revoke a terminal: retired with its last frame here, or its key reported compromised from an instant on."""
    if reason not in [each.value for each in Reason]:
        raise BadInput(where="--reason", value=reason, why="unknown", remedy="it is retired or compromised")
    with node_home(home) as node:
        own = node.org(org)
        present_passport(node.ledger, own, terminal)
        body = _revocation(node, own, terminal, Reason(reason), since)
        member_client = certifier_client(node, by) if by else node.member_client(own)
        member_client.submit(body)
    last = None if body.last is None else body.last.number._asdict()
    begins = None if body.since is None else UTC.rfc3339(body.since)
    result = {"org": own, "terminal": terminal, "reason": reason, "last": last, "from": begins}
    note = (
        f" from {begins}"
        if begins
        else f", last frame {body.last.number.seq}"
        if body.last
        else ", it never sent a frame"
    )
    answer(result, as_json, lambda: f"terminal {own}/{terminal} is {reason}{note}")


def replace_software(home: HomeOption, org: OrgOption = "", as_json: Json = False) -> None:
    """Enrol a successor of a revoked software terminal, with a key of its own, which frames imports and corrections."""
    with node_home(home) as node:
        passport = node.replace_software_terminal(node.org(org))
    name, key = f"{passport.org}/{passport.terminal}", passport.newest_key.key.key_id.hex()
    result = {"org": passport.org, "terminal": passport.terminal, "key_id": key}
    answer(result, as_json, lambda: f"terminal {name} frames imports and corrections from now on, key id {key}")


def answer_report(
    terminal: TerminalName,
    text: Annotated[str, typer.Option(help="What evidence shows beside the report, at most 500 characters.")],
    home: HomeOption,
    org: OrgOption = "",
    as_json: Json = False,
) -> None:
    """Answer, once and for good, the report that a terminal's key is compromised. The report stands."""
    with node_home(home) as node:
        own = node.org(org)
        node.member_client(own).submit(AnswerReport(terminal, text))
        report = present_passport(node.ledger, own, terminal).report
    by = "" if report is None else report.org
    result = {"org": own, "terminal": terminal, "reported_by": by, "text": text}
    answer(result, as_json, lambda: f"{own} answered the report of {by} about terminal {own}/{terminal}: {text}")


def _revocation(node: Home, org: str, terminal: str, reason: Reason, since: str) -> Revoke:
    if reason is Reason.COMPROMISED:
        return Revoke(org, terminal, reason, since=parse_time(since, UTC) if since else node.clock.now() + MINUTE)
    if since:
        raise BadInput(where="--from", value=since, why="a terminal retires with its last frame, not at a time")
    tip = node.org_log(org).chain.tips.get(terminal)
    return Revoke(org, terminal, reason, last=tip)
