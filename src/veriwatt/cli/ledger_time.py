"""A warning where the ledger's time is ahead of this machine's clock: evidence of it is refused until then."""

from __future__ import annotations

from veriwatt.cli.output import say
from veriwatt.counted import counted
from veriwatt.node.home import Home
from veriwatt.units import DAY, HOUR, MINUTE, UtcMillis
from veriwatt.utc_text import utc_text


def warn_if_ledger_is_ahead(node: Home) -> None:
    """Say on stderr by how much the time of the newest block is ahead of the clock, if that is a minute or more."""
    warning = ledger_ahead(node.ledger.head().time, node.clock.now())
    if warning is not None:
        say(warning)


def ledger_ahead(newest: UtcMillis, now: UtcMillis) -> str | None:
    """The warning for a newest block of this time; None if it is less than a minute ahead."""
    if newest - now < MINUTE:
        return None
    length = next(each for each in _LENGTHS if newest - now >= each[0])
    by = counted((newest - now) // length[0], *length[1:])
    return (
        f"warning: the ledger's newest block is of {utc_text(newest)}, {by} ahead of this machine's clock, which shows "
        f"{utc_text(now)}: `verify` refuses evidence made now until that time has come. If the clock is behind, set "
        "it; if it is right, it was ahead when a command was run, and what is signed meanwhile has the later time"
    )


_LENGTHS = ((DAY, "day", "days"), (HOUR, "hour", "hours"), (MINUTE, "minute", "minutes"))
