"""The index of the documents links every page, and links no page that is not there."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
LINK = re.compile(r"\]\(([^)#]+\.(?:md|json))\)")


def links_of(index: Path) -> set[Path]:
    return {(index.parent / target).resolve() for target in LINK.findall(index.read_text(encoding="utf-8"))}


def pages_below(folder: Path) -> set[Path]:
    return {page.resolve() for page in folder.rglob("*") if page.suffix in (".md", ".json")}


def test_the_index_links_every_page() -> None:
    index = DOCS / "README.md"
    decisions = pages_below(DOCS / "adr") - {DOCS / "adr" / "README.md"}
    assert pages_below(DOCS) - links_of(index) - decisions - {index} == set()


def test_the_index_of_decisions_links_every_decision() -> None:
    index = DOCS / "adr" / "README.md"
    assert pages_below(DOCS / "adr") - links_of(index) - {index} == set()


def test_no_link_of_an_index_is_broken() -> None:
    links = links_of(DOCS / "README.md") | links_of(DOCS / "adr" / "README.md")
    assert [link for link in links if not link.is_file()] == []
