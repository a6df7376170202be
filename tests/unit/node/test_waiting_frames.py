"""Since when frames wait to be anchored is known as long as the node runs, whoever uses its home in between."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from time import sleep

from veriwatt.node.node_service import NodeService
from veriwatt.testing.growing_home import ORG, GrowingHome
from veriwatt.units import UtcMillis


def test_frames_do_not_wait_anew_after_a_command_has_used_the_home(tmp_path: Path) -> None:
    home = GrowingHome(tmp_path / "home", 1, 1)
    waiting = dict[str, UtcMillis]()
    with closing(NodeService(home.root, waiting=waiting)) as node:
        node.begin(list(home.uploads(1)))
        assert [outcome.code for outcome in node.finish()] == ["accepted"]
        since = node.upkeep.unanchored_since(ORG)
    assert since is not None

    sleep(0.01)
    with closing(NodeService(home.root, waiting=waiting)) as again:
        assert again.upkeep.unanchored_since(ORG) == since
        again.upkeep.anchor(ORG)

    assert waiting == {}


def test_what_a_command_anchored_waits_no_more(tmp_path: Path) -> None:
    home = GrowingHome(tmp_path / "home", 1, 1)
    waiting = dict[str, UtcMillis]()
    with closing(NodeService(home.root, waiting=waiting)) as node:
        node.begin(list(home.uploads(1)))
        node.finish()
    with closing(NodeService(home.root)) as command:
        command.upkeep.anchor(ORG)

    with closing(NodeService(home.root, waiting=waiting)) as again:
        assert again.upkeep.waiting() == []
