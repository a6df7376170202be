"""`veriwatt terminal status`: what a terminal holds, what will soon be missing, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from veriwatt.cli.output import Json, answer
from veriwatt.energy.calendar import Zone
from veriwatt.model.frames.frame import parse_header
from veriwatt.model.frames.statuses import count_statuses
from veriwatt.model.points.status import Status
from veriwatt.terminal.framing.collector import collected_groups, days_until_end
from veriwatt.terminal.home import TerminalHome
from veriwatt.terminal.remedies import needs
from veriwatt.terminal.spool.spool import Spool
from veriwatt.terminal.spool.spooled_frame import FrameState
from veriwatt.units import DAY, UtcMillis
from veriwatt.verify.root_log_head import ProvenRootLogHead

FRAMES_LOOKED_AT = 5_000
"""Newest frames whose slots are counted, at most."""


def status(directory: Annotated[Path, typer.Argument(help="The terminal's own home.")], as_json: Json = False) -> None:
    """Show slots and frames, gaps, clock, window keys, how far the ledger is known, and what needs a person.

    May be asked while the terminal runs; needs no passphrase.
    """
    with TerminalHome(directory, reading=True) as held:
        found = shown(held, held.clock.now())
    answer(found, as_json, lambda: _words(found))


def shown(held: TerminalHome, now: UtcMillis) -> dict[str, Any]:
    """What the command says, as it is printed with --json."""
    config, counts = held.config, held.spool.counts()
    points = [point.id for point in config.points]
    newest = held.spool.newest()
    waiting = held.spool.unframed(points, now).values()
    zone = {point.id: Zone.parse(point.definition.timezone) for point in config.points}
    known, days, waits = held.ledger.newest(), _key_days(held, now), held.waiting()
    return {
        "terminal": config.name,
        "org": config.org,
        "node": config.node,
        "clock": {"now": zone[points[0]].rfc3339(now), "source": "system"},
        "slots_waiting": sum(map(len, waiting)),
        "frames": {state.name.lower(): counts.get(state, 0) for state in FrameState},
        "gaps_last_day": _gaps(held.spool, now - DAY),
        "points": {p: zone[p].rfc3339(newest[p].end) if p in newest else None for p in points},
        "points_waiting": {p: None if t is None else zone[p].rfc3339(t) for p, t in waits.items()},
        "key_days_left": days,
        "ledger_known": _known(known, zone[points[0]]),
        "to_do": list(needs(held.spool, known, days, waits, now)),
    }


def _known(known: ProvenRootLogHead, zone: Zone) -> dict[str, Any] | None:
    """How far the ledger is, as the next frame's header will name it."""
    return {"root_log_size": known.size, "time": zone.rfc3339(known.time)} if known.size else None


def _gaps(spool: Spool, since: UtcMillis) -> int:
    """Gaps stated in frames of windows that ended after `since`."""
    newest, gaps = spool.tip().number, 0
    for seq in range(newest.seq, max(0, newest.seq - FRAMES_LOOKED_AT), -1):
        frame = spool.frame(newest._replace(seq=seq))
        if frame is None or frame.window_end <= since:
            break
        gaps += sum(count_statuses(group.statuses)[Status.GAP] for group in parse_header(frame.header).groups)
    return gaps


def _key_days(held: TerminalHome, now: UtcMillis) -> int | None:
    if not held.installed:
        return None
    ends = {group.group: group.end for group in held.handed()}
    groups = collected_groups(held.config, held.handed())
    return min(days_until_end(group, ends.get(group.name), now) for group in groups)


def _words(found: dict[str, Any]) -> str:
    frames = ", ".join(f"{count} {state}" for state, count in found["frames"].items())
    left = found["key_days_left"]
    keys = "none: no handover is installed yet" if left is None else f"{left} days left"
    lines = [
        f"terminal {found['org']}/{found['terminal']}, delivers to {found['node']}",
        f"clock        {found['clock']['now']} ({found['clock']['source']})",
        f"slots        {found['slots_waiting']} wait to be framed",
        f"gaps         {found['gaps_last_day']} in the last day's frames",
        f"frames       {frames}",
        f"window keys  {keys}",
        f"ledger       {_known_words(found['ledger_known'])}",
        *(f"  {point:40} to {end or 'never read'}" for point, end in found["points"].items()),
        *(f"to do        {what}" for what in found["to_do"]),
    ]
    return "\n".join(lines)


def _known_words(known: dict[str, Any] | None) -> str:
    return f"known up to leaf {known['root_log_size']}, {known['time']}" if known else "nothing known yet"
