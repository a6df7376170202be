"""Every flipped byte, altered or deleted row and missing file under fsck's roots is found, and its place is named."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.faults.fsck_home import DAY, FIRST_DAY, check, make_home, problem_lines, write_source
from veriwatt.system.sqlite import schema_of
from veriwatt.terminal.spool.spool_file import SCHEMA

FILES = ("format", "genesis.cbor", "trust.json", "keys/owner.keystore", "objects", "chains/Works/tile")
TABLES = (
    ("ledger/ledger.db", "blocks"),
    ("ledger/ledger.db", "state"),
    ("ledger/ledger.db", "log_leaves"),
    ("index.db", "frames"),
    ("terminals/Works.software/spool.db", "frames"),
    ("terminals/Works.software/spool.db", "tip"),
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 frames in anchors of 6, 6, 6 and 2."""
    folder = tmp_path_factory.mktemp("small")
    return make_home(folder / "home", write_source(folder, 20), frames_per_anchor=6)


@pytest.fixture(scope="module")
def tiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """260 frames, so that a tile is full."""
    folder = tmp_path_factory.mktemp("tiled")
    return make_home(folder / "home", write_source(folder, 260), frames_per_anchor=100, view=False)


def test_an_unharmed_home_is_clean_and_every_file_of_it_is_vouched_for_or_excused(small: Path) -> None:
    report = check(small)
    assert report.ok, problem_lines(report)
    assert report.checked["frames"] == report.checked["index_rows"] == report.checked["spool_frames"] == 20
    assert report.checked["anchors"] == 4
    assert report.checked["groups_opened"] == 20
    assert report.checked["readings"] == 20 * 24 * 2
    covered = {*report.roots, *(each.path for each in report.not_vouched)}
    whole = {name.partition("#")[0] for name in covered}
    for path in small.rglob("*"):
        if path.is_file() and not path.name.endswith(("-wal", "-shm", ".lock")):
            names = {path.relative_to(small).as_posix(), *(p.as_posix() for p in path.relative_to(small).parents)}
            assert names & whole, path


def test_every_table_of_a_spool_is_vouched_for_or_excused(small: Path) -> None:
    report = check(small)
    covered = {*report.roots, *(each.path for each in report.not_vouched)}
    (spool,) = (path.relative_to(small).as_posix() for path in small.rglob("spool.db"))
    made = {name for name, sql in schema_of(SCHEMA).items() if sql.startswith("CREATE TABLE")}
    assert {f"{spool}#{table}" for table in made - {"sqlite_sequence"}} <= covered


