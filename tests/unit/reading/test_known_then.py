"""A question as of a time is answered with what was defined, stated, recorded and anchored by then."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.unit.reading.changing_point import QUARTER, REGISTER, Changing, days
from veriwatt.metering.totals import Total
from veriwatt.model.frames.columns import Column
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.register_record import RecordExchange
from veriwatt.reading.due import first_slot_known, first_slots
from veriwatt.reading.query import span_total
from veriwatt.readmodel.reading_rows import ProjectedFrame, ProjectedGroup
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import FIRST_DAY
from veriwatt.units import DAY, HOUR, Interval, UtcMillis

FINER = replace(REGISTER, scale=-1)
SPANS = (days(-1, 1), days(0, 1), days(0, 3), days(1, 2))


def now(meter: Changing) -> UtcMillis:
    """The time of the newest anchor."""
    found = meter.points.history("acme", "m").newest_end
    assert found is not None
    return found


def answers(meter: Changing, as_of: UtcMillis | None = None) -> list[tuple[PointDefinition, Total]]:
    return [span_total(meter.view, "acme", meter.newest, each, meter.points.history, as_of) for each in SPANS]


def test_what_a_register_went_through_since_changes_no_answer_as_of_a_time(tmp_path: Path) -> None:
    """It was defined anew, and its meter exchanged; the last reading of the first day is the newest of then."""
    meter, told = Changing(tmp_path, REGISTER), list[tuple[UtcMillis, list[tuple[PointDefinition, Total]]]]()
    last = meter.read(1000, 1)
    told.append((now(meter), answers(meter)))
    last = meter.read(last, 1, then=FINER)
    told.append((now(meter), answers(meter)))
    for _ in range(12):
        last = meter.read(last if meter.day > 2 else 10 * last, 10)
    told.append((now(meter), answers(meter)))
    meter.world.must(meter.world.owner.sign(RecordExchange("m", FIRST_DAY + HOUR, 1004, 900, "worn")))
    for at, then in told:
        assert answers(meter, at) == then
    assert answers(meter) != told[-1][1]


def test_slots_that_count_since_an_earlier_beginning_do_not_count_as_of_before_it(tmp_path: Path) -> None:
    """A frame of then states them; they are read from it once the point begins earlier."""
    meter = Changing(tmp_path, REGISTER)
    meter.read(1000, 1)
    at, then, group = now(meter), answers(meter), meter.points.group_of("acme", "m")
    first = first_slots(meter.view, "acme", [(group, REGISTER)])["m"]
    meter.world.must(meter.world.define("own", FIRST_DAY - DAY))
    starts = np.arange(FIRST_DAY - DAY, FIRST_DAY, QUARTER, dtype=np.int64)
    column = Column("m", starts, starts + QUARTER, 900 + np.arange(len(starts)), np.ones(len(starts), np.uint8))
    frame = ProjectedFrame("acme", 1, at - 1, "own", None, None)
    meter.view.add("acme", [ProjectedGroup(frame, "+08:00", [column])])
    assert answers(meter) != then
    assert answers(meter, at) == then
    assert first_slot_known(meter.view, group, REGISTER, meter.points.history, at) == first == FIRST_DAY
    assert first_slot_known(meter.view, group, REGISTER, meter.points.history, now(meter) + DAY) == FIRST_DAY - DAY
    assert Interval(*meter.view.span("acme", "m") or (0, 0)).start == FIRST_DAY - DAY
