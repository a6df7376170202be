from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from veriwatt.errors import Corrupted, Refused, Unavailable, VeriwattError, WrongFormat
from veriwatt.system.sqlite import (
    MEMORY,
    SqliteErrors,
    check_format,
    connect,
    connect_snapshot,
    integrity_problems,
    make_durable,
)

ERRORS = SqliteErrors(busy=Unavailable, full=Refused, damaged=Corrupted)


def connect_durable(path: Path) -> sqlite3.Connection:
    db = connect(path, "rwc")
    make_durable(db)
    return db


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "file.db"
    with closing(connect_durable(made)) as db:
        db.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
        db.execute("INSERT INTO numbers VALUES (1)")
    return made


def refusal(path: Path, sql: str) -> type[VeriwattError]:
    with pytest.raises(VeriwattError) as refused, ERRORS.translated(), closing(connect(path, "rwc")) as db:
        db.execute("PRAGMA busy_timeout = 1")
        db.execute(sql)
    return type(refused.value)


def test_a_locked_file_is_busy(path: Path) -> None:
    with closing(connect_durable(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert refusal(path, "INSERT INTO numbers VALUES (2)") is Unavailable


def test_a_file_that_cannot_be_opened_is_busy(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no such folder" / "file.db", "SELECT 1") is Unavailable


def test_a_full_disk_raises_the_full_error(path: Path) -> None:
    with closing(connect(path, "rwc")) as db:
        db.execute("PRAGMA max_page_count = 2")
        with pytest.raises(Refused), ERRORS.translated():
            db.executemany("INSERT INTO numbers VALUES (?)", ((number,) for number in range(2, 9_999)))


@pytest.mark.parametrize("sql", ["INSERT INTO numbers VALUES (1)", "SELECT * FROM other", "SELECT other FROM numbers"])
def test_a_file_with_other_rows_or_tables_is_damaged(path: Path, sql: str) -> None:
    assert refusal(path, sql) is Corrupted


def test_a_file_that_is_no_database_is_damaged(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)
    assert refusal(path, "SELECT * FROM numbers") is Corrupted


def test_a_mistake_of_this_program_is_no_expected_error(path: Path) -> None:
    db = connect(path, "rwc")
    with pytest.raises(sqlite3.OperationalError), ERRORS.translated():
        db.execute("SELEC 1")
    db.close()
    with pytest.raises(sqlite3.ProgrammingError), ERRORS.translated():
        db.execute("SELECT 1")


def test_a_snapshot_does_not_see_later_rows_and_writes_nothing(path: Path) -> None:
    with closing(connect_snapshot(path)) as snapshot, closing(connect_durable(path)) as writer:
        assert snapshot.execute("SELECT count(*) FROM numbers").fetchone() == (1,)
        writer.execute("INSERT INTO numbers VALUES (2)")
        assert snapshot.execute("SELECT count(*) FROM numbers").fetchone() == (1,)
        with pytest.raises(Unavailable), ERRORS.translated():
            snapshot.execute("INSERT INTO numbers VALUES (3)")


def test_a_file_of_another_format_is_refused_by_name(path: Path) -> None:
    with closing(connect_durable(path)) as db:
        assert not check_format(db, "the file", 1, "delete it")
        db.execute("PRAGMA user_version = 1")
        assert check_format(db, "the file", 1, "delete it")
        db.execute("PRAGMA user_version = 7")
        with pytest.raises(WrongFormat, match="the file is of format 7, this program reads format 1; delete it"):
            check_format(db, "the file", 1, "delete it")


def test_a_sound_file_has_no_integrity_problems(path: Path) -> None:
    with closing(connect(path, "ro")) as db:
        assert integrity_problems(db) == []


def test_a_database_in_memory_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(connect_durable(MEMORY)) as db:
        db.execute("CREATE TABLE numbers (number)")
    assert list(tmp_path.iterdir()) == []
