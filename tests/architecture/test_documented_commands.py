"""Every command line in the README and the documents is one that the command takes, with its options and arguments."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from veriwatt.cli.main import build

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCKS = re.compile(r"^```(?:sh)?\n(.*?)^```|^((?: {4}\S.*\n)+)", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(veriwatt [^`]*)`")
AFTERWARDS = re.compile(r"\s{3,}\S.*$|\s+#.*$")
"""What a line says beside its command: a remark after some blanks."""


def lines_of(page: str) -> list[str]:
    """The command lines of a page: those of its blocks, and those in running text that have an option."""
    blocks = [line.strip() for fenced, indented in BLOCKS.findall(page) for line in (fenced or indented).splitlines()]
    shown = [line.removeprefix("$ ") for line in blocks]
    inline = [line for line in INLINE.findall(page) if " -" in line and "…" not in line]
    return [line for line in [*shown, *inline] if line.startswith("veriwatt ")]


def check_line(line: str) -> None:
    """Raise a usage error unless the command takes the line; nothing is run."""
    command: Any = typer.main.get_command(build([]))
    words = shlex.split(AFTERWARDS.sub("", line))[1:]
    while hasattr(command, "commands"):
        command, words = command.commands[words[0]], words[1:]
    command.make_context(command.name, words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_command_takes_every_line_that_a_page_shows(page: Path) -> None:
    wrong = {}
    for line in lines_of(page.read_text(encoding="utf-8")):
        try:
            check_line(line)
        except Exception as error:  # noqa: BLE001 - whatever the parser raises is what is wrong with the line
            wrong[line] = repr(error)
    assert wrong == {}


@pytest.mark.parametrize(
    "line", ["veriwatt query a --form 2026-03-01", "veriwatt frobnicate", "veriwatt verify", "veriwatt node walk"]
)
def test_a_wrong_line_is_found(line: str) -> None:
    with pytest.raises(Exception, match=r".+"):
        check_line(line)
