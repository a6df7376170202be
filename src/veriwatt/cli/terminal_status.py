"""`veriwatt terminal status`: what a terminal has read and delivered, and what an operator has to see to."""

from __future__ import annotations

from typing import Any

from veriwatt.cli.options import TerminalHomeOption
from veriwatt.cli.output import Json, answer
from veriwatt.counted import counted
from veriwatt.energy.calendar import Zone
from veriwatt.model.frames.header import parse_header
from veriwatt.model.frames.number import FrameNumber
from veriwatt.model.frames.statuses import count_statuses
from veriwatt.model.points.status import Status
from veriwatt.terminal.home import TerminalHome
from veriwatt.terminal.remedies import put_aside, remedies
from veriwatt.terminal.spool.aside_book import AsideBook
from veriwatt.terminal.spool.given_up_book import GivenUpBook
from veriwatt.terminal.spool.spool import Spool
from veriwatt.terminal.spool.spooled_frame import FrameState
from veriwatt.units import DAY, UtcMillis
from veriwatt.verify.root_log_head import ProvenRootLogHead

MOST_FRAMES = 5_000
"""Newest frames whose gaps are counted, at most."""


def status(home: TerminalHomeOption, as_json: Json = False) -> None:
    """Show slots, frames, gaps, clock, window keys, the newest ledger head, and what has to be seen to.

    May be called while the terminal runs; needs no passphrase.
    """
    with TerminalHome(home, reading=True) as terminal:
        found = terminal_status(terminal, terminal.clock.now())
    answer(found, as_json, lambda: _words(found))


def terminal_status(terminal: TerminalHome, now: UtcMillis) -> dict[str, Any]:
    """The status at `now`, as --json prints it."""
    config, counts = terminal.config, terminal.spool.counts()
    points = [point.id for point in config.points]
    newest, aside = terminal.spool.newest_slots(), AsideBook(terminal.spool.file).counts()
    unframed = terminal.spool.unframed(points, now).values()
    zone = {point.id: Zone.parse(point.definition.timezone) for point in config.points}
    head, days, waiting = (
        terminal.trusted_head.newest(),
        terminal.definitions.key_days_left(now),
        terminal.definitions.waiting(now),
    )
    return {
        "terminal": config.name,
        "org": config.org,
        "node": config.node,
        "clock": {"now": zone[points[0]].rfc3339(now), "source": "system"},
        "slots_waiting": sum(map(len, unframed)),
        "frames": {state.name.lower(): counts.get(state, 0) for state in FrameState},
        "gaps_last_day": _gaps(terminal.spool, now - DAY),
        "points": {p: zone[p].rfc3339(newest[p].end) if p in newest else None for p in points},
        "points_waiting": {p: None if t is None else zone[p].rfc3339(t) for p, t in waiting.items()},
        "key_days_left": days,
        "put_aside": {
            "slots": aside.slots,
            "void_frames": aside.void_frames,
            "slots_in_void_frames": aside.unopened,
            "why": list(put_aside(aside)),
        },
        "given_up": _given_up(GivenUpBook(terminal.spool.file), zone[points[0]]),
        "ledger_known": _root_log_head(head, zone[points[0]]),
        "remedies": list(remedies(terminal.spool, head, days, waiting, now)),
    }


def _given_up(book: GivenUpBook, zone: Zone) -> dict[str, Any]:
    """The void numbers, and what was given up with each log epoch."""
    return {
        "void": [
            {
                "number": each.number._asdict(),
                "from": zone.rfc3339(each.window.start),
                "until": zone.rfc3339(each.window.end),
            }
            for each in book.void_frames()
        ],
        "log_epochs": [
            {
                "log_epoch": each.log_epoch,
                "frames": each.frames,
                "first": each.first._asdict(),
                "last": each.last._asdict(),
                "waiting": each.waiting,
            }
            for each in book.with_epochs()
        ],
    }


def _given_up_words(found: dict[str, Any]) -> list[str]:
    return [
        *(
            f"frame {FrameNumber(**each['number'])}, {each['from']} to {each['until']}: its number is void"
            for each in found["void"]
        ),
        *(
            f"{counted(each['frames'], 'acknowledged frame', 'acknowledged frames')}, {FrameNumber(**each['first'])} "
            f"to {FrameNumber(**each['last'])}, when log epoch {each['log_epoch']} ended; {each['waiting']:,} of them "
            "not accepted again yet"
            for each in found["log_epochs"]
        ),
    ]


def _root_log_head(head: ProvenRootLogHead, zone: Zone) -> dict[str, Any] | None:
    """The newest proven root-log head, which the next frame's header will name."""
    return {"root_log_size": head.size, "time": zone.rfc3339(head.time)} if head.size else None


def _gaps(spool: Spool, since: UtcMillis) -> int:
    """Gaps in the frames whose windows ended after `since`."""
    newest, gaps = spool.tip().number, 0
    for seq in range(newest.seq, max(0, newest.seq - MOST_FRAMES), -1):
        frame = spool.frame(newest._replace(seq=seq))
        if frame is None or frame.window_end <= since:
            break
        gaps += sum(count_statuses(group.statuses)[Status.GAP] for group in parse_header(frame.header).groups)
    return gaps


def _words(found: dict[str, Any]) -> str:
    frames = ", ".join(f"{count} {state}" for state, count in found["frames"].items())
    left, head = found["key_days_left"], found["ledger_known"]
    keys = "none: no handover is accepted yet" if left is None else f"{counted(left, 'day', 'days')} left"
    ledger = f"proven up to leaf {head['root_log_size']}, {head['time']}" if head else "no head proven yet"
    lines = [
        f"terminal {found['org']}/{found['terminal']}, delivers to {found['node']}",
        f"clock        {found['clock']['now']} ({found['clock']['source']})",
        f"slots        {found['slots_waiting']} wait to be framed",
        f"gaps         {found['gaps_last_day']} in the last day's frames",
        f"frames       {frames}",
        f"window keys  {keys}",
        f"ledger       {ledger}",
        *(f"put aside    {why}" for why in found["put_aside"]["why"]),
        *(f"given up     {what}" for what in _given_up_words(found["given_up"])),
        *(f"  {point:40} to {end or 'never read'}" for point, end in found["points"].items()),
        *(f"remedy       {remedy}" for remedy in found["remedies"]),
    ]
    return "\n".join(lines)
