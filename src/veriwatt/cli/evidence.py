"""`veriwatt evidence`: make and renew evidence files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from veriwatt.cli.files import OutputFile, read_input
from veriwatt.cli.ledger_time import warn_if_ledger_is_ahead
from veriwatt.cli.options import HomeOption, OrgOption
from veriwatt.cli.output import Json, answer
from veriwatt.errors import BadInput, NotFound
from veriwatt.home.cosignatures import Cosignatures
from veriwatt.model.evidence.reading_claim import ClaimedSlot
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.node.home import Home
from veriwatt.reading.asked_times import asked_span, asked_time
from veriwatt.reading.evidence.build import build_reading_evidence, evidence_file, proven_file, refresh
from veriwatt.reading.evidence.cosigned import cosigned_evidence
from veriwatt.reading.evidence.led import led_file, led_file_for_own_readers
from veriwatt.reading.evidence.period_file import period_file
from veriwatt.reading.evidence.superseded import begins_earlier_since, changed_figure, superseded_by
from veriwatt.verify.claims.kinds import parse_evidence

ReaderOption: TypeAlias = Annotated[
    Path | None, typer.Option("--trust", help="The trust file of whoever will verify it; by default this home's own.")
]


def register(app: typer.Typer) -> None:
    commands = typer.Typer(help="Proof of a figure in one file.", no_args_is_help=True)
    commands.command("reading")(reading)
    commands.command("period")(period)
    commands.command("refresh")(refresh_)
    commands.command("cosigned")(cosigned)
    app.add_typer(commands, name="evidence")


def reading(
    point: Annotated[str, typer.Argument(help="The point's id.")],
    slot: Annotated[str, typer.Argument(help="The start of its slot: RFC 3339, or local time in the point's zone.")],
    home: HomeOption,
    out: Annotated[Path, typer.Option("-o", "--out", help="The evidence file to write.")],
    org: OrgOption = "",
    trust: ReaderOption = None,
    as_json: Json = False,
) -> None:
    """Prove one reading: its value, status, origin, terminal and place on the ledger."""
    with Home(home) as node:
        group, definition = node.points.find(point, org or None)
        start = asked_time(definition, slot, "slot")
        positions = node.read(lambda view: view.versions(group.org, definition.id, start))
        if not positions:
            raise NotFound(f"point {definition.id!r} has no slot that starts at {slot}")
        claimed = ClaimedSlot(group.org, definition.id, start)
        chain = node.org_log(group.org).chain
        made = evidence_file(build_reading_evidence(node.ledger, chain, node.keys.agent, claimed, positions[-1]))
        made = _led(node, made, trust)
        warn_if_ledger_is_ahead(node)
    _hand_out(out, made, as_json)


def period(
    point: Annotated[str, typer.Argument(help="The point's id.")],
    start: Annotated[
        str, typer.Argument(help="The start: RFC 3339, a time in the point's zone, or a date: its own day.")
    ],
    end: Annotated[str, typer.Argument(help="The end, not included; at most 31 days later.")],
    home: HomeOption,
    out: Annotated[Path, typer.Option("-o", "--out", help="The evidence file to write.")],
    org: OrgOption = "",
    trust: ReaderOption = None,
    as_json: Json = False,
) -> None:
    """Prove a period's figure as `query` gives it: number, completeness, and every slot that it comes from."""
    with Home(home) as node:
        group, definition = node.points.find(point, org or None)
        span = asked_span(definition, start, end)
        chain, agent = node.org_log(group.org).chain, node.keys.agent
        made = node.read(lambda view: period_file(node.ledger, chain, agent, view, group.org, definition, span))
        made = _led(node, made, trust)
        warn_if_ledger_is_ahead(node)
    _hand_out(out, made, as_json)


