from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from veriwatt.encoding import encode
from veriwatt.errors import BadInput, FileLost, NotFound, WrongFormat
from veriwatt.fsck.run import run_fsck
from veriwatt.home.home_format import NODE, OWNERS, TERMINAL, check_home_format, write_home_format
from veriwatt.home.key_backup import restore_backup, write_backup
from veriwatt.home.paths import HomePaths, find_home
from veriwatt.node.home import Home
from veriwatt.node.init_home import init_home
from veriwatt.node.run_node import run_node
from veriwatt.system.clock import SystemClock
from veriwatt.system.files import DiskFiles
from veriwatt.terminal.home import TerminalHome


@pytest.fixture
def home(tmp_path: Path) -> Path:
    init_home(tmp_path / "home", "Works", unprotected=True)
    return tmp_path / "home"


def test_a_new_home_states_its_format(home: Path) -> None:
    assert (home / "format").read_bytes() == b"veriwatt home 2\n"
    assert find_home(home) == HomePaths(home)


def test_fsck_finds_a_missing_marker(home: Path) -> None:
    (home / "format").unlink()
    report = run_fsck(HomePaths(home), None, SystemClock(), lambda *_: None)
    assert [(problem.where, problem.what) for problem in report.problems] == [("format", "the file is missing")]


@pytest.mark.parametrize(
    ("line", "found"),
    [(b"veriwatt home 1\n", "1"), (b"veriwatt home 0\n", "0"), (b"no line", "'no line'"), (b"a line\n", "'a line'")],
)
def test_every_way_into_a_home_refuses_one_of_another_format(home: Path, line: bytes, found: str) -> None:
    (home / "format").write_bytes(line)
    before = sorted(home.rglob("*"))
    for enter in (
        lambda: find_home(home),
        lambda: Home(home),
        lambda: run_node(home, "", (), lambda _: None),
        lambda: write_backup(home, home / "backup", 2, 3),
        lambda: restore_backup(home, b"", [], unprotected=True, dry_run=True),
    ):
        with pytest.raises(WrongFormat) as refused:
            enter()
        error = refused.value
        assert (error.kind, error.found, error.expected) == (f"the home {home}", found, "2")
        assert "use the release of veriwatt that made it" in str(error)
    assert sorted(home.rglob("*")) == before


def test_fsck_names_another_format_and_checks_no_further(home: Path) -> None:
    (home / "format").write_bytes(b"veriwatt home 1\n")
    report = run_fsck(HomePaths(home), None, SystemClock(), lambda *_: None)
    (problem,) = report.problems
    assert problem.where == "format"
    assert "is of format 1, this program reads format 2" in problem.what
    assert {"genesis.cbor", "ledger/ledger.db", "node.toml"} <= {each.path for each in report.not_vouched}


def test_a_terminals_home_is_refused_as_a_nodes_and_the_other_way_round(tmp_path: Path) -> None:
    for kind, other in ((NODE, TERMINAL), (TERMINAL, NODE)):
        write_home_format(DiskFiles(), tmp_path, kind)
        check_home_format(tmp_path, kind)
        with pytest.raises(BadInput) as refused:
            check_home_format(tmp_path, other)
        assert str(refused.value) == (
            f"{tmp_path}: is {OWNERS[kind]} home, and this is for {OWNERS[other]}; name {OWNERS[other]} home"
        )


def test_a_home_of_the_other_kind_is_named_as_what_it_is_by_every_way_into_it(home: Path, tmp_path: Path) -> None:
    (tmp_path / "t1").mkdir()
    write_home_format(DiskFiles(), tmp_path / "t1", TERMINAL)
    with pytest.raises(BadInput, match="is a node's home, and this is for a terminal's"):
        TerminalHome(home, reading=True)
    for enter in (find_home, Home):
        with pytest.raises(BadInput, match="is a terminal's home, and this is for a node's"):
            enter(tmp_path / "t1")


