"""`veriwatt terminal refused` and `void`: a terminal that is blocked by what it signed goes on with the next number."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from veriwatt.cli.files import OutputFile, read_input
from veriwatt.cli.options import HomeOption, OrgOption, TerminalHomeOption
from veriwatt.cli.output import Json, answer
from veriwatt.encoding import decode, encode
from veriwatt.energy.calendar import Zone
from veriwatt.model.terminals.contradiction import SignedHeader, VoidNumber
from veriwatt.terminal.home import TerminalHome

UTC = Zone.parse("UTC")


def refused(
    home: TerminalHomeOption,
    out: Annotated[Path, typer.Option("-o", "--out", help="The file to write.")],
    as_json: Json = False,
) -> None:
    """At the terminal: write the signed header of the oldest frame that is not accepted, for `terminal void`."""
    file = OutputFile(out)
    with TerminalHome(home, reading=True) as terminal:
        header = terminal.refused_header()
    file.write(encode(header.fields()))
    result = {**_described(header), "refused": str(out)}
    answer(result, as_json, lambda: f"{_words(header)}: bring {out} to the org, `veriwatt terminal void {out}`")


def void(
    home: HomeOption,
    reason: Annotated[str, typer.Option(help="Why the frame can never be accepted; it stands on the ledger.")],
    file: Annotated[Path | None, typer.Argument(help="What `terminal refused` wrote at the terminal.")] = None,
    terminal: Annotated[str, typer.Option(help="Without a file: a software terminal of this home.")] = "",
    org: OrgOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and show it; nothing is submitted.")] = False,
    as_json: Json = False,
) -> None:
    """At the org: give up the number of a frame that its log host refuses for good; this cannot be undone.

    The terminal goes on with the next number. Its values are stated again: by a live terminal by itself, from a file
    by importing it again.
    """
    from veriwatt.node.home import Home

    with Home(home) as node:
        if file is not None:
            header, why = SignedHeader.parse(decode(read_input(file), "signed header")), None
        else:
            header, why = node.refused_header(node.org(org), terminal)
        stated = header.stated()
        body = VoidNumber(stated.terminal, header, reason)
        client = node.member_client(stated.org)
        client.check(body)
        if not dry_run:
            client.submit(body)
    result = {**_described(header), "refusal": why, "dry_run": dry_run}
    done = "would be void" if dry_run else "is void"
    answer(result, as_json, lambda: f"{_words(header)}, {done}" + (f"; it is refused: {why}" if why else ""))


def _described(header: SignedHeader) -> dict[str, object]:
    stated = header.stated()
    return {
        "org": stated.org,
        "terminal": stated.terminal,
        "number": stated.number._asdict(),
        "from": UTC.rfc3339(stated.window.start),
        "until": UTC.rfc3339(stated.window.end),
    }


def _words(header: SignedHeader) -> str:
    stated, span = header.stated(), _described(header)
    return f"frame {stated.number} of {stated.org}/{stated.terminal}, {span['from']} to {span['until']}"