@pytest.mark.parametrize("root", FILES)
def test_a_flipped_byte_or_a_missing_file_is_found(root: str, small: Path, tiled: Path) -> None:
    home = tiled if root == "chains/Works/tile" else small
    paths = [home / root] if (home / root).is_file() else [p for p in (home / root).rglob("*") if p.is_file()]
    assert paths
    for path in paths[:3]:
        raw = path.read_bytes()
        for at in {0, len(raw) // 3, len(raw) - 1}:
            with restored(path):
                path.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
                must_be_found(home, path, f"byte {at}")
        with restored(path):
            path.unlink()
            must_be_found(home, path, "missing")
    assert check(home).ok


@pytest.mark.parametrize(("file", "table"), TABLES)
def test_an_altered_or_deleted_row_is_found(file: str, table: str, small: Path) -> None:
    path = small / file
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma wal_checkpoint(truncate)")
        names = [column[1] for column in db.execute(f"pragma table_info({table})")]
        rows = db.execute(f"select {', '.join(names)} from {table}").fetchall()
    for row in dict.fromkeys([rows[0], rows[len(rows) // 2], rows[-1]]):
        same = " and ".join(f"{name} is ?" for name in names)
        with restored(path):
            change(path, f"delete from {table} where {same}", row)
            must_be_found(small, path, f"deleted {row[:2]}")
        for name, value in zip(names, row, strict=True):
            if value in (None, b"", ""):
                continue
            with restored(path):
                change(path, f"update or replace {table} set {name} = ? where {same}", (altered(value), *row))
                must_be_found(small, path, f"{name} of {row[:2]}")
    assert check(small).ok


def test_a_readings_view_that_differs_from_the_frames_is_found(small: Path, tmp_path: Path) -> None:
    import duckdb

    home = Path(shutil.copytree(small, tmp_path / "home"))
    with duckdb.connect(str(home / "readings.duckdb")) as db:
        db.execute("update readings set value = value + 1 where position = 7 and start % 7200000 = 0")
    report = check(home)
    assert {p.where for p in report.problems} == {"readings.duckdb#readings", "readings.duckdb#hours"}, problem_lines(
        report
    )
    assert "frame 7" in problem_lines(report)


def test_a_view_that_is_behind_is_no_problem(small: Path, tmp_path: Path) -> None:
    import duckdb

    home = Path(shutil.copytree(small, tmp_path / "home"))
    with duckdb.connect(str(home / "readings.duckdb")) as db:
        db.execute("delete from readings where position >= 11")
        db.execute("delete from frames where position >= 11")
        db.execute(f"delete from hours where hour >= {(FIRST_DAY + 11 * DAY) * 1000}")
    report = check(home)
    assert report.ok, problem_lines(report)
    assert report.checked["readings"] == 11 * 24 * 2


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (None, "the file is missing"),
        (b"\x00\x81", "UTF-8"),
        (b"org = ", "TOML"),
        (b'listen = "127.0.0.1:80"\n', "org"),
        (b'org = "Works"\nfactors = ["none.toml"]\n', "none.toml"),
        (b'org = "Elsewhere"\n', "org 'Elsewhere', which has no data chain here"),
    ],
)
def test_settings_by_which_no_node_starts_are_found(text: bytes | None, what: str, small: Path) -> None:
    path = small / "node.toml"
    with restored(path):
        if text is None:
            path.unlink()
        else:
            path.write_bytes(text)
        report = check(small)
        assert [p.where for p in report.problems] == ["node.toml"], problem_lines(report)
        assert what in problem_lines(report)
    assert check(small).ok


def test_foreign_files_among_objects_and_tiles_are_problems_and_elsewhere_they_are_excused(
    small: Path, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(small, tmp_path / "home"))
    (home / "notes.txt").write_text("mine")
    (home / "objects" / "aa").mkdir(exist_ok=True)
    (home / "objects" / "aa" / "note").write_text("no object")
    (home / "chains" / "Works" / "tile" / "0").mkdir(parents=True, exist_ok=True)
    (home / "chains" / "Works" / "tile" / "0" / "000.p").write_text("no tile")
    report = check(home)
    assert {p.where for p in report.problems} == {"objects/aa/note", "chains/Works/tile/0/000.p"}
    assert "notes.txt" in {each.path for each in report.not_vouched}


def test_an_object_that_no_anchor_names_is_excused(small: Path, tmp_path: Path) -> None:
    from veriwatt.store.local_blobs import LocalStore
    from veriwatt.system.files import DiskFiles

    home = Path(shutil.copytree(small, tmp_path / "home"))
    store = LocalStore(DiskFiles(), home / "objects")
    path = store.path(store.put(b"left behind"))
    report = check(home)
    assert report.ok, problem_lines(report)
    assert path.relative_to(home).as_posix() in {each.path for each in report.not_vouched}
    path.write_bytes(b"left behinD")
    assert not check(home).ok


def test_a_spool_without_rows_of_recent_frames_is_found_and_a_purged_one_is_not(small: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(small, tmp_path / "home"))
    spool = home / "terminals" / "Works.software" / "spool.db"
    with closing(sqlite3.connect(spool)) as db, db:
        db.execute("delete from frames")
    report = check(home)
    assert report.ok, problem_lines(report)  # windows of 2022 are long past: a purge takes all of them
    with closing(sqlite3.connect(spool)) as db, db:
        db.execute("update tip set seq = seq - 1")
    assert not check(home).ok


def test_a_removed_spool_whose_terminal_lives_here_is_found(small: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(small, tmp_path / "home"))
    (home / "terminals" / "Works.software" / "spool.db").unlink()
    assert [p.where for p in check(home).problems] == ["terminals/Works.software/spool.db"]


def test_a_missing_ledger_is_reported_once_and_objects_are_still_hashed(small: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(small, tmp_path / "home"))
    (home / "ledger" / "ledger.db").write_bytes(b"not a database, " * 300)
    report = check(home)
    assert not report.ok
    assert {p.where.partition("#")[0] for p in report.problems} == {"ledger/ledger.db"}, problem_lines(report)
    assert "index.db" in {each.path for each in report.not_vouched}


def altered(value: Any) -> Any:
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    return chr(ord(value[0]) ^ 1) + value[1:] if isinstance(value, str) else value ^ 1


def change(path: Path, sql: str, values: tuple[Any, ...]) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma ignore_check_constraints = on")
        assert db.execute(sql, values).rowcount, sql
        db.commit()
        db.execute("pragma wal_checkpoint(truncate)")


def must_be_found(home: Path, path: Path, what: str) -> None:
    """The damage is found, and a problem names the file or the folder it lies in."""
    report = check(home)
    assert not report.ok, f"{path}: {what}: not found"
    name = path.relative_to(home).as_posix()
    wheres = [p.where.partition("#")[0] for p in report.problems]
    assert name in wheres or any(name.startswith(where + "/") for where in wheres), (
        f"{name}: {what}: {problem_lines(report)}"
    )


@contextmanager
def restored(path: Path) -> Iterator[None]:
    raw = path.read_bytes()
    try:
        yield
    finally:
        path.write_bytes(raw)
        for tail in ("-wal", "-shm"):
            path.with_name(path.name + tail).unlink(missing_ok=True)
