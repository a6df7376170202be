"""The verify page on the vectors of periods: their words, counts and steps, in both languages, wide and narrow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.test_node_http import Running, start
from tests.e2e.test_web_pages import NARROW, PICTURES, WIDE
from veriwatt.node.init_home import init_home
from veriwatt.web.words import catalogue

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

pytestmark = pytest.mark.browser

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "evidence.json").read_text(encoding="utf-8"))
FACTS: dict[str, Any] = {case["file"]: case["facts"] for case in VECTORS["cases"] if case["verdict"] == "proven"}
INTERVALS, REGISTERS = "checkpoint of periods", "checkpoint of registers"
PERIODS = {
    "two days": INTERVALS,
    "two days without the first frame": INTERVALS,
    "a register over an exchange": REGISTERS,
    "a register with falls": REGISTERS,
    "a register up to its last reading": REGISTERS,
    "days certified by two, one admitted by the owner": "checkpoint of certifiers",
}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    root = tmp_path_factory.mktemp("verdicts") / "home"
    init_home(root, "works", unprotected=True)
    running = start(root)
    yield running
    running.stop()


def verdict(page: Page, folder: Path, file: str, trust: str) -> str:
    """The page's outcome on a file of the vectors, as text."""
    evidence, trust_file = folder / "period.vwe", folder / "trust.json"
    evidence.write_bytes(bytes.fromhex(VECTORS["files"][file]))
    trust_file.write_text(VECTORS["trust_files"][trust])
    page.set_input_files("input[name=evidence]", evidence)
    page.set_input_files("input[name=trust]", trust_file)
    page.click("button[type=submit]")
    page.wait_for_selector("#verdict[data-verdict=proven]")
    return page.inner_text("#outcome").replace("\u202f", "")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("file", PERIODS)
def test_a_period_is_told_by_its_own_words_counts_and_steps(
    browser: Browser, node: Running, tmp_path: Path, file: str, language: str, size: ViewportSize
) -> None:
    context = browser.new_context(viewport=size)
    page = context.new_page()
    page.goto(f"{node.address}/verify?lang={language}")
    said, words, facts = verdict(page, tmp_path, file, PERIODS[file]), catalogue(language), FACTS[file]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{file.replace(' ', '-')}-{language}-{size['width']}.png", full_page=True)
    context.close()

    quantity = {"import": "tile.total", "export": "tile.export"}[facts["direction"]]
    named = [quantity, f"direction.{facts['direction']}", "fact.period-start", "fact.period-end"]
    assert [key for key in named if words[key] not in said] == []
    assert words["fact.start"] not in said
    assert f"{facts['value']} {facts['unit']}" in said
    for status in ("measured", "estimated", "manual", "gap"):
        assert not facts[status] or f"{words[f'status.{status}']} {facts[status]}" in said
    assert not facts["not_stated"] or f"{words['status.absent']} {facts['not_stated']}" in said
    for kind, count in (facts["steps"] or {}).items():
        assert not count or words[f"mark.{kind}"].format(count=count) in said
    if facts["stated_by_owner"]:
        assert f"{facts['stated_by_owner']} {facts['unit']}" in said.partition(words["detail.stated-by-owner"])[2]
    admission = "admission.by" if facts["certifier"]["admitted_by"] else "admission.founder"
    basis = f"basis.{facts['certifier']['basis']}"
    assert facts["certified_by"] in said.partition(words["fact.certified_by"])[2]
    assert "; ".join(words[key].format_map(facts["certifier"]) for key in (admission, basis)) in said
    assert facts["direction"] == "import" or words["tile.total"] not in said
    assert not re.search(r"\b(?:tile|status|fact|mark|direction|kind|detail)\.[a-z]", said)
