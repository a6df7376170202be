"""The readings view is a cache: one rebuilt from the frames equals one that followed them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from tests.faults.fsck_home import import_into, make_home, write_source
from veriwatt.errors import Corrupted, Unavailable
from veriwatt.home.paths import HomePaths
from veriwatt.node.home import Home
from veriwatt.readmodel.frame_index import IndexDamaged

HOURS = "select point, hour, start, stop, value, measured, estimated, manual, gap from hours order by point, hour"


def test_a_deleted_view_is_rebuilt_with_the_same_hours(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", write_source(tmp_path, 3), frames_per_anchor=2)
    import_into(home, write_source(tmp_path, 5, first=2), frames_per_anchor=3)
    kept = hours_of_view(home)
    assert len(kept) == 7 * 24 * 2
    HomePaths(home).readings.unlink()
    assert hours_of_view(home) == kept


@pytest.mark.parametrize("left", [b"", b"no database, and longer than its header"])
def test_a_view_whose_creation_was_cut_off_is_rebuilt(tmp_path: Path, left: bytes) -> None:
    """A kill or a full disk may leave the file without a header."""
    home = make_home(tmp_path / "home", write_source(tmp_path, 2), frames_per_anchor=2)
    kept = hours_of_view(home)
    HomePaths(home).readings.write_bytes(left)
    assert hours_of_view(home) == kept


def test_an_unreadable_view_names_its_remedy(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", write_source(tmp_path, 2), frames_per_anchor=2)
    view = HomePaths(home).readings
    view.write_bytes(view.read_bytes()[: view.stat().st_size // 2])
    with Home(home) as opened, pytest.raises((Unavailable, Corrupted), match="delete it"):
        opened.view().read("Works", "press", 0, 2**62)


@pytest.mark.parametrize("change", ["length = length - 1", "offset = offset + 1"])
def test_an_index_row_that_does_not_lead_to_its_frame_is_named_as_the_indexs(tmp_path: Path, change: str) -> None:
    home = make_home(tmp_path / "home", write_source(tmp_path, 2), frames_per_anchor=2, view=False)
    index = HomePaths(home).index
    with closing(sqlite3.connect(index)) as db, db:
        db.execute(f"update frames set {change} where position = 1")
    with Home(home) as opened:
        chain = opened.org_log("Works").chain
        assert chain.upload(0)
        for read in (lambda: chain.upload(1), lambda: list(chain.frames_at([1]))):
            with pytest.raises(IndexDamaged, match="row 1 of Works does not lead to its frame; delete it"):
                read()
    index.unlink()
    with Home(home) as opened:
        assert opened.org_log("Works").chain.upload(1)


def test_a_view_of_an_older_version_is_rebuilt(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", write_source(tmp_path, 2), frames_per_anchor=2)
    kept = hours_of_view(home)
    with duckdb.connect(str(HomePaths(home).readings)) as db:
        db.execute("update about set version = 1")
        db.execute("drop table hours")
        db.execute("alter table readings drop column hour")
    assert hours_of_view(home) == kept


def hours_of_view(root: Path) -> list[tuple[int, ...]]:
    """All hourly totals of the view, brought up to the chain."""
    with Home(root) as home:
        home.view()
    with duckdb.connect(str(HomePaths(root).readings), read_only=True) as db:
        return db.execute(HOURS).fetchall()
