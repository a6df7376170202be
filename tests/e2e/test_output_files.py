"""A file that a command is told to write takes the place of none that it reads, and of none that a home needs."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.e2e.cli_home import MAPPING, Cli

IMPORT = ("import", "readings.csv", "--mapping", "mapping.toml", "--home", "home", "--keep-good")
READINGS = "time,active\n2026-03-01 00:15,1.5\n2026-03-01 00:30,x\n"


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    cli = Cli(tmp_path_factory.mktemp("works"))
    cli.run("init", "home", "--org", "acme")
    (cli.folder / "mapping.toml").write_text(MAPPING)
    (cli.folder / "readings.csv").write_text(READINGS)
    (cli.folder / "link.csv").symlink_to("readings.csv")
    return cli


def files(folder: Path) -> dict[str, bytes]:
    """The digest of every file but locks, and those that a database makes while it is open."""
    passing = (".lock", "-wal", "-shm", ".wal")
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.endswith(passing))
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).digest() for path in found}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("readings.csv", "that the command reads"),
        ("link.csv", "that the command reads"),
        ("mapping.toml", "that the command reads"),
        ("passphrase", "that the command reads"),
        ("home/genesis.cbor", "lies in the home"),
        ("home/keys/owner.keystore", "lies in the home"),
        ("home/../home/new.csv", "lies in the home"),
        ("/dev/full", "is no file"),
    ],
)
def test_refused_rows_are_written_over_nothing_that_is_needed_and_nothing_is_imported(
    cli: Cli, name: str, why: str
) -> None:
    before = files(cli.folder)

    assert why in cli.run(*IMPORT, "--rejects", name, expect=2).stderr
    assert files(cli.folder) == before


def test_a_dry_run_leaves_the_readings_as_they_were(cli: Cli) -> None:
    cli.run(*IMPORT, "--dry-run", "--rejects", "readings.csv", expect=2)

    assert (cli.folder / "readings.csv").read_text() == READINGS


def test_a_file_of_refused_rows_that_cannot_be_written_stops_the_import(cli: Cli) -> None:
    cli.run(*IMPORT, "--rejects", "readings.csv/rejects.csv", expect=3)

    assert cli.ask("points", "list", "--home", "home")["points"] == []


@pytest.mark.parametrize(
    "command",
    [
        ("ledger", "trust", "--home", "home", "-o", "home/node.toml"),
        ("ledger", "trust", "--home", "home", "-o", "home/keys/owner.keystore"),
        ("ledger", "trust", "--home", "home", "-o", "passphrase"),
    ],
)
def test_no_command_writes_over_a_file_of_a_home_or_its_passphrase(cli: Cli, command: tuple[str, ...]) -> None:
    before = files(cli.folder)
    cli.run(*command, expect=2)

    assert files(cli.folder) == before


def test_a_home_s_own_trust_file_may_be_named(cli: Cli) -> None:
    trust = cli.folder / "home" / "trust.json"
    trust.unlink(missing_ok=True)
    cli.run("ledger", "trust", "--home", "home", "-o", "home/trust.json")

    assert trust.is_file()


def test_refused_rows_take_the_place_of_those_of_the_last_time(cli: Cli) -> None:
    (cli.folder / "rejects.csv").write_text("old")
    cli.run(*IMPORT, "--dry-run", "--rejects", "rejects.csv", expect=5)

    assert (cli.folder / "rejects.csv").read_text().splitlines()[1].startswith("readings.csv,3,active,x,")
    assert not list(cli.folder.glob(".rejects*"))
