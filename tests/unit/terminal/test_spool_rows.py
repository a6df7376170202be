"""What a spool file may have, and may lack, beside the tables that it is made with."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from veriwatt.terminal.spool.spool import Spool
from veriwatt.terminal.spool.spool_rows import SpoolRows


def _foreign(path: Path, script: str) -> list[str]:
    Spool(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)
    with SpoolRows(path) as rows:
        return [name for name, _ in rows.foreign()]


def test_a_spool_as_it_is_made_has_nothing_foreign(tmp_path: Path) -> None:
    assert _foreign(tmp_path / "spool.db", "") == []


def test_a_spool_of_before_may_lack_the_tables_that_were_added(tmp_path: Path) -> None:
    assert _foreign(tmp_path / "spool.db", "DROP TABLE put_aside; DROP TABLE unopened;") == []


@pytest.mark.parametrize(
    ("script", "name"),
    [
        ("DROP TABLE voided;", "voided"),
        ("DROP TABLE unopened; CREATE TABLE unopened (epoch INTEGER);", "unopened"),
        ("CREATE VIEW more AS SELECT * FROM samples;", "more"),
    ],
)
def test_what_is_missing_changed_or_none_of_a_spool_is_named(tmp_path: Path, script: str, name: str) -> None:
    assert _foreign(tmp_path / "spool.db", script) == [name]
