"""The caveat of acknowledged frames that an org gave up: one may have stated the claim's slots otherwise.

Spec: docs/spec/log-epochs.md, section 7.
"""

from __future__ import annotations

from collections.abc import Iterator

from veriwatt.model.chain.log_epochs import LogEpochs
from veriwatt.units import HOUR, UtcMillis
from veriwatt.utc_text import utc_text
from veriwatt.verify.verdict import Caveat

MARGIN = HOUR
"""What was acknowledged before a record states no slot that begins later than so long after the record's time.

A log host accepts five minutes of a clock that is ahead, and the header whose time is recorded may be older than its
block.
"""


_NOT_SHOWN = Caveat(
    "log-epochs-not-shown",
    "the file does not show whether the org gave up acknowledged frames: it is of an earlier form; "
    "`veriwatt evidence refresh` renews it",
)


def given_up_caveats(epochs: LogEpochs | None, org: str, start: UtcMillis) -> Iterator[Caveat]:
    """The caveat of a claim about slots of `org` from `start` on; None are epochs that the file does not show."""
    if epochs is None:
        yield _NOT_SHOWN
        return
    found = [each for each in epochs.recovered if each.time + MARGIN > start]
    if found:
        times, frames = len(found), sum(each.frames for each in found)
        first, last = utc_text(found[0].time), utc_text(found[-1].time)
        when = f"at {first}" if times == 1 else f"{times} times, from {first} to {last}"
        text = (
            f"{org} gave up frames that its log host had acknowledged, {when}: {frames} by its own account. One of "
            "them may have stated another version"
        )
        yield Caveat(
            "frames-given-up", text, {"org": org, "times": times, "frames": frames, "first": first, "last": last}
        )