def test_a_terminals_home_of_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "format").write_bytes(b"veriwatt terminal home 7\n")
    with pytest.raises(WrongFormat, match="is of format 7"):
        TerminalHome(tmp_path)


def test_a_folder_without_a_home_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="`veriwatt init"):
        find_home(tmp_path)


@pytest.mark.parametrize("name", ["genesis.cbor", "ledger/ledger.db"])
def test_a_file_that_a_home_lost_is_named_with_a_remedy(home: Path, name: str) -> None:
    (home / name).unlink()
    with pytest.raises(FileLost, match=rf"{name} is missing.*newest copy"), Home(home) as opened:
        opened.ledger.head()


def test_an_empty_ledger_is_a_lost_one(home: Path) -> None:
    for end in ("-wal", "-shm"):
        (home / f"ledger/ledger.db{end}").unlink(missing_ok=True)
    (home / "ledger/ledger.db").write_bytes(b"")
    with pytest.raises(FileLost, match="ledger.db is empty.*newest copy"), Home(home) as opened:
        opened.ledger.head()


def test_a_home_that_is_older_than_its_marker_is_refused_by_its_number(home: Path) -> None:
    (home / "format").unlink()
    (home / "genesis.cbor").write_bytes(encode([1, "fields"]))
    for enter in (lambda: find_home(home), lambda: Home(home), lambda: run_node(home, "", (), lambda _: None)):
        with pytest.raises(WrongFormat, match=f"the home {home} is of format 1, this program reads format 2"):
            enter()


def test_a_home_that_lost_its_marker_is_named_by_every_way_into_it(home: Path) -> None:
    (home / "format").unlink()
    before = sorted(home.rglob("*"))
    for enter in (
        lambda: find_home(home),
        lambda: Home(home),
        lambda: run_node(home, "", (), lambda _: None),
        lambda: write_backup(home, home / "backup", 2, 3),
        lambda: restore_backup(home, b"", [], unprotected=True, dry_run=True),
    ):
        with pytest.raises(FileLost, match=f"{home / 'format'} is missing, .* a copy of the home, or from another"):
            enter()
    assert sorted(home.rglob("*")) == before


def test_a_marker_put_back_from_another_home_of_the_release_opens_the_home(home: Path, tmp_path: Path) -> None:
    init_home(tmp_path / "other", "Mill", unprotected=True)
    (home / "format").unlink()
    shutil.copy(tmp_path / "other" / "format", home / "format")
    with Home(home) as opened:
        assert opened.orgs() == ["Works"]


def test_a_terminals_home_that_lost_its_marker_is_named(tmp_path: Path, home: Path) -> None:
    for name, raw in (("terminal.toml", b""), ("terminal.keystore", b"x"), ("trust.json", None)):
        (tmp_path / name).write_bytes((home / name).read_bytes() if raw is None else raw)
    with pytest.raises(FileLost, match=f"{tmp_path / 'format'} is missing, .* a copy of the home, or from another"):
        TerminalHome(tmp_path)
    assert not (tmp_path / "terminal.lock").exists()


def test_a_ledger_whose_genesis_is_of_another_format_is_named_so(home: Path) -> None:
    with closing(sqlite3.connect(home / "ledger" / "ledger.db")) as db, db:
        db.execute("update blocks set block = ? where height = 0", [encode([3, "fields"])])
    with Home(home) as opened, pytest.raises(WrongFormat, match="is of format 3, this program reads format 2"):
        _ = opened.ledger


def test_a_terminals_home_that_is_older_than_its_marker_is_refused_by_its_number(tmp_path: Path) -> None:
    for name, raw in (
        ("terminal.toml", ""),
        ("terminal.keystore", "x"),
        ("trust.json", '{"format": "veriwatt trust file 1"}'),
    ):
        (tmp_path / name).write_text(raw)
    with pytest.raises(WrongFormat, match=f"the terminal home {tmp_path} is of format 1"):
        TerminalHome(tmp_path)
