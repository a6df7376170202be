"""Every page and every command that the code or a page names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from veriwatt.cli.main import build

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODULES = sorted((ROOT / "src").rglob("*.py"))


def _below(command: object) -> dict[str, object]:
    return dict(getattr(command, "commands", {}))


COMMANDS = {name: set(_below(command)) for name, command in _below(typer.main.get_command(build([]))).items()}
"""Each command with those below it."""


def _id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_what_a_page_links_to_is_there(page: Path) -> None:
    linked = re.findall(r"\]\(([^)#:]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [name for name in linked if not (page.parent / name).exists()] == []


@pytest.mark.parametrize("module", MODULES, ids=_id)
def test_a_page_that_a_module_names_is_there(module: Path) -> None:
    named = re.findall(r"\bdocs/[\w/.-]+\.\w+", module.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("text", [*PAGES, *MODULES], ids=_id)
def test_a_command_that_is_named_is_there(text: Path) -> None:
    named = re.findall(r"(?:`|^| {4})veriwatt ([a-z-]+)(?: ([a-z-]+))?", text.read_text(encoding="utf-8"), re.MULTILINE)
    unknown = [(first, then) for first, then in named if first not in COMMANDS or not _is_below(first, then)]
    assert unknown == []


def _is_below(command: str, word: str) -> bool:
    """Whether the word may follow the command: any may, an argument, where nothing is below it."""
    return not word or not COMMANDS[command] or word in COMMANDS[command]
