"""Who renews a file is told of every version of its slots that it leaves out, wherever that is in the data chain."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from veriwatt.model.frames.columns import Column
from veriwatt.model.points.status import Status
from veriwatt.reading.evidence.build import evidence_file
from veriwatt.reading.evidence.superseded import superseded_by
from veriwatt.readmodel.reading_rows import ProjectedFrame, ProjectedGroup
from veriwatt.readmodel.readings_view import ReadingsView
from veriwatt.testing.actors import sim_point
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import FIRST_DAY, SimWorld
from veriwatt.units import DAY, HOUR, MINUTE, Interval


@pytest.mark.parametrize(
    ("shown", "newer"), [([0, 2], 1), ([1, 2], None), ([0, 1, 2], None), ([0], 2), ([1], 2)], ids=str
)
def test_a_correction_left_out_between_two_frames_is_told(
    tmp_path: Path, shown: Sequence[int], newer: int | None
) -> None:
    """Day 0 is stated, and corrected, before day 1 is stated."""
    world, view = SimWorld(tmp_path, points=1), ReadingsView(None, "sim")
    world.groups["hours"] = (replace(sim_point("main", scale=0), slot="1h"),)
    world.must(world.define("hours"))
    for day, value in ((0, 10), (0, 90), (1, 10)):
        span = Interval(FIRST_DAY + day * DAY, FIRST_DAY + (day + 1) * DAY)
        starts = np.arange(span.start, span.end, HOUR, dtype=np.int64)
        codes = np.full(24, Status.MEASURED, np.uint8)
        column = Column("main", starts, starts + HOUR, np.full(24, value, np.int64), codes)
        world.clock.advance_to(max(world.clock.now(), span.end + MINUTE))
        made = world.made(span, {"hours": [column]})
        world.append(made)
        frame = ProjectedFrame("acme", made.position, world.clock.now(), "hours", None, None)
        view.add("acme", [ProjectedGroup(frame, "+08:00", [column])])
    world.anchor()
    evidence = world.period("main", Interval(FIRST_DAY, FIRST_DAY + 2 * DAY), shown)
    assert evidence_file(evidence)
    assert superseded_by(view, evidence) == newer
