from __future__ import annotations

from pathlib import Path

from veriwatt.testing.hosts import SimHost


def test_each_position_is_covered_by_the_anchor_that_added_it(tmp_path: Path) -> None:
    host = SimHost(tmp_path)
    for frames in (2, 1, 3):
        host.accept(*(host.frame() for _ in range(frames)))
        host.anchor()
    assert [host.anchors.covering(position) for position in range(7)] == [0, 0, 1, 2, 2, 2, 3]
    assert [leaf.new_size for leaf in host.anchors.after(1)] == [3, 6]
    assert len(host.anchors) == 3
    host.close()
