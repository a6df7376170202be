"""A node whose chains and ledger stand still asks its readings view nothing; whatever changes, it looks again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from tests.faults.fsck_home import make_home, write_source
from veriwatt.node.node_service import NodeService
from veriwatt.node.view_keeper import ViewKeeper, ViewMending
from veriwatt.readmodel.readings_tables import ViewDamaged
from veriwatt.readmodel.readings_view import ReadingsView


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """One for each time that the view was opened for filling it."""
    found, writer = list[None](), ViewKeeper.writer

    def counted(self: ViewKeeper) -> AbstractContextManager[ReadingsView]:
        found.append(None)
        return writer(self)

    monkeypatch.setattr(ViewKeeper, "writer", counted)
    return found


@pytest.fixture
def node(tmp_path: Path) -> Iterator[NodeService]:
    root = make_home(tmp_path / "home", write_source(tmp_path, 3), frames_per_anchor=2, view=False)
    with closing(NodeService(root)) as node:
        while node.project():
            pass
        yield node


def test_nothing_is_asked_again_of_the_same_block_and_frames(node: NodeService, looks: list[None]) -> None:
    assert [node.project() for _ in range(5)] == [False] * 5
    assert looks == []


def test_a_new_block_is_looked_at_once(node: NodeService, looks: list[None], monkeypatch: pytest.MonkeyPatch) -> None:
    height = node.ledger.head().height
    monkeypatch.setattr("veriwatt.ledger.embedded.block_maker.HEARTBEAT", -1)
    node.ledger.sign_fresh_head()
    assert node.ledger.head().height > height
    for _ in range(3):
        node.project()
    assert len(looks) == 1


def test_a_view_that_a_question_found_damaged_is_filled_again(
    node: NodeService, looks: list[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> int:
        raise ViewDamaged(Path("readings.duckdb"), "a page is torn")

    with monkeypatch.context() as patched, pytest.raises(ViewMending), node.reading():
        patched.setattr(ReadingsView, "size", damaged)
        node.readings.size("Works")
    while node.project():
        pass
    assert looks
    with node.reading():
        assert node.readings.size("Works") == node.chains()[0].frames == 3
