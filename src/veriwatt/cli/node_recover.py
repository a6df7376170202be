"""`veriwatt node recover`: give up acknowledged frames that nobody has any more, so that the node can go on."""

from __future__ import annotations

from typing import Annotated

import typer

from veriwatt.cli.options import HomeOption, OrgOption
from veriwatt.cli.output import Json, answer
from veriwatt.counted import counted
from veriwatt.errors import BadInput
from veriwatt.loghost.giving_up import Loss


def recover(
    home: HomeOption,
    frames: Annotated[
        int | None,
        typer.Option("--give-up", min=1, help="How many frames are missing, as shown without it: give them up."),
    ] = None,
    reason: Annotated[str, typer.Option(help="How they were lost; it stands on the ledger for ever.")] = "",
    org: OrgOption = "",
    as_json: Json = False,
) -> None:
    """Show which acknowledged frames are missing; with --give-up, give them up on the ledger. This cannot be undone.

    Only for frames that no terminal, spool or backup has any more. Everybody sees it: evidence of what these frames
    may have stated says so from then on. Terminals send again what they still have. What is anchored is not touched.
    """
    from veriwatt.node.give_up import give_up, loss_of
    from veriwatt.node.home import Home

    if frames is not None and not reason.strip():
        raise BadInput(where="--reason", value=reason, why="it is empty", remedy="say how the frames were lost")
    with Home(home, refill=True) as node:
        named = node.org(org)
        loss = loss_of(node, named) if frames is None else give_up(node, named, frames, reason)
    if frames is not None:
        with Home(home) as node:
            node.org_log(named)  # it opens, and its mark is of the new epoch
    answer(_result(loss, dry_run=frames is None), as_json, lambda: _shown(loss) if frames is None else _done(loss))


def _result(loss: Loss, *, dry_run: bool) -> dict[str, object]:
    return {
        "org": loss.org,
        "dry_run": dry_run,
        "log_epoch": loss.epoch if dry_run else loss.epoch + 1,
        "present": loss.size,
        "anchored": loss.anchored,
        "missing": loss.frames,
        "first": loss.size,
        "last": loss.acknowledged - 1,
    }


def _shown(loss: Loss) -> str:
    missing = counted(loss.frames, "acknowledged frame", "acknowledged frames")
    return (
        f"{loss.org}: {missing} missing, positions {loss.size} to {loss.acknowledged - 1}; {loss.size} are here, and "
        f"{loss.anchored} of these are anchored. Nothing was changed.\n"
        "First let every terminal that may still have them call: `veriwatt node run --refill`. To give up for good "
        f"what then is missing:\n  veriwatt node recover --home HOME --give-up {loss.frames} --reason TEXT\n"
        "It stands on the ledger for ever, and evidence of that time says so. It cannot be undone."
    )


def _done(loss: Loss) -> str:
    return (
        f"{loss.org}: {counted(loss.frames, 'acknowledged frame', 'acknowledged frames')} given up; log epoch "
        f"{loss.epoch + 1} begins after {counted(loss.anchored, 'anchored frame', 'anchored frames')}. Start the node "
        "without --refill: terminals send again what they have. Import and correct only once they have"
    )
