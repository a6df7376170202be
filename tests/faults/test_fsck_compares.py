"""fsck compares what it says that it compared, and says what it could not compare."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from tests.faults.fsck_home import check, problem_lines
from veriwatt.fsck import run
from veriwatt.home.key_store_file import open_key_store
from veriwatt.home.paths import HomePaths
from veriwatt.node.init_home import init_home

HIDING = (
    "create macro abs(x) as x",
    "create macro count_star() as 0",
    "create macro min(x) as null",
    "create macro lead(x) as null",
    "create view other as select * from readings",
    "create schema more",
    "create table spare(n integer)",
    "create index by_start on readings(start)",
    "create sequence numbers",
    "create type colour as enum ('red')",
    "alter table readings rename to kept; create view readings as select * replace (1 as value) from kept",
    "alter table hours add column more integer",
)
"""Things that the owner of a view may put into its file; with some of them a wrong figure passes for the right one."""

FOREIGN = (
    "create view wider as select * from frames",
    "create table more(n integer)",
    "create trigger quiet after update on {table} begin select 1; end",
    "create index another on {table}(rowid)",
    "alter table {table} rename to kept; create view {table} as select * from kept",
)


@pytest.mark.parametrize("statement", HIDING)
def test_a_view_with_anything_but_its_tables_is_no_view(statement: str, home: Path) -> None:
    with duckdb.connect(str(home / "readings.duckdb")) as db:
        db.execute("update readings set value = value + 1 where position = 2")
        db.execute(statement)
    report = check(home)
    assert {p.where.partition("#")[0] for p in report.problems} == {"readings.duckdb"}, problem_lines(report)
    assert "readings.duckdb" in {each.path for each in report.not_compared}
    assert report.checked["readings"] == 0


OF_OTHERS = {
    "update frames set org = 'zz' where position = 3": "frames",
    "update frames set org = 'zz' where position = 5": "frames",
    "insert into frames values ('zz', 0, 1, 'a', null, null)": "frames",
    "insert into frames values ('Works', -1, 1, 'a', null, null)": "frames",
    "delete from frames where position = 5": "readings",
    "insert into points values (77, 'zz', 'ghost')": "points",
    "insert into points values (77, 'Works', 'ghost')": "points",
    "insert into points values (77, 'zz', 'x'); insert into readings select * replace (77 as point) from readings": (
        "readings"
    ),
    "insert into readings select * replace (77 as point) from readings": "readings",
    "insert into readings select * replace (6 as position, null as until) from readings where position = 0": "readings",
    "insert into readings select * replace (0 as until) from readings where position = 0": "readings",
    "insert into hours select * replace (77 as point) from hours": "hours",
    "insert into left_out values ('zz', 0, 'press', 0, 0, 1, 'other', 'a', 1, 'x', null, null, null)": "left_out",
    "insert into left_out values ('Works', 6, 'press', 0, 0, 1, 'other', 'a', 1, 'x', null, null, null)": "left_out",
}
"""Rows of an org, point or frame that is not here, each with the table that fsck must name."""


@pytest.mark.parametrize("statement", OF_OTHERS)
def test_a_row_of_something_that_is_not_here_is_a_problem_of_the_view(statement: str, home: Path) -> None:
    with duckdb.connect(str(home / "readings.duckdb")) as db:
        db.execute(statement)
    report = check(home)
    assert f"readings.duckdb#{OF_OTHERS[statement]}" in {p.where for p in report.problems}, problem_lines(report)
    assert {p.where.partition("#")[0] for p in report.problems} == {"readings.duckdb"}, problem_lines(report)


OTHER_ROWS = (
    "create temp table t as select * from frames; update t set org = 'zz'; insert into frames select * from t",
    "update frames set org = 'zz' where position = 5",
    "update frames set org = cast('Works' as blob) where position = 5",
    "update frames set terminal = 'other' where position = 5",
)


@pytest.mark.parametrize("statement", OTHER_ROWS)
def test_an_index_row_of_another_org_or_terminal_is_a_problem(statement: str, home: Path) -> None:
    with closing(sqlite3.connect(home / "index.db")) as db, db:
        db.executescript(statement)
    report = check(home)
    assert {p.where for p in report.problems} == {"index.db#frames"}, problem_lines(report)


@pytest.mark.parametrize(("name", "other"), [(b"Works", b"Worke"), (b"software", b"softward")])
def test_a_spooled_frame_of_another_org_or_terminal_is_a_problem(name: bytes, other: bytes, home: Path) -> None:
    file = "terminals/Works.software/spool.db"
    with closing(sqlite3.connect(home / file)) as db, db:
        seq, header = db.execute("select seq, header from frames order by seq desc limit 1").fetchone()
        assert name in header
        db.execute("update frames set header = ? where seq = ?", [header.replace(name, other), seq])
    report = check(home)
    assert {p.where for p in report.problems} == {f"{file}#frames"}, problem_lines(report)


def test_the_spool_of_a_terminal_of_no_org_here_is_a_problem(home: Path) -> None:
    (home / "terminals" / "Works.software").rename(home / "terminals" / "zz.software")
    assert "terminals/zz.software/spool.db: the ledger has no terminal of this name" in problem_lines(check(home))


@pytest.mark.parametrize(("file", "table"), [("index.db", "frames"), ("terminals/Works.software/spool.db", "tip")])
@pytest.mark.parametrize("statement", FOREIGN)
def test_a_database_with_anything_but_its_tables_is_refused(statement: str, file: str, table: str, home: Path) -> None:
    if "rowid" in statement:
        statement = statement.replace("rowid", "epoch")
    with closing(sqlite3.connect(home / file)) as db:
        db.executescript(statement.format(table=table))
    report = check(home)
    assert {p.where.partition("#")[0] for p in report.problems} == {file}, problem_lines(report)
    assert report.checked["index_rows" if file == "index.db" else "spool_frames"] == 0


def test_a_view_that_another_process_holds_is_compared_as_it_is(home: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home)], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        report = check(home)
        assert report.ok, problem_lines(report)
        assert report.checked["readings"] == 6 * 24 * 2
        assert holder.stdin is not None
        holder.stdin.write("wrong\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "written\n"
        report = check(home)
        assert {p.where for p in report.problems} >= {"readings.duckdb#readings"}, problem_lines(report)
        holder.stdin.close()
    assert holder.returncode == 0


HOLDER = """
import sys
from pathlib import Path
from veriwatt.node.home import Home
with Home(Path(sys.argv[1])) as home:
    view = home.view()
    print("open", flush=True)
    sys.stdin.readline()
    view._db.execute("update readings set value = value + 1 where position = 2")
    print("written", flush=True)
    sys.stdin.read()
