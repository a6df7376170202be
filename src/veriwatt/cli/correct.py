"""`veriwatt correct`: a new version of a slot, by hand."""

from __future__ import annotations

import getpass
from functools import partial
from typing import Annotated

import typer

from veriwatt.cli.correction_told import correction_text, correction_told
from veriwatt.cli.ledger_time import warn_if_ledger_is_ahead
from veriwatt.cli.options import HomeOption, OrgOption
from veriwatt.cli.output import Json, answer
from veriwatt.energy.calendar import Zone
from veriwatt.errors import BadInput, NotFound, VeriwattError
from veriwatt.importing.correct import corrected_content
from veriwatt.metering.group_points import GroupPoints
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.origin import Manual
from veriwatt.node.home import Home
from veriwatt.reading.asked_times import asked_time
from veriwatt.units import UtcMillis


def register(app: typer.Typer) -> None:
    app.command(context_settings={"ignore_unknown_options": True})(correct)  # -3.5 is a value


def correct(
    point: Annotated[str, typer.Argument(help="The point's id.")],
    slot: Annotated[str, typer.Argument(help="The start of its slot; what a register showed was read at its end.")],
    value: Annotated[str, typer.Argument(help="The value, in the point's unit.")],
    reason: Annotated[
        str, typer.Option("--reason", help="The reason; the signed frame states it, for every member to read.")
    ],
    home: HomeOption,
    author: Annotated[str, typer.Option(help="Who makes the correction; by default the user who is logged in.")] = "",
    org: OrgOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Correct a slot by hand: the old version stays, and `query --as-of` shows it."""
    origin = Manual(author or _logged_in(), reason)
    with Home(home) as node:
        group, definition = node.points.find(point, org or None)
        name, start = definition.id, asked_time(definition, slot, "slot")
        org_log, org = node.org_log(group.org), group.org
        positions = node.read(lambda view: view.versions(org, name, start))
        if not positions:
            raise _nothing_to_correct(group, name, start, node.clock.now())
        replaced = parse_frame(org_log.chain.upload(positions[-1])).frame_id
        group = node.points.in_force(group.org, name, start)
        content = corrected_content(group, name, start, value, replaced, node.keys.agent, node.clock.now())
        told = node.read(partial(correction_told, node, group.org, group.definition(name), content.span, value))
        same, frames = told["status"] == "manual" and told["before"] == told["value"], 0
        if not same:
            node.check_may_record(group.org, node.clock.now())
        if not dry_run and not same:
            frames = node.recorder(group.org).record([content], node.frame_context(origin), lambda _: None)
        warn_if_ledger_is_ahead(node)
    result = {"point": name, "slot": slot, "version": len(positions) + (not same), "frames": frames, **told}
    answer(result, as_json, lambda: correction_text(result, dry_run=dry_run, same=same))


def _nothing_to_correct(group: GroupPoints, point: str, start: UtcMillis, now: UtcMillis) -> VeriwattError:
    """Why no frame has a version of the slot: none starts there, or nothing is stated in it yet."""
    definition = group.definition(point)
    zone = Zone.parse(definition.timezone)
    if start >= now or (slot := group.version.calendar.slot_at(definition.slot, start)).end > now:
        why = f"the slot at {zone.rfc3339(start)} has not ended"
        return BadInput(where="slot", value=None, why=why, remedy="name one that has")
    if slot.start != start:
        begins = zone.rfc3339(slot.start)
        return NotFound(f"no slot of {point!r} starts at {zone.rfc3339(start)}: the slot there starts at {begins}")
    return NotFound(
        f"nothing is stated yet in the slot of {point!r} that starts at {zone.rfc3339(start)}, so there is nothing to "
        "correct: import its reading (`veriwatt import`)"
    )


def _logged_in() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        raise BadInput(
            where="--author",
            value=None,
            why="this system has no name for the user who is logged in",
            remedy="name the author",
        ) from None
