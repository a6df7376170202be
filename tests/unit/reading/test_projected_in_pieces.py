"""A view filled in pieces, frame by frame or by slots, has what a view filled at once has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.served_home import ORG, build_home
from veriwatt.loghost.anchor_log import AnchorLog
from veriwatt.node.home import Home
from veriwatt.ports.key_agent import Purpose
from veriwatt.reading.project import Piece, Projected, project
from veriwatt.readmodel.group_opener import GroupOpener
from veriwatt.readmodel.readings_view import ReadingsView

WITHOUT_END = 10**9


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with Home(build_home(tmp_path_factory.mktemp("pieces")).root) as opened:
        yield opened


def projected(home: Home, view: ReadingsView, piece: Piece | None) -> Projected:
    opener = GroupOpener(home.ledger_cache, home.keys.agent, Purpose.VIEW)
    with home.ledger.snapshot() as now:
        return project(home.org_log(ORG).chain, AnchorLog(now, ORG), view, opener, home.points.record, piece)


def rows_in(view: ReadingsView) -> dict[str, list[tuple[int, ...]]]:
    found = view.read_many(ORG, list(view.spans(ORG)), 0, 2**62)
    return {point: sorted(zip(r.starts, r.values, r.statuses, r.positions, strict=True)) for point, r in found}


@pytest.mark.parametrize("piece", [Piece(2, WITHOUT_END), Piece(WITHOUT_END, 1), Piece(3, 50)])
def test_pieces_add_up_to_the_whole(home: Home, piece: Piece) -> None:
    whole, in_pieces = (ReadingsView(None, home.ledger.chain_id) for _ in range(2))
    done = projected(home, whole, None)
    found = list[Projected]()
    while not found or found[-1].cut:
        found.append(projected(home, in_pieces, piece))
    assert not done.cut
    assert len(found) > 2
    assert (sum(each.frames for each in found), sum(each.rows for each in found)) == (done.frames, done.rows)
    assert rows_in(in_pieces) == rows_in(whole)


def test_a_piece_ends_with_the_frame_that_reaches_its_slots(home: Home) -> None:
    view = ReadingsView(None, home.ledger.chain_id)
    assert projected(home, view, Piece(WITHOUT_END, 1)).frames == 1
    assert projected(home, view, Piece(2, WITHOUT_END)).frames == 2
