"""The readings view of a home is a cache: what was kept row by row is what is made again from the frames."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.faults.fsck_home import import_into, make_home, write_source
from veriwatt.errors import Corrupted, Unavailable
from veriwatt.home.paths import HomePaths
from veriwatt.node import Home

HOURS = "select point, hour, start, stop, value, measured, estimated, manual, gap from hours order by point, hour"


def test_a_deleted_view_comes_back_with_the_same_hours(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", write_source(tmp_path, 3), frames_per_anchor=2)
    import_into(home, write_source(tmp_path, 5, first=2), frames_per_anchor=3)
    kept = hours_of_view(home)
    assert len(kept) == 7 * 24 * 2
    HomePaths(home).readings.unlink()
    assert hours_of_view(home) == kept


@pytest.mark.parametrize("left", [b"", b"no database, and longer than its header"])
def test_a_view_that_was_begun_and_never_made_is_made_again(tmp_path: Path, left: bytes) -> None:
    """A kill or a full disk may leave the file without a header."""
    home = make_home(tmp_path / "home", write_source(tmp_path, 2), frames_per_anchor=2)
    kept = hours_of_view(home)
    HomePaths(home).readings.write_bytes(left)
    assert hours_of_view(home) == kept


def test_a_view_that_cannot_be_read_says_that_it_may_be_deleted(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", write_source(tmp_path, 2), frames_per_anchor=2)
    view = HomePaths(home).readings
    view.write_bytes(view.read_bytes()[: view.stat().st_size // 2])
    with Home(home) as opened, pytest.raises((Unavailable, Corrupted), match="delete it"):
        opened.view().read("Works", "press", 0, 2**62)


def test_a_view_of_an_older_version_is_made_again(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", write_source(tmp_path, 2), frames_per_anchor=2)
    kept = hours_of_view(home)
    with duckdb.connect(str(HomePaths(home).readings)) as db:
        db.execute("update about set version = 1")
        db.execute("drop table hours")
        db.execute("alter table readings drop column hour")
    assert hours_of_view(home) == kept


def hours_of_view(root: Path) -> list[tuple[int, ...]]:
    """Every row of the hours, once the view has caught up with the chain."""
    with Home(root) as home:
        home.view()
    with duckdb.connect(str(HomePaths(root).readings), read_only=True) as db:
        return db.execute(HOURS).fetchall()