"""


def test_a_view_of_another_version_is_not_compared_and_nothing_of_it_counted(home: Path) -> None:
    with duckdb.connect(str(home / "readings.duckdb")) as db:
        db.execute("update about set version = version + 1")
    report = check(home)
    assert not report.problems, problem_lines(report)
    assert not report.ok
    assert [each.path for each in report.not_compared] == ["readings.duckdb"]
    assert report.checked["readings"] == 0
    assert exit_code(home) == 6


def test_without_the_passphrase_fsck_says_that_it_opened_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "passphrase").write_text("correct horse battery staple")
    (tmp_path / "passphrase").chmod(0o600)
    monkeypatch.setenv("VERIWATT_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    init_home(tmp_path / "home", "Works")
    monkeypatch.delenv("VERIWATT_PASSPHRASE_FILE")
    report = check(tmp_path / "home")
    assert not report.problems, problem_lines(report)
    assert [each.path for each in report.not_compared] == ["keys/owner.keystore"]
    assert exit_code(tmp_path / "home") == 6


def test_a_group_whose_key_is_not_here_is_not_compared(home: Path) -> None:
    """The key store of a backup is older than a group."""
    store, save = open_key_store(HomePaths(home).keystore, "")
    (master,) = [entry.name for entry in store.entries if entry.name.startswith("master/")]
    save(store.without(master))
    report = check(home)
    assert not report.problems, problem_lines(report)
    found = {each.path: each.why for each in report.not_compared}
    org, group = master.split("/")[1:]
    assert (
        f"group {group} of" in found[f"chains/{org}"] and "put the newest copy of keys/ back" in found[f"chains/{org}"]
    )
    assert report.checked["groups_opened"] == 0
    assert exit_code(home) == 6


def test_a_second_process_opens_the_groups_of_a_long_chain_and_finds_the_same(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = check(home)
    monkeypatch.setattr(run, "LONG", 1)
    assert check(home) == alone
    with duckdb.connect(str(home / "readings.duckdb")) as db:
        db.execute("update readings set value = value + 1 where position = 2")
    together = check(home)
    assert {p.where for p in together.problems} == {"readings.duckdb#readings", "readings.duckdb#hours"}
    monkeypatch.setattr(run, "LONG", 100)
    assert check(home) == together


@pytest.mark.parametrize(("state", "end"), [("missing", None), ("empty", ""), ("empty", "-wal")])
def test_a_ledger_that_is_gone_is_named_once_with_the_way_back(state: str, end: str | None, home: Path) -> None:
    ledger = home / "ledger/ledger.db"
    ledger.unlink()
    for name in ("-wal", "-shm"):
        ledger.with_name(f"ledger.db{name}").unlink(missing_ok=True)
    if end is not None:
        ledger.touch()
        ledger.with_name(f"ledger.db{end}").touch()
    report = check(home)
    (found,) = report.problems
    assert found.where == "ledger/ledger.db"
    assert f"ledger.db is {state}, and the home had it: put it back from the newest copy" in found.what
    assert "docs/operations/restore.md" in found.what


def test_a_missing_object_is_not_counted_as_checked(home: Path) -> None:
    objects = [path for path in (home / "objects").rglob("*") if path.is_file()]
    before = check(home).checked["objects"]
    assert before == len(objects)
    objects[0].unlink()
    report = check(home)
    assert not report.ok
    assert report.checked["objects"] < before


@pytest.mark.parametrize(
    "file", ["index.db", "ledger/ledger.db", "trust.json", "readings.duckdb", "terminals/Works.software/spool.db"]
)
def test_a_file_that_cannot_be_reached_is_not_damage(file: str, home: Path) -> None:
    (home / file).chmod(0)
    assert exit_code(home) == 3


FOLDERS = (
    "high-water",
    "terminals",
    "terminals/Works.software",
    "chains",
    "chains/Works",
    "chains/Works/journal",
    "chains/Works/tile",
    "objects",
    "objects/{first}",
    "keys",
    "ledger",
    "access",
    "quarantine",
    "notes",
)


@pytest.mark.parametrize("mode", [0o000, 0o600, 0o300])
@pytest.mark.parametrize("place", FOLDERS)
def test_a_folder_that_cannot_be_read_is_named_and_the_rest_is_checked(place: str, mode: int, home: Path) -> None:
    """No entry, no entry but a list of names, and entry but no list."""
    folder = home / place.format(first=next((home / "objects").iterdir()).name)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(mode)
    try:
        done = fsck_process(home)
    finally:
        folder.chmod(0o700)
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    name = folder.relative_to(home).as_posix()
    assert done.returncode == 3
    assert not report["problems"]
    assert name in {each["path"] for each in report["not_compared"]}
    assert name in {each["path"] for each in report["not_vouched"]}
    assert report["checked"]["blocks"] or place == "ledger"
    if not place.startswith(("ledger", "chains", "objects")) or place.endswith("tile"):
        assert report["checked"]["frames"] == 6


def exit_code(home: Path) -> int:
    return fsck_process(home).returncode


def fsck_process(home: Path) -> subprocess.CompletedProcess[bytes]:
    """`veriwatt fsck --json`, run by a user who may read only what the modes of files allow."""
    program = f"{BOUND}\nfrom veriwatt.cli.main import main\nmain()"
    command = [sys.executable, "-c", program, "fsck", "--home", str(home), "--json"]
    return subprocess.run(command, check=False, capture_output=True)


BOUND = """
import ctypes, os
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
if os.geteuid() == 0 and "BOUND" not in os.environ:
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.execve("/proc/self/exe", open("/proc/self/cmdline").read().split("\\0")[:-1], {**os.environ, "BOUND": "1"})
"""
