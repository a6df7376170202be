"""The tables of the readings view, and the opening of its file.

    about(version, chain)                                              one row
    points(id, org, point)
    frames(org, position, anchored_at, name, source, settings)         name: of the group; anchored_at null: not yet
    readings(point, hour, start, stop, value, status, position, until) until: position of the frame that replaced it
    left_out(org, position, point, start, last, ...)                   see `readmodel.reading_rows.LeftOut`
    hours(point, hour, ...)                                            see `readmodel.hour_rows`

`until` is null for the version in force. Values are mantissas at the scale of the point's definition.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from veriwatt.errors import Corrupted, Unavailable
from veriwatt.readmodel import hour_rows

VERSION = 3
"""The version of these tables; a view of another version is emptied and rebuilt."""

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "threads": 2,
}
ABOUT = "create table if not exists about(version integer not null, chain text not null)"
SCHEMA = """
create table points(id integer primary key, org text not null, point text not null, unique (org, point));
create table frames(
    org text not null, position bigint not null, anchored_at bigint, name text not null,
    source blob, settings blob, primary key (org, position, name));
create table readings(
    point integer not null, hour bigint not null, start bigint not null, stop bigint not null, value bigint not null,
    status utinyint not null, position bigint not null, until bigint);
create table left_out(
    org text not null, position bigint not null, point text not null, start bigint not null, last bigint not null,
    slots bigint not null, standing text not null, name text not null, n bigint not null, definition blob not null,
    name_in_force text, n_in_force bigint, definition_in_force blob);
"""

_MAGIC, _MAGIC_AT = b"DUCK", 8
"""The magic bytes of a DuckDB file, after its first checksum."""


def open_view(path: Path | None, chain_id: str) -> duckdb.DuckDBPyConnection:
    """Open the database of a view of this chain; None means in memory.

    A view of another version or chain is emptied, and an unfinished file is replaced.

    Raises:
        Unavailable: another process has the file open, or the disk fails.
        Corrupted: the file is damaged.
    """
    if path is not None:
        _delete_unfinished(path)
    with duckdb_errors(path):
        db = duckdb.connect(":memory:" if path is None else str(path), config=CONFIG)
        db.execute(ABOUT)
        if not is_view_of(db, chain_id):
            _create_tables(db, chain_id)
    return db


def is_view_of(db: duckdb.DuckDBPyConnection, chain_id: str) -> bool:
    """Whether the database is a view of that chain in the present version."""
    return db.execute("select version, chain from about").fetchall() == [(VERSION, chain_id)]


@contextmanager
def duckdb_errors(path: Path | None) -> Iterator[None]:
    """Raise DuckDB's errors as Unavailable or Corrupted, naming the view's file."""
    try:
        yield
    except (duckdb.IOException, duckdb.TransactionException) as error:  # the latter: what could not be committed
        remedy = "should the file be damaged, delete it, it is rebuilt from the frames"
        raise Unavailable(f"{path or ':memory:'}: {error}; {remedy}") from error
    except duckdb.Error as error:
        raise Corrupted(f"{path or ':memory:'}: {error}; delete it, it is rebuilt from the frames") from error


def _create_tables(db: duckdb.DuckDBPyConnection, chain_id: str) -> None:
    db.begin()
    for table in ("readings", "left_out", "hours", "frames", "points"):
        db.execute(f"drop table if exists {table}")
    db.execute(SCHEMA + hour_rows.SCHEMA)
    db.execute("delete from about")
    db.execute("insert into about values (?, ?)", [VERSION, chain_id])
    db.commit()


def _delete_unfinished(path: Path) -> None:
    """Delete an unfinished file: the process that created it was killed, or the disk was full."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        if file.read(_MAGIC_AT + len(_MAGIC))[_MAGIC_AT:] != _MAGIC:
            path.unlink()
