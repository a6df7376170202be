"""`veriwatt node invite | sessions | tokens`: who may sign in to a node, while it runs or not."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from veriwatt.api.token_scopes import OF_SOME, SCOPES
from veriwatt.cli.options import HomeOption
from veriwatt.cli.output import Json, answer
from veriwatt.errors import BadInput, Malformed, NotFound
from veriwatt.home.access_files import AccessFiles, Listed
from veriwatt.home.access_records import ApiToken, Record, Session, SignInLink, check_person
from veriwatt.home.paths import find_home
from veriwatt.home.settings import load_settings
from veriwatt.ids import check_name
from veriwatt.system.clock import SystemClock
from veriwatt.units import DAY, HOUR, UtcMillis
from veriwatt.utc_text import utc_text

NameArgument = Annotated[str, typer.Argument(help="Who it is for, as it will be listed.")]
WhichArgument = Annotated[str, typer.Argument(help="A name, or an id, as listed.")]


def register(group: typer.Typer) -> None:
    group.command("invite")(invite)
    people = typer.Typer(help="Signed-in people, and links that nobody used yet.", no_args_is_help=True)
    people.command("list")(sessions)
    people.command("revoke")(end_sessions)
    group.add_typer(people, name="sessions")
    scripts = typer.Typer(help="Tokens by which scripts read.", no_args_is_help=True)
    scripts.command("add")(add_token)
    scripts.command("list")(tokens)
    scripts.command("revoke")(revoke_tokens)
    group.add_typer(scripts, name="tokens")


def invite(
    name: NameArgument,
    home: HomeOption,
    hours: Annotated[int, typer.Option(min=1, max=720, help="The link can be used for so many hours.")] = 24,
    days: Annotated[int, typer.Option(min=1, max=365, help="The session then lasts so many days.")] = 30,
    address: Annotated[str, typer.Option(help="The link begins with it, in place of the node's own address.")] = "",
    as_json: Json = False,
) -> None:
    """Make a link that signs one person in, once. The node may be running."""
    access, person = _access(home), _person(name)
    begin = address.rstrip("/") or load_settings(find_home(home).settings).address or access.address
    if not begin:
        remedy = "start the node once, or say --address https://node.example"
        raise BadInput(where="--address", value=None, why="this node has not answered anywhere yet", remedy=remedy)
    link = f"{begin}/sign-in?secret={access.invite(person, hours * HOUR, days * DAY)}"
    result = {"name": person, "link": link, "until": utc_text(_now() + hours * HOUR), "session_days": days}
    answer(result, as_json, lambda: f"{link}\nsigns in {person}, once, until {result['until']}; send it to nobody else")


def sessions(home: HomeOption, as_json: Json = False) -> None:
    """List who is signed in (since when, from where, last seen), and links that nobody used yet."""
    access = _access(home)
    here = [{**_shown(each), "from": each.record.peer} for each in access.listed(Session)]
    links = [_shown(each) for each in access.listed(SignInLink)]
    answer(
        {"sessions": here, "links": links},
        as_json,
        lambda: (
            "\n".join(
                [
                    *(_line(each, f"from {each['from']}, seen {each['seen']}") for each in here),
                    *(_line(each, "link, not used") for each in links),
                ]
            )
            or "nobody is signed in, and no link is open"
        ),
    )


def end_sessions(who: WhichArgument, home: HomeOption, as_json: Json = False) -> None:
    """End the sessions of a person, and withdraw the links that the person did not use."""
    _revoked(_access(home).revoke_person(who), who, "session or link", as_json)


def add_token(
    name: NameArgument,
    home: HomeOption,
    scope: Annotated[list[str], typer.Option(help=f"What it may read: {', '.join(SCOPES)}. May be repeated.")],
    only: Annotated[list[str] | None, typer.Option(help="Of this ORG or ORG/POINT alone. May be repeated.")] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="It is valid for so many days.")] = 365,
    as_json: Json = False,
) -> None:
    """Make a token by which a script reads; it is shown once. The node may be running."""
    for each in scope:
        if each not in SCOPES:
            remedy = f"write one of {', '.join(SCOPES)}"
            raise BadInput(where="--scope", value=each, why="no scope", remedy=remedy)
        if only and each not in OF_SOME:
            why, remedy = "is about all orgs, so not with --only", f"write one of {', '.join(OF_SOME)}"
            raise BadInput(where="--scope", value=each, why=why, remedy=remedy)
    access, until, scopes, of = _access(home), _now() + days * DAY, sorted(set(scope)), _orgs_and_points(only or [])
    token = access.add_token(_person(name), scopes, until, of)
    result = {"name": name, "token": token, "scopes": scopes, "only": of, "until": utc_text(until)}
    note = f"reads {_told(scopes, of)} until {utc_text(until)}; it is shown this once"
    answer(result, as_json, lambda: f"{token}\n{note}")


def tokens(home: HomeOption, as_json: Json = False) -> None:
    """List the tokens with their scopes, and when each was last used."""
    found = [
        {
            **_shown(each),
            "scopes": each.record.scopes,
            "only": each.record.only,
            "revoked": None if each.record.revoked is None else utc_text(each.record.revoked),
        }
        for each in _access(home).listed(ApiToken)
    ]

    def state(token: dict[str, Any]) -> str:
        if token["revoked"]:
            return f"revoked {token['revoked']}"
        return f"reads {_told(token['scopes'], token['only'])}, used {token['seen']}"

    answer({"tokens": found}, as_json, lambda: "\n".join(_line(each, state(each)) for each in found) or "no tokens")


def revoke_tokens(which: WhichArgument, home: HomeOption, as_json: Json = False) -> None:
    """Revoke the tokens of a name or id; whoever sends one is told so."""
    _revoked(_access(home).revoke_token(which), which, "valid token", as_json)


def _access(home: Any) -> AccessFiles:
    return AccessFiles(find_home(home).access)


def _now() -> UtcMillis:
    return SystemClock().now()


def _person(name: str) -> str:
    try:
        return check_person(name)
    except Malformed as error:
        raise BadInput(where="NAME", value=name, why=str(error), remedy="write the person's name") from error


def _orgs_and_points(only: list[str]) -> list[str]:
    for each in only:
        org, _, point = each.partition("/")
        try:
            check_name(org, "the org")
        except Malformed as error:
            raise BadInput(where="--only", value=each, why=str(error), remedy="write ORG or ORG/POINT") from error
        if "/" in each and not point:
            raise BadInput(where="--only", value=each, why="names no point", remedy="write ORG or ORG/POINT")
    return sorted(set(only))


def _told(scopes: list[str], only: list[str]) -> str:
    return ", ".join(scopes) + (f" of {', '.join(only)}" if only else "")


def _shown(listed: Listed[Any]) -> dict[str, Any]:
    record: Record = listed.record
    return {
        "id": listed.id,
        "name": record.name,
        "since": utc_text(record.made),
        "until": utc_text(record.until),
        "seen": utc_text(listed.seen),
    }


def _line(each: dict[str, Any], what: str) -> str:
    return f"{each['id']}  {each['name']:24} {each['since']}  until {each['until']}  {what}"


def _revoked(count: int, who: str, what: str, as_json: bool) -> None:
    if not count:
        raise NotFound(f"there is no {what} of {who!r}")
    answer({"revoked": count}, as_json, lambda: f"{count} revoked")