def refresh_(
    file: Annotated[Path, typer.Argument(help="The evidence file to renew.")],
    home: HomeOption,
    trust: ReaderOption = None,
    as_json: Json = False,
) -> None:
    """Renew an evidence file: the same claim under the newest state of the ledger.

    It says where this home knows a later version of what the file proves, where a register begins earlier since, what
    the renewed file proves of the figure otherwise than before, and which witnesses cosigned the state before alone.
    """
    renewed = OutputFile(file)
    with Home(home) as node:
        evidence = parse_evidence(read_input(file))
        made, proven = proven_file(refresh(node.ledger, evidence))
        made = _led(node, made, trust)
        newer, moved = node.read(lambda view: superseded_by(view, evidence)), begins_earlier_since(proven)
        changed = changed_figure(evidence, proven)
        warn_if_ledger_is_ahead(node)
    renewed.write(made)
    lost = [] if evidence.cosigned is None else [each.name for each in evidence.cosigned.cosignatures]
    fields = {"file": str(file), "bytes": len(made), "superseded_by": newer, "begins_earlier_since": moved}
    told = None if changed is None else {name: {"was": was, "is": now} for name, (was, now) in changed.items()}
    answer(
        fields | {"changed": told, "cosigned_before_by": lost},
        as_json,
        lambda: _renewed(file, made, newer, moved, changed) + _no_longer(lost),
    )


def _no_longer(lost: list[str]) -> str:
    """The witnesses whose cosignatures the renewed file does not have."""
    if not lost:
        return ""
    names, command = ", ".join(lost), "`veriwatt evidence cosigned`"
    return f"\n{names} cosigned the state before; {command} adds cosignatures of this one after the next block"


def cosigned(
    file: Annotated[Path, typer.Argument(help="The evidence file to add cosignatures to.")],
    home: HomeOption,
    as_json: Json = False,
) -> None:
    """Add the cosignatures of a root log that has the file's state; claim and state stay as they are."""
    renewed = OutputFile(file)
    with Home(home) as node:
        evidence = parse_evidence(read_input(file))
        by_size = Cosignatures(node.files, node.paths.cosigned).by_size()
        made, _ = proven_file(cosigned_evidence(node.ledger, evidence, by_size))
    renewed.write(made)
    part = parse_evidence(made).cosigned
    names = [] if part is None else [each.name for each in part.cosignatures]
    result = {"file": str(file), "bytes": len(made), "cosigned_by": names}
    answer(result, as_json, lambda: f"{file}: {len(made):,} bytes, cosigned by {', '.join(names)}")


def _led(node: Home, made: bytes, reader: Path | None) -> bytes:
    """The file with the light blocks that lead to it from the reader's trust file, or from this home's own."""
    if reader is None:
        return led_file_for_own_readers(node.ledger, made, node.trust())
    trust = parse_trust(read_input(reader), str(reader))
    if trust.chain_id != node.ledger.chain_id:
        why, remedy = "is of another ledger", f"name a trust file of {node.ledger.chain_id}"
        raise BadInput(where=str(reader), value=trust.chain_id, why=why, remedy=remedy)
    return led_file(node.ledger, made, trust)


def _hand_out(out: Path, made: bytes, as_json: bool) -> None:
    OutputFile(out).write(made)
    answer({"file": str(out), "bytes": len(made)}, as_json, lambda: f"{out}: {len(made):,} bytes of evidence")


def _renewed(
    file: Path, made: bytes, newer: int | None, moved: str | None, changed: Mapping[str, tuple[object, object]] | None
) -> str:
    note = "" if newer is None else f"\nsuperseded: frame {newer} of the data chain states it anew; make the file again"
    if moved is not None:
        note += (
            f"\nthe register begins earlier since {moved}, and the file has no reading from before, which may change "
            "its first steps: make the file again where they are stated"
        )
    if changed is None:
        note += "\nthe file proved nothing before, so that its figure is compared with none"
    elif changed:
        each = (f"{name} was {was} and is {now}" for name, (was, now) in changed.items())
        note += f"\nthe figure is not what the file proved before, by what the ledger records since: {'; '.join(each)}"
    return f"{file}: renewed, {len(made):,} bytes{note}"
