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
from veriwatt.system.disk_errors import DiskReadOnly, disk_error_in, disk_errors, is_read_only
from veriwatt.system.special_files import NotAFile, check_regular

VERSION = 3
"""The version of these tables; a view of another version is emptied and rebuilt."""

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
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

TABLES = ("about", "points", "frames", "readings", "left_out", "hours")

_MAGIC, _MAGIC_AT = b"DUCK", 8
"""The magic bytes of a DuckDB file, after its first checksum."""


def connect(database: str, *, read_only: bool = False, **limits: str) -> duckdb.DuckDBPyConnection:
    """Open a database as the view's are; `limits` are further settings.

    DuckDB takes a Python without a script file for an interactive one, and prints the progress of slow queries on its
    stdout, among what a command answers and a node's start prints; here it does not.
    """
    db = duckdb.connect(database, read_only=read_only, config=_CONFIG | limits)
    db.execute("set enable_progress_bar = false")
    return db


def open_view(path: Path | None, chain_id: str) -> duckdb.DuckDBPyConnection:
    """Open the database of a view of this chain; None means in memory.

    A view of another version or chain is emptied, and an unfinished file is replaced. On a read-only file system it is
    opened to be read.

    Raises:
        DiskReadOnly: there it is missing, or of another version or chain.
        ViewFailed: another process has the file open, or the disk fails.
        ViewDamaged: the file is damaged.
    """
    if path is not None:
        try:
            check_regular(path)
        except NotAFile as error:
            raise ViewDamaged(path, str(error)) from error
        if is_read_only(path):
            return _open_fixed(path, chain_id)
        _delete_unfinished(path)
    with duckdb_errors(path):
        db = connect(":memory:" if path is None else str(path))
        try:
            db.execute(ABOUT)
            if not is_view_of(db, chain_id):
                _create_tables(db, chain_id)
        except BaseException:
            db.close()
            raise
    return db


def _open_fixed(path: Path, chain_id: str) -> duckdb.DuckDBPyConnection:
    if not path.exists():
        raise DiskReadOnly(path)
    with duckdb_errors(path):
        db = connect(str(path), read_only=True)
        try:
            if is_view_of(db, chain_id):
                return db
        except BaseException:
            db.close()
            raise
    db.close()
    raise DiskReadOnly(path)


def is_view_of(db: duckdb.DuckDBPyConnection, chain_id: str) -> bool:
    """Whether the database is a view of that chain in the present version."""
    return db.execute("select version, chain from about").fetchall() == [(VERSION, chain_id)]


def foreign_objects(db: duckdb.DuckDBPyConnection, database: str) -> list[tuple[str, str]]:
    """(name, problem) of each table that is missing or not as it is made, and of whatever else has a name there.

    A macro may stand for a function of DuckDB and a view for a table, so no row is read through a connection on which
    `database` is not attached under a name of its own.
    """
    made = connect(":memory:")
    with made:
        made.execute(ABOUT + ";" + SCHEMA + hour_rows.SCHEMA)
        wanted = {name: sql for _, name, sql in _objects(made, "memory")}
    found = _objects(db, database)
    tables = {name: sql for kind, name, sql in found if kind == "table"}
    others = [(name, f"this {kind} is not part of the view") for kind, name, _ in found if name not in wanted]
    changed = [(name, "this is not the table of the view") for name in wanted if tables.get(name) != wanted[name]]
    doubled = [
        (name, f"this {kind} stands for a table") for kind, name, _ in found if kind != "table" and name in wanted
    ]
    return sorted({*others, *changed, *doubled})


def _objects(db: duckdb.DuckDBPyConnection, database: str) -> list[tuple[str, str, str | None]]:
    """(kind, name, definition) of everything in a database that DuckDB did not make by itself."""
    own = "where database_name = $database and not internal"
    sql = f"""
        select 'table', if(schema_name = 'main', '', schema_name || '.') || table_name, sql from duckdb_tables() {own}
        union all select 'view', view_name, sql from duckdb_views() {own}
        union all select 'function', function_name, null from duckdb_functions() {own}
        union all select 'type', type_name, null from duckdb_types() {own}
        union all select 'schema', schema_name, null from duckdb_schemas() {own}
        union all select 'index', index_name, sql from duckdb_indexes() where database_name = $database
        union all select 'sequence', sequence_name, sql from duckdb_sequences() where database_name = $database"""  # noqa: S608
    return db.execute(sql, {"database": database}).fetchall()


class ViewDamaged(Corrupted):
    """The file of the readings view is damaged; it is derived, so it is deleted and filled anew from the frames."""

    code = "view-damaged"

    def __init__(self, path: Path | None, why: str) -> None:
        super().__init__(f"{path or ':memory:'}: {why}; delete it, it is rebuilt from the frames")
        self.path, self.why = path, why


class ViewFailed(Unavailable):
    """The readings view could not be read or written now; should it be damaged, it is rebuilt once it is deleted."""

    code = "view-failed"

    def __init__(self, path: Path | None, why: str) -> None:
        remedy = "should the file be damaged, delete it, it is rebuilt from the frames"
        super().__init__(f"{path or ':memory:'}: {why}; {remedy}")
        self.path, self.why = path, why


_PASSING = (
    duckdb.IOException,
    duckdb.TransactionException,  # what could not be committed
    duckdb.FatalException,  # a write or its sync failed: the file must be opened again
    duckdb.InternalException,
    duckdb.OutOfMemoryException,
    duckdb.InterruptException,
    duckdb.ConnectionException,
)
_DAMAGE = ("checksum", "not a valid DuckDB", "Corrupt", "corrupt", "Failed to load metadata", "read all data")
"""Words of DuckDB's messages about a file whose bytes have changed."""


@contextmanager
def duckdb_errors(path: Path | None) -> Iterator[None]:
    """Raise DuckDB's errors as ViewFailed or ViewDamaged, or as DiskFull or DiskReadOnly, naming the view's file."""
    try:
        yield
    except duckdb.Error as error:
        text = str(error)
        if path is not None and (disk := disk_error_in(text, path)) is not None:
            raise disk from error
        if isinstance(error, _PASSING) and not any(word in text for word in _DAMAGE):
            raise ViewFailed(path, text) from error
        raise ViewDamaged(path, text) from error


def delete_view(path: Path) -> None:
    """Delete the file of a view that no process has open, with its write-ahead log."""
    for each in (path, path.with_name(f"{path.name}.wal")):
        with disk_errors(each):
            each.unlink(missing_ok=True)


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
