"""A pipe, a socket or a device in a home is named by fsck, and never opened: reading one may never end."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.faults.fsck_home import check, problem_lines
from veriwatt.fsck.report import Report

PLACES = (
    "format",
    "node.toml",
    "genesis.cbor",
    "trust.json",
    "keys/owner.keystore",
    "ledger/ledger.db",
    "ledger/ledger.db-wal",
    "index.db",
    "index.db-wal",
    "readings.duckdb",
    "readings.duckdb.wal",
    "home.lock",
    "high-water/Works",
    "terminals/Works.software/spool.db",
    "terminals/Works.software/terminal.toml",
    "objects/{first}",
    "objects/other",
    "chains/Works/tile/0/000",
    "chains/Works/journal/0000000000000006.journal",
    "quarantine/Works/bafkreif76ho6ddrjkhvz5cxts7nqj7dcxiraopv7zhjdx7a42o7scod7hi",
    "access/notes",
    "notes",
)


@pytest.mark.parametrize("place", PLACES)
def test_a_pipe_anywhere_is_a_problem_and_is_not_opened(place: str, home: Path) -> None:
    where = put(home, place, stat.S_IFIFO)
    with watched(home / where) as opened:
        report = check(home)
    assert not opened
    assert names(report, where, "a named pipe"), problem_lines(report)


@pytest.mark.parametrize("place", ["trust.json", "index.db", "notes"])
def test_a_socket_is_a_problem(place: str, home: Path) -> None:
    where = put(home, place, stat.S_IFSOCK)
    report = check(home)
    assert names(report, where, "a socket"), problem_lines(report)
    assert not report.not_compared


@pytest.mark.parametrize("place", ["trust.json", "objects/{first}", "readings.duckdb", "notes"])
def test_a_link_to_a_device_is_a_problem(place: str, home: Path) -> None:
    where = put(home, place, None)
    (home / where).symlink_to("/dev/zero")
    report = check(home)
    assert names(report, where, "a device"), problem_lines(report)


def test_a_table_of_factors_that_is_a_pipe_beside_the_home_is_not_opened(home: Path) -> None:
    os.mkfifo(home.parent / "factors.toml")
    settings = home / "node.toml"
    settings.write_text(settings.read_text().replace("factors = []", 'factors = ["../factors.toml"]'))
    with watched(home.parent / "factors.toml") as opened:
        report = check(home)
    assert not opened
    assert "node.toml: " in problem_lines(report)
    assert "is a named pipe" in problem_lines(report)


def put(home: Path, place: str, kind: int | None) -> str:
    """Put a special file in a place of the home, in place of what was there; None leaves it empty."""
    objects = sorted(path for path in (home / "objects").rglob("*") if path.is_file())
    where = place.format(first=objects[0].relative_to(home / "objects"))
    path = home / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if kind is not None:
        os.mknod(path, kind | 0o600)
    return where


def names(report: Report, where: str, kind: str) -> bool:
    return any(p.where == where and f"{where} is {kind}, not a file" in p.what for p in report.problems)


@contextmanager
def watched(pipe: Path) -> Iterator[list[Path]]:
    """Has the pipe once somebody has opened it to read; who did reads its end at once, and goes on."""
    opened, stop = list[Path](), Event()

    def watch() -> None:
        while not stop.wait(0.005):
            try:
                os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
            except OSError:  # nobody reads
                continue
            opened.append(pipe)

    watching = Thread(target=watch)
    watching.start()
    try:
        yield opened
    finally:
        stop.set()
        watching.join()
