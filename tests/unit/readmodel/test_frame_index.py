from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.ids import Digest, FrameId, ObjectId
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.readmodel.frame_index import EARLIER, FrameIndex, FrameRow
from veriwatt.readmodel.frame_index_file import FrameIndexFile
from veriwatt.system.sqlite import MEMORY

FRAMES = 5_000
TERMINALS = 10
STEPS = 1_000


def row(position: int) -> FrameRow:
    name = sha256(position.to_bytes(8, "big"))
    terminal, seq = f"t{position % TERMINALS}", position // TERMINALS + 1
    return FrameRow(
        "acme",
        position,
        FrameRef(terminal, FrameNumber(0, seq), FrameId(name)),
        Digest(name),
        0,
        1,
        ObjectId(bytes(32)),
        0,
        1,
    )


class CountingConnection(sqlite3.Connection):
    """Counts every thousand steps that SQLite's machine makes."""

    thousands: ClassVar = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.set_progress_handler(self.count, STEPS)

    @classmethod
    def count(cls) -> None:
        cls.thousands += 1


@pytest.fixture(scope="module")
def index() -> FrameIndex:
    made = FrameIndex(MEMORY, CountingConnection)
    made.add(row(position) for position in range(FRAMES))
    return made


@pytest.mark.parametrize(
    "ask",
    [
        lambda index: index.by_number("acme", "t7", FrameNumber(0, FRAMES // TERMINALS)),
        lambda index: index.row("acme", FRAMES - 1),
        lambda index: index.leaves("acme", FRAMES - 5, FRAMES),
        lambda index: index.size("acme"),
        lambda index: list(index.newest("acme")),
        lambda index: next(index.rows("acme", FRAMES - 1)),
    ],
)
def test_no_query_reads_all_frames_of_the_org(index: FrameIndex, ask: Callable[[FrameIndex], object]) -> None:
    """A look-up takes a few hundred steps of SQLite's machine; reading a frame takes several."""
    before = CountingConnection.thousands
    ask(index)
    assert CountingConnection.thousands - before <= 1


def test_a_frame_is_found_by_its_number(index: FrameIndex) -> None:
    assert index.by_number("acme", "t3", FrameNumber(0, 7)) == row(63)


def indexes_of(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as db:
        return {
            name for (name,) in db.execute("select name from sqlite_schema where type = 'index' and sql is not null")
        }


def test_what_an_earlier_release_indexed_besides_is_clean_and_goes_when_the_file_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    FrameIndex(path).close()
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(EARLIER)
    with FrameIndexFile(path) as read_only:
        assert read_only.foreign() == []
    FrameIndex(path).close()
    assert indexes_of(path) == {"frames_by_terminal"}


def test_an_anchor_changes_as_much_of_a_long_index_as_of_a_short_one(tmp_path: Path) -> None:
    """In a long one, rows at random places would each change a page of their own."""
    index, log, added, written = FrameIndex(tmp_path / "index.db"), tmp_path / "index.db-wal", 0, list[int]()
    for size in (FRAMES, 12 * FRAMES):
        index.add(row(position) for position in range(added, size))
        with closing(sqlite3.connect(tmp_path / "index.db")) as other:
            other.execute("pragma wal_checkpoint(truncate)")
        added = size + 500
        index.add(row(position) for position in range(size, added))
        written.append(log.stat().st_size)
    index.close()
    assert written[1] < 1.2 * written[0]
