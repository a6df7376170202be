from __future__ import annotations

from itertools import islice
from pathlib import Path

from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.testing.hosts import ORG, SimHost


def test_each_position_is_covered_by_the_anchor_that_added_it(tmp_path: Path) -> None:
    host = SimHost(tmp_path)
    for frames in (2, 1, 3):
        host.accept(*(host.frame() for _ in range(frames)))
        host.anchor()
    with host.ledger.snapshot() as now:
        anchors = AnchorLog(now, ORG)
        assert [anchors.covering(position) for position in range(7)] == [0, 0, 1, 2, 2, 2, 3]
        assert [leaf.new_size for leaf in anchors.after(1)] == [3, 6]
        assert len(anchors) == 3
    host.close()


def test_each_frame_has_the_time_of_the_anchor_that_added_it_or_none(tmp_path: Path) -> None:
    host = SimHost(tmp_path)
    for frames in (2, 3):
        host.accept(*(host.frame() for _ in range(frames)))
        host.anchor()
    with host.ledger.snapshot() as now:
        anchors = AnchorLog(now, ORG)
        first, second = anchors.at(0).time, anchors.at(1).time
        assert first < second
        assert list(islice(anchors.times(1), 6)) == [first, second, second, second, None, None]
        assert list(islice(anchors.times(5), 1)) == [None]
    host.close()
