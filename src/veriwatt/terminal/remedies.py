"""Problems of a terminal that its operator must solve, each with its remedy, for `terminal status` and the loop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from veriwatt.counted import counted
from veriwatt.model.frames.number import FrameNumber
from veriwatt.terminal.delivery.chain_watch import LogHostContradicts
from veriwatt.terminal.enrolment.keyring import RENEW_KEYS
from veriwatt.terminal.spool.aside_book import PutAside
from veriwatt.terminal.spool.receipt_book import ReceiptBook
from veriwatt.terminal.spool.spool import Spool
from veriwatt.units import HOUR, MINUTE, SECOND, UtcMillis
from veriwatt.utc_text import utc_text
from veriwatt.verify.frame_checks import CLOCK_TOLERANCE
from veriwatt.verify.root_log_head import ProvenRootLogHead

WARN_DAYS = 7
"""The operator is warned when window keys are left for fewer days than this."""

ENROL_AGAIN = "`veriwatt terminal request` here, `terminal enrol` at the org, `terminal accept` here"

CLOCK_STEP = SECOND
"""A clock that is set back by up to this many ms is not reported."""

CLOCK_SLOW = 5 * MINUTE
"""A clock that is behind the newest block by up to this many ms is not reported."""

DELIVERY_LATE = HOUR
"""A signed frame is reported when it is not accepted this many ms after the end of its window."""


def remedies(
    spool: Spool, head: ProvenRootLogHead, key_days: int | None, points: Mapping[str, UtcMillis | None], now: UtcMillis
) -> Iterator[str]:
    """Every problem at `now` with its remedy, as texts; none when the terminal is in order.

    Args:
        head: the newest root-log head that was proven to the terminal.
        key_days: the number of days for which there are window keys; None before the first handover.
        points: points without values, see `remedies_for_points`.
    """
    if contradiction := ReceiptBook(spool.file).contradiction():
        yield str(LogHostContradicts(*(stated.head.size for stated in contradiction)))
    if key_days is None:
        yield "no handover is accepted yet: `veriwatt terminal enrol` at the org, then `terminal accept` here"
    elif key_days < WARN_DAYS:
        yield keys_run_out(key_days)
    yield from remedies_for_points(points)
    read_up_to = max((newest.end for newest in spool.newest_slots().values()), default=0)
    if read_up_to > now + CLOCK_STEP:
        yield clock_set_back(read_up_to, now)
    if head.time > now + CLOCK_SLOW:
        yield clock_slow(head.time, now)
    pending = spool.pending(1)
    if pending and pending[0].window_end < now - DELIVERY_LATE:
        since = utc_text(pending[0].window_end)
        yield f"frames from {since} on are not accepted: check that the node is up, and the log of `terminal run`"


def remedies_for_points(waiting: Mapping[str, UtcMillis | None]) -> Iterator[str]:
    """The remedies for points without values now.

    Args:
        waiting: for each point the time at which its values begin; None if the org has no definition that fits.
    """
    if undefined := [point for point, begins in waiting.items() if begins is None]:
        yield f"{_some(undefined)} not defined by the org as configured, and without values until then: {ENROL_AGAIN}"
    for begins in sorted({t for t in waiting.values() if t is not None}):
        points = [point for point, t in waiting.items() if t == begins]
        yield f"{_some(points)} defined as configured from {utc_text(begins)} on, and without values until then"


def keys_run_out(days: int) -> str:
    """Window keys end in `days` days."""
    return f"window keys are left for {counted(days, 'day', 'days')}: {RENEW_KEYS}"


def clock_slow(block: UtcMillis, now: UtcMillis) -> str:
    """The ledger has a block of time `block`, later than this clock's `now`: blocks are not made in the future."""
    return f"the clock is slow: it shows {utc_text(now)}, but a block has {utc_text(block)}; synchronise it by NTP"


def clock_jumped(expected: UtcMillis, now: UtcMillis) -> str:
    """The clock went from about `expected` to `now` at once."""
    return (
        f"the clock jumped: it shows {utc_text(now)}, and {utc_text(expected)} by the time that has passed; nothing is "
        "read until it is right again, or a block of the ledger agrees with it. Synchronise it by NTP"
    )


def clock_set_back(read_up_to: UtcMillis, now: UtcMillis) -> str:
    """The clock shows a time before the end of slots that were read already; a slot is read once, so reading waits."""
    return (
        f"the clock was set back: it shows {utc_text(now)}, and slots up to {utc_text(read_up_to)} were read; "
        "nothing is read before then, or until the node answers and its clock is no later: then slots that are more "
        f"than {CLOCK_TOLERANCE // MINUTE} minutes ahead are put aside. Check which is right, and synchronise the "
        "clock by NTP"
    )


def future_put_aside(slots: int, read_up_to: UtcMillis, now: UtcMillis) -> str:
    """The clock was ahead, so that slots up to `read_up_to` were read; the unsigned ones are put aside at `now`."""
    return (
        f"the clock was ahead: it shows {utc_text(now)}, and the newest slot or reading was at {utc_text(read_up_to)}. "
        f"{counted(slots, 'slot', 'slots')}, not signed yet, put aside in the spool and stated nowhere; reading goes "
        "on. What was signed stays as it is: `veriwatt terminal void` gives up a frame that is refused"
    )


def void_put_aside(frame: FrameNumber, ahead: int, unopened: int) -> str:
    """Slots of a void frame that are not stated again."""
    parts = ((ahead, "read while the clock was ahead"), (unopened, "of definitions that this terminal no longer has"))
    slots = " and ".join(f"{counted(n, 'slot', 'slots')} {why}" for n, why in parts if n)
    return f"frame {frame} is void, and of it {slots} are not stated again: they {_IN_FRAME}"


def ledger_moved(before: str, after: str) -> str:
    """The ledger goes on as another one, as is proven; the terminal signs for that one from now on."""
    return (
        f"ledger {before} ended and goes on as {after}, which its last state proves: this terminal signs for that from "
        "now on, its numbers go on, and its trust file names the new ledger"
    )


def frames_given_up(log_epoch: int, frames: int) -> str:
    """The org gave up frames that its log host had acknowledged, and `frames` of this terminal are among them."""
    return (
        f"the org recorded on the ledger that its log host lost frames: log epoch {log_epoch} begins. "
        f"{counted(frames, 'acknowledged frame', 'acknowledged frames')} of this terminal had a place among those that "
        "were given up. What is not final is sent again as it is, and the old receipts are kept"
    )


def moved_in_new_epoch(frame: FrameNumber, before: int, now: int) -> str:
    """A frame is not at the anchored position that its receipt of an ended log epoch proves."""
    return (
        f"frame {frame} has position {before} by a receipt of a log epoch that ended, and the ledger has another frame "
        f"there; now its position is {now}. The log host signed two histories: both receipts are kept, show them to "
        "your org"
    )


def put_aside(found: PutAside) -> Iterator[str]:
    """What the spool has put aside, for `terminal status`; nothing to see to."""
    if found.slots:
        yield (
            f"{counted(found.slots, 'slot', 'slots')}, up to {utc_text(found.last_end)}, read while the clock was "
            "ahead; stated nowhere"
        )
    if found.void_frames:
        frames = counted(found.void_frames, "void frame", "void frames")
        yield f"{counted(found.unopened, 'slot', 'slots')} of {frames}, whose definitions are gone: they {_IN_FRAME}"


_IN_FRAME = "stay in the frame that was put aside, which its owner can open"


def _some(points: Sequence[str]) -> str:
    return f"point {points[0]!r} is" if len(points) == 1 else f"{len(points)} points, {points[0]!r} among them, are"
