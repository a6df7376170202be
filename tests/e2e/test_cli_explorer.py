"""`veriwatt ledger status|block|tx|validators|search`, as people use them; they say what the API says."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli_home import Cli
from tests.served_home import ORG, ServedHome, build_home
from tests.unit.api.conftest import Served, serve
from tests.unit.api.test_api_answers import ask
from veriwatt.ledger.embedded.block import StoredBlock
from veriwatt.testing.edits import replace

AT = ("--home", "home")


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    made = Cli(tmp_path_factory.mktemp("explorer"))
    build_home(made.folder)
    return made


def test_what_commands_print_is_what_the_api_answers(cli: Cli) -> None:
    """But for what depends on the clock."""
    answers = dict[str, Any]()
    newest = cli.ask("ledger", "status", *AT)["height"]
    (digest,) = {each["digest"] for each in cli.ask("ledger", "block", "2", *AT)["transactions"][:1]}
    copy = cli.folder / "served"
    shutil.copytree(cli.folder / "home", copy)

    async def scenario(served: Served) -> None:
        paths = [*(f"blocks/{h}" for h in range(1, newest + 1)), *(f"blocks/{h}/check" for h in range(1, newest + 1))]
        paths += [f"transactions/{digest}", "ledger/validators", "ledger", f"search?q={digest[:9]}", "search?q=works"]
        answers.update(zip(paths, await ask(served, *paths), strict=True))

    serve(ServedHome(copy, []), scenario)
    for height in range(1, newest + 1):
        told = cli.ask("ledger", "block", str(height), "--verify", *AT)
        assert told == answers[f"blocks/{height}"] | {"check": answers[f"blocks/{height}/check"]}
    assert cli.ask("ledger", "tx", digest, *AT) == answers[f"transactions/{digest}"]
    assert cli.ask("ledger", "validators", *AT) == answers["ledger/validators"]
    for query in (digest[:9], "works"):
        assert cli.ask("ledger", "search", query, *AT) == answers[f"search?q={query}"]
    status, ledger = cli.ask("ledger", "status", *AT), answers["ledger"]
    for told in (status, ledger):
        told.pop("now")
        told["rate"].pop("per_minute")
    assert {name: status[name] for name in ledger} == ledger


def test_each_answer_is_printed_for_people(cli: Cli) -> None:
    status = cli.run("ledger", "status", *AT).stdout
    assert "single operator" in status
    assert "frames anchored" in status
    assert "ALARM" not in status
    block = cli.run("ledger", "block", "2", "--verify", *AT).stdout
    assert "Every step holds." in block
    assert "Checked by this program" in block
    digest = cli.ask("ledger", "block", "2", *AT)["transactions"][0]["digest"]
    shown = cli.run("ledger", "tx", digest.upper(), "--verify", *AT).stdout
    assert digest in shown
    assert "Inclusion" in shown
    assert "signed" in cli.run("ledger", "validators", *AT).stdout
    assert f"/orgs/{ORG}" in cli.run("ledger", "search", ORG, *AT).stdout
    nothing = cli.run("ledger", "search", "ab" * 32, *AT).stdout
    assert "Nothing here is found" in nothing
    assert "a hash or digest" in nothing


def test_a_slot_and_a_time_are_found(cli: Cli) -> None:
    (slot,) = cli.ask("ledger", "search", "works.total 2026-09-03", *AT)["found"]
    assert (slot["kind"], slot["org"]) == ("slot", ORG)
    head = cli.ask("ledger", "status", *AT)
    (block,) = cli.ask("ledger", "search", head["time"], *AT)["found"]
    assert (block["kind"], block["height"]) == ("block-at", head["height"])


def test_what_is_not_there_is_refused_with_a_remedy(cli: Cli) -> None:
    assert "no block here has" in cli.run("ledger", "tx", "0" * 64, *AT, expect=1).stderr
    assert "64 hexadecimal digits" in cli.run("ledger", "tx", "12ab", *AT, expect=2).stderr
    assert "printable" in cli.run("ledger", "search", " ", *AT, expect=2).stderr


def test_a_block_that_was_changed_in_the_file_is_not_shown_as_good(cli: Cli, tmp_path: Path) -> None:
    """Its owner, who has every key and the file, exchanges the stored result of a transaction."""
    shutil.copytree(cli.folder / "home", tmp_path / "home")
    with sqlite3.connect(tmp_path / "home" / "ledger" / "ledger.db") as db:
        ((raw,),) = db.execute("select block from blocks where height = 2").fetchall()
        stored = StoredBlock.from_bytes(raw)
        turned = replace(stored, results=("record-exists", *stored.results[1:]))
        db.execute("update blocks set block = ? where height = 2", (turned.to_bytes(),))
    other = Cli(tmp_path)
    told = other.ask("ledger", "block", "2", "--verify", *AT, expect=1)
    assert [step["name"] for step in told["check"]["steps"] if step["state"] == "failed"] == ["results"]


def test_the_index_of_hashes_is_made_again_when_deleted(cli: Cli) -> None:
    digest = cli.ask("ledger", "block", "2", *AT)["transactions"][0]["digest"]
    first = cli.ask("ledger", "search", digest, *AT)
    assert (cli.folder / "home" / "hashes.db").stat().st_mode & 0o777 == 0o600
    for path in (cli.folder / "home").glob("hashes.db*"):
        path.unlink()
    assert cli.ask("ledger", "search", digest, *AT) == first
    assert cli.run("fsck", "--home", "home", expect=0).returncode == 0
