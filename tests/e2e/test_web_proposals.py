"""The page of proposals: each decision in words, who voted how, who has not, and what became of it.

A home of one operator has no proposal that waits for others, so the page is shown what a ledger of four founders
answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.cli_home import Cli
from tests.e2e.test_node_http import Running, start
from tests.e2e.test_web_pages import NARROW, PICTURES, WIDE, Reader
from tests.machine.council import Council
from veriwatt.ids import Digest
from veriwatt.machine.version import MACHINE_VERSION
from veriwatt.membership.proposals import proposal_json, proposals
from veriwatt.model.governance.decision import DECISIONS
from veriwatt.model.governance.org_decisions import GrantOrgRole, Reinstate, RevokeOrgRole, Suspend
from veriwatt.model.governance.parameters import Parameter, Parameters
from veriwatt.model.governance.rule_decisions import (
    ChangeParameters,
    ChangeValidators,
    CloseLedger,
    RegisterFactors,
    ScheduleUpgrade,
    ValidatorPower,
)
from veriwatt.model.members.organisation import Role
from veriwatt.testing.actors import sim_key, sim_validator
from veriwatt.units import DAY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


def council_with_every_decision() -> Council:
    """Each kind is proposed; most are enacted, one failed, one is rejected, one has expired, and the last is open."""
    council, table = Council("abcd"), RegisterFactors(Digest(bytes([9]) * 32), "GB/T 2589-2020")
    powers = [ValidatorPower(sim_key("another").public, 5), ValidatorPower(sim_validator(0).public, 0)]
    council.propose("b", table)
    for decision in (
        council.admission("lab"),
        council.admission("erin", with_vote=True),
        table,
        ChangeValidators(tuple(sorted(powers, key=lambda each: each.key.raw))),
        ScheduleUpgrade(9_000, MACHINE_VERSION + 1),
        Suspend("d"),
        Reinstate("d"),
        GrantOrgRole("lab", Role.METROLOGY),
        RevokeOrgRole("lab", Role.METROLOGY),
        RegisterFactors(table.digest, table.name, in_force=False),
    ):
        council.propose("a", decision)
        for org in ("b", "c", "erin")[: council.voting(decision).needed - 1]:
            council.vote(org)
        assert council.result().value == "enacted", decision
    council.propose("a", table)
    assert [council.vote(org) for org in "bc"] == ["ok", "ok"]
    for org in "cd":
        council.vote(org, 1)
    assert council.result(1).value == "failed"
    council.propose("a", ScheduleUpgrade(0, 0))
    assert [council.vote(org, yes=False) for org in "bc"] == ["ok", "ok"]
    council.propose("c", Suspend("a"))
    council.chain.time += 14 * DAY
    council.propose("d", ChangeParameters(Parameters.of({Parameter.VOTING_DAYS: 30})))
    council.vote("b", yes=False)
    council.propose("b", CloseLedger(Digest(bytes([7]) * 32)))
    return council


@pytest.fixture(scope="module")
def answer() -> dict[str, object]:
    council = council_with_every_decision()
    told = [proposal_json(council.chain.rows, each, council.chain.time) for each in proposals(council.chain.rows)]
    assert {each["kind"] for each in told} == set(DECISIONS)
    assert {each["result"] for each in told} == {"open", "expired", "enacted", "rejected", "failed"}
    return {"total": len(told), "proposals": told}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    cli = Cli(tmp_path_factory.mktemp("proposals"))
    cli.ask("init", "home", "--org", "park", "--unprotected-key")
    running = start(cli.folder / "home")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def state(browser: Browser, node: Running) -> dict[str, object]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(node.link)
    page.click("main button")
    page.wait_for_url(f"{node.address}/**")
    kept = context.storage_state()
    context.close()
    return dict(kept)


def shown(reader: Reader, answer: dict[str, object], language: str) -> Page:
    reader.page.route(
        re.compile("/api/v1/proposals"),
        lambda route: route.fulfill(content_type="application/json", body=json.dumps(answer)),
    )
    return reader.open(f"/ledger/proposals?lang={language}")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_decision_has_its_words_in_both_languages(
    browser: Browser, node: Running, state: dict[str, object], answer: dict[str, object], language: str, size: object
) -> None:
    reader = Reader(browser, node, state, viewport=size)
    page = shown(reader, answer, language)
    assert page.locator("#proposals section").count() == answer["total"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    spoken = page.inner_text("main")
    assert not re.search(r"\b(?:decision|proposals|result)\.[a-z]|\{\w+\}|undefined|\[object", spoken)
    titles = page.locator("#proposals h2").all_inner_texts()
    assert all(bool(re.search(r"[\u4e00-\u9fff]{2}", title)) == (language == "zh") for title in titles)
    PICTURES.mkdir(parents=True, exist_ok=True)
    width = page.viewport_size["width"] if page.viewport_size else 0
    page.screenshot(path=PICTURES / f"every-proposal-{language}-{width}.png", full_page=True)
    reader.context.close()
    assert reader.complaints == []


def test_an_open_proposal_names_who_has_not_voted_and_a_failed_one_why(
    browser: Browser, node: Running, state: dict[str, object], answer: dict[str, object], tmp_path: Path
) -> None:
    reader = Reader(browser, node, state, viewport=WIDE)
    page = shown(reader, answer, "en")
    still_open = page.locator("#proposals section", has_text=re.compile("voting.days")).first.inner_text()
    assert "4 yes of 5 orgs that may vote" in still_open
    assert "a, c, erin" in still_open
    failed = page.locator("#proposal-1").inner_text()
    assert "could not be enacted any more" in failed
    assert "record exists" in failed
    reader.context.close()
    assert reader.complaints == []
