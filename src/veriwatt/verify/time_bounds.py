"""Step 1: every time in an evidence file is one that a calendar knows, so that no later step meets another.

The last two days of the year 9999 are left out: local times of what is left have four digits of a year in every zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from veriwatt.errors import Malformed
from veriwatt.model.evidence.evidence import Claim, Evidence
from veriwatt.model.frames.header import FrameHeader
from veriwatt.units import DAY, UtcMillis
from veriwatt.utc_text import LAST

LATEST = LAST - 2 * DAY


def check_time_bounds(evidence: Evidence[Claim], headers: Iterable[FrameHeader]) -> None:
    """Raise Malformed if a time of the file lies before 1970 or after `LATEST`."""
    for what, t in _times(evidence, headers):
        if not 0 <= t <= LATEST:
            raise Malformed(f"evidence: the {what} is no time of the years 1970 to 9999")


def _times(evidence: Evidence[Claim], headers: Iterable[FrameHeader]) -> Iterator[tuple[str, UtcMillis]]:
    for t in evidence.claim.times():
        yield "time of the claim", t
    for header in headers:
        yield "start of a window", header.window.start
        yield "end of a window", header.window.end
        yield "time of collection", header.collected_at
    for placed in evidence.proofs.anchors.anchors:
        yield "time of an anchor", placed.anchor.time
    for leaf in evidence.proofs.root_log.leaves:
        yield "time of a root-log leaf", leaf.time
    yield "time of the light block", evidence.light.header.time_ms
