"""`veriwatt terminal report-equivocation`: put on the ledger that a terminal signed two frames under one number."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from veriwatt.cli.files import read_input
from veriwatt.cli.options import HomeOption
from veriwatt.cli.output import Json, answer
from veriwatt.cli.terminal_org import UTC, node_home
from veriwatt.machine.terminals.queries import number_record
from veriwatt.membership.equivocation import find_equivocation

ProofFile = Annotated[Path, typer.Argument(help="An upload, a file from the quarantine, or evidence.")]


def report_equivocation(
    one: ProofFile,
    other: ProofFile,
    home: HomeOption,
    by: Annotated[str, typer.Option(help="The member that reports it, as ORG or ORG/MEMBER; this home's owner.")] = "",
    send: Annotated[bool, typer.Option("--send", help="Record it; otherwise it is only shown.")] = False,
    as_json: Json = False,
) -> None:
    """Show what two contradicting files would record on the ledger, for good; with --send, record it."""
    with node_home(home) as node:
        body = find_equivocation(node.ledger, read_input(one), read_input(other))
        number = body.one.stated().number
        known = number_record(node.ledger, body.org, body.terminal, number)
        already = known is not None and known.equivocation is not None
        org, _, member = (by or node.settings.org).partition("/")
        client = node.member_client(org, member)
        if send:
            client.submit(body)
    result = {
        "org": body.org,
        "terminal": body.terminal,
        **number._asdict(),
        "frames": [
            {"frame": str(each.frame_id), "collected_at": UTC.rfc3339(each.stated().collected_at)}
            for each in sorted((body.one, body.other), key=lambda header: header.frame_id)
        ],
        "by": f"{org}/{client.member}",
        "already_recorded": already,
        "sent": send,
    }
    frames = "\n".join(f"  frame {each['frame']}, collected {each['collected_at']}" for each in result["frames"])
    done = "recorded" if send else "recorded already" if already else "would be recorded, for good; --send does it"
    answer(
        result,
        as_json,
        lambda: f"terminal {body.org}/{body.terminal} signed two frames as number {number}:\n{frames}\n{done}",
    )
