"""`veriwatt ledger`: what the ledger holds, what its orgs decide, and whom others trust for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from veriwatt.cli import explorer, moving, proposals, propose, refetch
from veriwatt.cli.files import OutputFile, read_input
from veriwatt.cli.options import HomeOption, parse_witness_key
from veriwatt.cli.output import Json, answer
from veriwatt.errors import BadInput, Malformed
from veriwatt.home.cosignatures import Cosignatures, StoredCosignature
from veriwatt.membership.new_ledger import trust_of
from veriwatt.model.evidence.trust_file import Trust, parse_trust, render
from veriwatt.model.ledger.cosignature import parse_note
from veriwatt.node.home import Home
from veriwatt.reading.witness_request import checkpoint_at, witness_request
from veriwatt.utc_text import utc_text


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="The ledger: its state, blocks, transactions and validators, a search, votes, and the trust file.",
        no_args_is_help=True,
    )
    explorer.register(group)
    group.command("trust")(trust)
    group.command("checkpoint")(checkpoint)
    group.command("cosigned")(cosigned)
    group.command("proposals")(proposals.list_)
    group.command("vote")(proposals.cast_vote)
    group.command("refetch")(refetch.refetch)
    propose.register(group)
    moving.register(group)
    app.add_typer(group, name="ledger")


def trust(
    home: HomeOption,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Where to write it; the home's own file by default.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a trust file as of the newest block, for those who will verify evidence.

    The witnesses that the file listed before, if it is of this ledger, are listed again.
    """
    with Home(home) as node:
        path = (out or node.paths.trust).absolute()
        file = OutputFile(path, own=node.paths.trust)
        made = _with_witnesses(trust_of(node.ledger, node.ledger.genesis, node.clock.now()), path)
        file.write(render(made))
    result = {"trust": str(path), "fingerprint": made.fingerprint.hex(), "height": made.header.height}
    answer(result, as_json, lambda: f"{path}: block {result['height']}, fingerprint {made.short_fingerprint}")


def _with_witnesses(made: Trust, path: Path) -> Trust:
    """The trust file with the witnesses of the one that it replaces; what is there and is none lists nobody."""
    try:
        before = parse_trust(read_input(path), str(path))
    except Malformed:
        return made
    if before.genesis_hash != made.genesis_hash:
        return made
    return replace(made, cosigners=before.cosigners, operators=before.operators)


def checkpoint(
    home: HomeOption,
    out: Annotated[Path, typer.Option("-o", "--out", help="The request to write, for every witness.")],
    since: Annotated[
        list[int] | None, typer.Option(help="Show also the growth from this size.", min=1, max=2**63 - 1)
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a request to witnesses: the newest root log, and its growth from what each of them cosigned last."""
    file = OutputFile(out)
    with Home(home) as node:
        lines = Cosignatures(node.files, node.paths.cosigned).lines_by_size()
        made = witness_request(node.ledger, {**{size: [] for size in since or ()}, **lines})
    file.write(made.to_bytes())
    size, sizes = made.head.newest.index + 1, [growth.size for growth in made.growths]
    result = {"request": str(out), "size": size, "since": sizes}
    shown = "".join(f", since {each:,}" for each in sizes)
    answer(result, as_json, lambda: f"{out}: root log of {size:,} leaves{shown}")


def cosigned(
    answers: Annotated[list[Path], typer.Argument(help="What witnesses answered.")],
    home: HomeOption,
    key: Annotated[str, typer.Option(help="The key of a witness that is new here, NAME+HASH+KEY.")] = "",
    as_json: Json = False,
) -> None:
    """Take in cosignatures, for `veriwatt evidence cosigned` and the next request."""
    given = parse_witness_key(key) if key else None
    found = []
    with Home(home) as node:
        store = Cosignatures(node.files, node.paths.cosigned)
        for each in answers:
            note = _text_of(each)
            own = checkpoint_at(node.ledger, parse_note(note)[0].size)
            found.append(store.take_in(note, given, own))
    result = {"cosigned": [_cosigned(each) for each in found]}
    answer(
        result,
        as_json,
        lambda: "\n".join(f"{c['witness']}: {c['size']:,} leaves, {c['at']}" for c in result["cosigned"]),
    )


def _cosigned(stored: StoredCosignature) -> dict[str, Any]:
    at = utc_text(stored.cosignature.time)
    return {"witness": stored.witness.name, "key": str(stored.witness), "size": stored.checkpoint.size, "at": at}


def _text_of(file: Path) -> str:
    """The text of a witness's answer; raises BadInput naming the file."""
    try:
        return read_input(file).decode()
    except UnicodeDecodeError as error:
        raise BadInput(where=str(file), value=None, why="is no text", remedy="name a witness's answer") from error
