"""`veriwatt terminal` at the org: enrol, hand over keys, vouch, revoke, list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from veriwatt.cli.files import read_input, write_output
from veriwatt.cli.options import HomeOption, OrgOption
from veriwatt.cli.output import Json, answer
from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.errors import BadInput
from veriwatt.machine.terminals.queries import passports, present_passport
from veriwatt.membership.enrolment import KEY_DAYS, certifier, enrol_terminal, hand_over
from veriwatt.membership.genesis import OWNER
from veriwatt.membership.member_client import MemberClient
from veriwatt.model.terminals.enrolment import Certify, Reason, Revoke
from veriwatt.model.terminals.handover import parse_request
from veriwatt.model.terminals.passport import Passport, certified_at
from veriwatt.node import Home
from veriwatt.units import DAY, MINUTE, UtcMillis

UTC = Zone.parse("UTC")

Named = Annotated[str, typer.Option("--terminal", help="The terminal's name.")]
Asked = Annotated[Path, typer.Argument(help="The terminal's request.")]
Out = Annotated[Path, typer.Option("-o", "--out", help="The handover file to write.")]
Days = Annotated[int, typer.Option(min=1, max=400, help="Days ahead for which window keys are handed over.")]
From = Annotated[str, typer.Option("--from", help="From when on: RFC 3339, or a date or time in UTC; now by default.")]


def enrol(file: Asked, home: HomeOption, out: Out, days: Days = KEY_DAYS, as_json: Json = False) -> None:
    """At the org: enrol the terminal that made the request and its points, and write the handover for it."""
    asked = parse_request(read_input(file))
    with Home(home) as held:
        member_client = held.member_client(held.org(asked.org))
        new = enrol_terminal(held.ledger, member_client, held.keys, asked, held.clock.now())
        raw = hand_over(held.ledger, member_client, held.keys.agent, held.keys.member(asked.org, OWNER), asked, days)
    write_output(out, raw)
    shown = {
        "org": asked.org,
        "terminal": asked.terminal,
        "new": new,
        "key_id": asked.enrolment.key.key_id.hex(),
        "points": sum(len(group.definitions) for group in asked.groups),
        "handover": str(out),
    }
    done = "enrolled" if new else "was enrolled before"
    answer(
        shown,
        as_json,
        lambda: (
            f"terminal {asked.org}/{asked.terminal} {done}, {shown['points']} points, key id {shown['key_id']}\n"
            f"bring {out} to the terminal: `veriwatt terminal install DIR {out}`"
        ),
    )


def keys(file: Asked, home: HomeOption, out: Out, days: Days = KEY_DAYS, as_json: Json = False) -> None:
    """At the org: hand an enrolled terminal the window keys of the days to come."""
    asked = parse_request(read_input(file))
    with Home(home) as held:
        member_client, member_key = held.member_client(held.org(asked.org)), held.keys.member(asked.org, OWNER)
        write_output(out, hand_over(held.ledger, member_client, held.keys.agent, member_key, asked, days))
    shown = {"org": asked.org, "terminal": asked.terminal, "days": days, "handover": str(out)}
    who = f"{asked.org}/{asked.terminal}"
    answer(shown, as_json, lambda: f"{out}: window keys for {days} days, for terminal {who} alone")


def certify(
    terminal: Named,
    by: Annotated[str, typer.Option(help="The org that vouches for it, or ORG/MEMBER.")],
    home: HomeOption,
    org: OrgOption = "",
    valid_from: From = "",
    valid_days: Annotated[int, typer.Option(min=1, help="For how many days.")] = 365,
    as_json: Json = False,
) -> None:
    """Vouch for a terminal, as a metrology or regulator member whose key this home holds."""
    with Home(home) as held:
        own = held.org(org)
        present_passport(held.ledger, own, terminal)
        member_client = held.member_client(own) if by == own else _desk_of_certifier(held, by)
        start = parse_time(valid_from, UTC) if valid_from else held.ledger.head().time
        member_client.submit(Certify(own, terminal, start, start + valid_days * DAY))
    shown = {
        "org": own,
        "terminal": terminal,
        "by": f"{member_client.org}/{member_client.member}",
        "valid_from": UTC.rfc3339(start),
        "valid_until": UTC.rfc3339(start + valid_days * DAY),
    }
    answer(shown, as_json, lambda: f"{shown['by']} vouches for {own}/{terminal} until {shown['valid_until']}")


def revoke(
    terminal: Named,
    reason: Annotated[str, typer.Option(help="retired or compromised.")],
    home: HomeOption,
    org: OrgOption = "",
    since: From = "",
    by: Annotated[str, typer.Option(help="Another org that reports it, or ORG/MEMBER; it may name a past time.")] = "",
    as_json: Json = False,
) -> None:
    """End a terminal: retired with its last frame here, or its key reported compromised from a moment on."""
    if reason not in [each.value for each in Reason]:
        raise BadInput(where="--reason", value=reason, why="unknown", remedy="it is retired or compromised")
    with Home(home) as held:
        own = held.org(org)
        present_passport(held.ledger, own, terminal)
        body = _revocation(held, own, terminal, Reason(reason), since)
        member_client = _desk_of_certifier(held, by) if by else held.member_client(own)
        member_client.submit(body)
    last = None if body.last is None else body.last.number._asdict()
    begins = None if body.since is None else UTC.rfc3339(body.since)
    shown = {"org": own, "terminal": terminal, "reason": reason, "last": last, "from": begins}
    note = (
        f" from {begins}"
        if begins
        else f", last frame {body.last.number.seq}"
        if body.last
        else ", it never sent a frame"
    )
    answer(shown, as_json, lambda: f"terminal {own}/{terminal} is {reason}{note}")


def list_(home: HomeOption, org: OrgOption = "", as_json: Json = False) -> None:
    """List terminals with who vouches for them until when."""
    with Home(home) as held:
        now = held.clock.now()
        found = [_shown(held, p, now) for each in held.orgs_named(org) for p in passports(held.ledger, each)]
    answer({"terminals": found}, as_json, lambda: "\n".join(map(_line, found)) or "no terminals yet")


def _desk_of_certifier(held: Home, named: str) -> MemberClient:
    """The desk of the member who vouches for terminals, named as ORG or ORG/MEMBER."""
    org, _, name = named.partition("/")
    return held.member_client(org, certifier(held.ledger, org, name).name)


def _revocation(held: Home, org: str, terminal: str, reason: Reason, since: str) -> Revoke:
    if reason is Reason.COMPROMISED:
        return Revoke(org, terminal, reason, since=parse_time(since, UTC) if since else held.clock.now() + MINUTE)
    if since:
        raise BadInput(where="--from", value=since, why="a terminal retires with its last frame, not at a time")
    tip = held.org_log(org).chain.tips.get(terminal)
    return Revoke(org, terminal, reason, last=tip)


def _shown(held: Home, passport: Passport, now: UtcMillis) -> dict[str, Any]:
    holding = certified_at(passport, now)
    tip = held.org_log(passport.org).chain.tips.get(passport.terminal)
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
        "revoked": None if passport.revocation is None else passport.revocation.reason.value,
        "frames_to": None if tip is None else tip.number._asdict(),
    }


def _line(terminal: dict[str, Any]) -> str:
    by = terminal["certified_by"]
    vouched = f"{by} until {terminal['certified_until']}" if by else "nobody vouches for it"
    state = terminal["revoked"] or ("certified" if by else "enrolled")
    return f"{terminal['org']:16} {terminal['terminal']:16} {state:12} {vouched}"
