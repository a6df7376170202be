"""The newest frames of all terminals are those of each, wherever the frames lie."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from veriwatt.node.node_service import NodeService
from veriwatt.testing.growing_home import ORG, SENDING, GrowingHome


def test_newest_frames_that_are_anchored_or_not_are_those_of_each_terminal(tmp_path: Path) -> None:
    home = GrowingHome(tmp_path / "home", SENDING + 1, 1)
    with closing(NodeService(home.root)) as node:
        for count in (SENDING + 5, 10):
            node.begin(list(home.uploads(count)))
            assert {outcome.code for outcome in node.finish()} == {"accepted"}
            if count > SENDING:
                node.upkeep.anchor(ORG)

        newest = node.newest_frames(ORG)

        each = {name: node.newest_frame(ORG, name) for name in [f"t{i}" for i in range(SENDING + 1)]}
        assert newest == {name: found for name, found in each.items() if found is not None}
        assert len(newest) == SENDING
        assert node.chains()[0].anchored == SENDING + 5
