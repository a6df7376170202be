"""Telling of sealed groups that no key here opens: their readings are in no answer, and nothing else would say so."""

from __future__ import annotations

from collections import Counter

import structlog

from veriwatt.reading.project import Projected

log = structlog.get_logger("veriwatt.node")


def warn_of_unopened(org: str, done: Projected) -> None:
    """A warning for each group that one call could not open: of how many frames, and why."""
    frames = Counter(each.group for each in done.unopened)
    why = {each.group: each.why for each in done.unopened}
    for group, count in frames.items():
        log.warning("group-not-opened", org=org, group=group, frames=count, why=why[group])
