"""`veriwatt terminal` at the org: enrol, hand over keys, certify, list.

The node is imported when a command opens its home: `veriwatt terminal run` loads this file, and no node.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from veriwatt.cli.files import OutputFile, read_input
from veriwatt.cli.options import HomeOption, OrgOption
from veriwatt.cli.output import Json, answer
from veriwatt.counted import counted
from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.machine.terminals.queries import passports, present_passport
from veriwatt.membership.enrolment import KEY_DAYS, certifier, enrol_terminal, hand_over, plan_enrolment
from veriwatt.membership.group_change import GroupChange, PointChange
from veriwatt.membership.member_client import MemberClient
from veriwatt.model.terminals.certified_times import CertifiedTimes
from veriwatt.model.terminals.enrolment import Certify
from veriwatt.model.terminals.handover import parse_request
from veriwatt.model.terminals.passport import Passport
from veriwatt.model.terminals.revocation import Report
from veriwatt.units import DAY, UtcMillis

if TYPE_CHECKING:
    from veriwatt.node.home import Home

UTC = Zone.parse("UTC")

TerminalName = Annotated[str, typer.Option("--terminal", help="The terminal's name.")]
RequestFile = Annotated[Path, typer.Argument(help="The terminal's request.")]
HandoverOut = Annotated[Path, typer.Option("-o", "--out", help="The handover file to write.")]
Days = Annotated[int, typer.Option(min=1, max=400, help="Days ahead for which window keys are handed over.")]
From = Annotated[str, typer.Option("--from", help="From when on: RFC 3339, or a date or time in UTC; now by default.")]


def enrol(
    file: RequestFile,
    home: HomeOption,
    out: HandoverOut = Path("handover"),
    days: Days = KEY_DAYS,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Take points from the terminal that reads them.")
    ] = False,
    redefine: Annotated[
        bool, typer.Option("--redefine", help="Change what values of registered points mean, or end points.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change, and from when.")] = False,
    as_json: Json = False,
) -> None:
    """At the org: enrol the terminal that made the request and its points, and write the handover for it."""
    request, handover = parse_request(read_input(file)), OutputFile(out, file)
    with node_home(home) as node:
        member_client, now = node.member_client(node.org(request.org)), node.clock.now()
        if dry_run:
            planned = plan_enrolment(node.ledger, member_client, request, now)
        else:
            planned = enrol_terminal(
                node.ledger, member_client, node.keys, request, now, take_over=take_over, redefine=redefine
            )
            member = node.keys.member(request.org, member_client.member)
            handover.write(hand_over(node.ledger, member_client, node.keys.agent, member, request, days))
    result = {
        "org": request.org,
        "terminal": request.terminal,
        "new": planned.new,
        "key_id": request.enrolment.key.key_id.hex(),
        "points": sum(len(group.definitions) for group in request.groups),
        "changes": [_change(change) for change in planned.changes],
        "needs": [*(["--take-over"] if planned.taken else ()), *(["--redefine"] if planned.redefined else ())],
        "handover": None if dry_run else str(out),
    }
    answer(result, as_json, lambda: "\n".join(_enrolled(result)))


def _change(change: GroupChange) -> dict[str, Any]:
    return {
        "group": change.body.group,
        "from": Zone.parse(change.body.timezone).rfc3339(change.body.effective_from),
        "named": list(change.named),
        "taken": [{"point": point, "terminal": terminal} for point, terminal in change.taken],
        "changed": [_point_change(each) for each in change.changed if each.differences],
        "ended": list(change.ended),
    }


def _point_change(change: PointChange) -> dict[str, Any]:
    fields = [difference._asdict() for difference in change.differences]
    return {"point": change.after.id, "redefined": change.redefines, "fields": fields}


def _enrolled(result: dict[str, Any]) -> Iterator[str]:
    """What was done, or would be, for a person."""
    who, done = f"{result['org']}/{result['terminal']}", "enrolled" if result["new"] else "was enrolled before"
    yield f"terminal {who} {done}, {counted(result['points'], 'point', 'points')}, key id {result['key_id']}"
    for change in result["changes"]:
        yield f"group {change['group']}: its points name terminal {result['terminal']} from {change['from']} on"
        if change["named"]:
            yield f"  named no terminal before: {', '.join(change['named'])}"
        for taken in change["taken"]:
            yield f"  until then read by terminal {taken['terminal']}: {taken['point']}"
        for each in change["changed"]:
            fields = ", ".join(f"{d['field']} {d['was']}, now {d['now']}" for d in each["fields"])
            yield f"  {'redefined' if each['redefined'] else 'changed'}: {each['point']}: {fields}"
        if change["ended"]:
            yield f"  end, for the request does not list them: {', '.join(change['ended'])}"
    if result["handover"] is None:
        needs = f"; `terminal enrol` does it with {' '.join(result['needs'])} only" if result["needs"] else ""
        yield f"nothing was done{needs}"
    else:
        yield f"bring {result['handover']} to the terminal: `veriwatt terminal accept {result['handover']} --home DIR`"


def renew_keys(
    file: RequestFile, home: HomeOption, out: HandoverOut, days: Days = KEY_DAYS, as_json: Json = False
) -> None:
    """At the org: hand an enrolled terminal the window keys of the days to come."""
    request, handover = parse_request(read_input(file)), OutputFile(out, file)
    with node_home(home) as node:
        member_client = node.member_client(node.org(request.org))
        member_key = node.keys.member(request.org, member_client.member)
        handover.write(hand_over(node.ledger, member_client, node.keys.agent, member_key, request, days))
    result = {"org": request.org, "terminal": request.terminal, "days": days, "handover": str(out)}
    who = f"{request.org}/{request.terminal}"
    answer(result, as_json, lambda: f"{out}: window keys for {counted(days, 'day', 'days')}, for terminal {who} alone")


def certify(
    terminal: TerminalName,
    by: Annotated[str, typer.Option(help="The org that certifies it, or ORG/MEMBER.")],
    home: HomeOption,
    org: OrgOption = "",
    valid_from: From = "",
    valid_days: Annotated[int, typer.Option(min=1, help="For how many days.")] = 365,
    as_json: Json = False,
) -> None:
    """Certify a terminal, as a metrology or regulator member whose key this home holds."""
    with node_home(home) as node:
        own = node.org(org)
        present_passport(node.ledger, own, terminal)
        member_client = node.member_client(own) if by == own else certifier_client(node, by)
        start = parse_time(valid_from, UTC) if valid_from else node.ledger.head().time
        member_client.submit(Certify(own, terminal, start, start + valid_days * DAY))
    result = {
        "org": own,
        "terminal": terminal,
        "by": f"{member_client.org}/{member_client.member}",
        "valid_from": UTC.rfc3339(start),
        "valid_until": UTC.rfc3339(start + valid_days * DAY),
    }
    answer(result, as_json, lambda: f"{result['by']} certifies {own}/{terminal} until {result['valid_until']}")


def list_(home: HomeOption, org: OrgOption = "", as_json: Json = False) -> None:
    """List terminals, with who certified them until when."""
    with node_home(home) as node:
        now = node.clock.now()
        found = [_row(node, p, now) for each in node.orgs_named(org) for p in passports(node.ledger, each)]
    answer({"terminals": found}, as_json, lambda: "\n".join(map(_line, found)) or "no terminals yet")


def node_home(home: Path) -> Home:
    """The opened home of a node, which is imported only now."""
    from veriwatt.node.home import Home

    return Home(home)


def certifier_client(node: Home, named: str) -> MemberClient:
    """The client of the member who certifies terminals, named as ORG or ORG/MEMBER."""
    org, _, name = named.partition("/")
    return node.member_client(org, certifier(node.ledger, org, name).name)


def _row(node: Home, passport: Passport, now: UtcMillis) -> dict[str, Any]:
    holding = CertifiedTimes(passport).at(now)
    tip = node.org_log(passport.org).chain.tips.get(passport.terminal)
    return {
        "org": passport.org,
        "terminal": passport.terminal,
        "key_id": passport.newest_key.key.key_id.hex(),
        "protection": passport.newest_key.protection.value,
        "model": passport.model,
        "firmware": passport.firmware,
        "enrolled_at": UTC.rfc3339(passport.enrolled_at),
        "certified_by": None if holding is None else f"{holding.org}/{holding.member}",
        "certified_until": None if holding is None else UTC.rfc3339(holding.valid_until),
        "reported": None if passport.report is None else _report(passport.report),
        "equivocations": passport.equivocations,
        "revoked": None if passport.revoked is None else passport.revoked.value,
        "frames_to": None if tip is None else tip.number._asdict(),
    }


def _report(report: Report) -> dict[str, Any]:
    answer = None if report.answer is None else report.answer.text
    return {"by": f"{report.org}/{report.member}", "since": UTC.rfc3339(report.since), "answer": answer}


def _line(terminal: dict[str, Any]) -> str:
    by = terminal["certified_by"]
    certified = f"{by} until {terminal['certified_until']}" if by else "nobody certified it"
    state = terminal["revoked"] or ("certified" if by else "enrolled")
    twice = terminal["equivocations"]
    contradicted = f"; signed {twice} number{'s' if twice > 1 else ''} twice" if twice else ""
    return f"{terminal['org']:16} {terminal['terminal']:16} {state:12} {certified}{contradicted}"
