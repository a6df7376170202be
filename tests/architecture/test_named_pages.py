"""Every page that the code or another page names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MODULES = sorted((ROOT / "src").rglob("*.py"))


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
