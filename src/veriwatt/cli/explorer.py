"""`veriwatt ledger status|block|tx|validators|search`: what the pages of the ledger show, from the home itself."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from veriwatt.cli.explorer_told import block_text, search_text, status_text, transaction_text, validators_text
from veriwatt.cli.options import HomeOption
from veriwatt.cli.output import REFUSED, Json, Progress, answer
from veriwatt.errors import BadInput, Malformed
from veriwatt.home.ledger_engine import FollowerEngine
from veriwatt.ids import Digest
from veriwatt.machine.governance.queries import upgrade
from veriwatt.machine.version import MACHINE_VERSION
from veriwatt.node.home import Home
from veriwatt.reading.asked_times import asked_time
from veriwatt.reading.explorer.asked import read_asked
from veriwatt.reading.explorer.blocks import block_json, operator_of, transaction_place
from veriwatt.reading.explorer.checks import block_check_json, transaction_check_json
from veriwatt.reading.explorer.explored import Explored
from veriwatt.reading.explorer.search import search_json
from veriwatt.reading.explorer.standing import ledger_json, validators_json
from veriwatt.reading.explorer.transactions import whole_transaction_json
from veriwatt.system.disk_errors import full_disk
from veriwatt.verify.block_check import CheckState

VerifyOption = Annotated[bool, typer.Option("--verify", help="Check it here, from the home's files, step by step.")]

BLOCKS_AT_ONCE = 1_000
"""Blocks that are taken into the index of hashes between two reports of progress."""


def register(group: typer.Typer) -> None:
    group.command("status")(status)
    group.command("block")(block)
    group.command("tx")(tx)
    group.command("validators")(validators)
    group.command("search")(search)


def status(home: HomeOption, as_json: Json = False) -> None:
    """Show the newest state: height, time, rate, app hash, who signs, orgs and their chains, and what is wrong."""
    with Home(home) as node:
        due, chains = upgrade(node.ledger), {org: node.org_log(org).chain for org in node.orgs()}
        waiting = [chain.latest for chain in chains.values() if chain.size > chain.anchored_size]
        follows = isinstance(node.settings.engine, FollowerEngine)
        since, full = min(waiting, default=None), full_disk(node.paths.ledger)
        told = ledger_json(node.ledger, node.clock.now(), since, follows=follows, full=full)
        operator = operator_of(node.ledger)
    result: dict[str, Any] = {
        "chain_id": told.pop("chain_id"),
        "operator": operator,
        "machine_version": MACHINE_VERSION,
        "upgrade": None if due is None else {"height": due.height, "machine_version": due.version},
        **told,
        "orgs": [{"org": org, "frames": c.size, "anchored": c.anchored_size} for org, c in chains.items()],
    }
    answer(result, as_json, lambda: status_text(result))


def block(
    height: Annotated[int, typer.Argument(help="The block's height.", min=1, max=2**63 - 1)],
    home: HomeOption,
    verify: VerifyOption = False,
    as_json: Json = False,
) -> None:
    """Show one block with its transactions and bundles."""
    with Home(home) as node:
        result = block_json(node.ledger, height)
        if verify:
            result["check"] = block_check_json(node.ledger, height)
    answer(result, as_json, lambda: block_text(result))
    _end(result)


def tx(
    digest: Annotated[str, typer.Argument(help="The digest of a transaction or bundle: 64 hexadecimal digits.")],
    home: HomeOption,
    verify: VerifyOption = False,
    as_json: Json = False,
) -> None:
    """Show a transaction or bundle: its block and result, its decoded body, its bytes."""
    wanted = _digest(digest)
    with Home(home) as node:
        place = transaction_place(node.ledger, _followed(node.explored).hashes, wanted)
        result = whole_transaction_json(node.ledger, place)
        if verify:
            result["check"] = transaction_check_json(node.ledger, place)
    answer(result, as_json, lambda: transaction_text(result))
    _end(result)


def validators(home: HomeOption, as_json: Json = False) -> None:
    """Show who signs the blocks: power, and how many of the blocks before the newest each signed."""
    with Home(home) as node:
        result = validators_json(node.ledger)
    answer(result, as_json, lambda: validators_text(result))


def search(
    text: Annotated[str, typer.Argument(help="A height, hash, digest, org, terminal, frame, point or time.")],
    home: HomeOption,
    as_json: Json = False,
) -> None:
    """Find what is meant: a time finds the block in force then, a point with a time the frames of that slot."""
    asked = read_asked(text)
    with Home(home) as node:
        if asked.hash is not None:
            _followed(node.explored)
        result = search_json(node.explored, text, lambda org, point, time: _slot(node, org, point, time))
    answer(result, as_json, lambda: search_text(result))


def _slot(node: Home, org: str, point: str, time: str) -> list[int]:
    _, definition = node.points.find(point, org)
    start = asked_time(definition, time, "TEXT")
    return node.read(lambda view: view.versions(org, point, start))


def _followed(explored: Explored) -> Explored:
    """With an index of hashes that has come to the newest block."""
    progress, newest = Progress("looking through blocks", "blocks"), explored.ledger.head().height
    while behind := explored.hashes.follow(explored.ledger, BLOCKS_AT_ONCE):
        progress(newest - behind, newest)
    progress.end()
    return explored


def _digest(text: str) -> Digest:
    try:
        return Digest.from_hex(text.lower())
    except Malformed as error:
        remedy = "write its 64 hexadecimal digits; `veriwatt ledger search` finds it by the first of them"
        raise BadInput(where="DIGEST", value=text, why="no digest", remedy=remedy) from error


def _end(result: dict[str, Any]) -> None:
    """A check that fails is a refusal, as `verify` has it."""
    if result.get("check", {}).get("outcome") == CheckState.FAILED.value:
        raise typer.Exit(REFUSED)
