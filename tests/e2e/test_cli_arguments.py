"""Arguments that are no text, as a shell passes on what a script of another encoding gives it."""

from __future__ import annotations

import os
import random
import sys

import pytest

from tests.e2e.cli_home import Cli
from tests.figures_home import build_figures_home

NO_TEXT = os.fsdecode(b"hall\xff")
SPAN = ("--from", "2024-03-01", "--to", "2024-03-02")
USAGE, REFUSED = 2, 1


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    folder = tmp_path_factory.mktemp("arguments")
    build_figures_home(folder, random.Random(1))
    return Cli(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="arguments are Unicode there")
@pytest.mark.parametrize(
    "arguments",
    [
        ("query", NO_TEXT, *SPAN, "--home", "home"),
        ("query", "hall.meter", *SPAN, "--home", "home", "--org", NO_TEXT),
        ("points", "show", NO_TEXT, "--home", "home"),
        ("evidence", "reading", NO_TEXT, "2024-03-01", "--home", "home", "-o", "e.vwe"),
        ("correct", NO_TEXT, "2024-03-01", "--value", "1", "--reason", "misread", "--home", "home"),
        ("points", "exchange", "hall.meter", "--reason", NO_TEXT, "--home", "home"),
        ("fsck", "--home", NO_TEXT),
        ("verify", NO_TEXT, "--trust", "home/trust.json"),
        (NO_TEXT,),
    ],
    ids=lambda each: " ".join(each[:2]).encode(errors="replace").decode(),
)
def test_an_argument_that_is_no_utf_8_is_named_by_its_place(cli: Cli, arguments: tuple[str, ...]) -> None:
    done = cli.run(*arguments, expect=USAGE)

    assert f"argument {arguments.index(NO_TEXT) + 1}: it is not UTF-8" in done.stderr
    assert "write it in UTF-8" in done.stderr
    assert "[bad-input]" in done.stderr


def test_the_same_argument_in_utf_8_is_a_name_as_any(cli: Cli) -> None:
    assert "[not-found]" in cli.run("query", "hall\xff", *SPAN, "--home", "home", expect=REFUSED).stderr


def test_a_file_that_was_renamed_is_read(cli: Cli) -> None:
    (cli.folder / "trust\xff.json").write_bytes((cli.folder / "home" / "trust.json").read_bytes())
    done = cli.run("verify", "home/trust.json", "--trust", "trust\xff.json", expect=REFUSED)

    assert "trust file trust\xff.json, fingerprint" in done.stdout + done.stderr
