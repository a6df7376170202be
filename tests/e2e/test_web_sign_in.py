"""Signing in, in a real browser: by invitation, back to the page that was asked for, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest

from tests.e2e.cli_home import Cli
from tests.e2e.test_node_http import Running, start
from tests.e2e.test_web_pages import NARROW, PICTURES, WIDE
from tests.served_home import build_home

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ViewportSize

pytestmark = pytest.mark.browser

DEEP = "/ledger?from=2026-09-03"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_home(tmp_path_factory.mktemp("sign-in")).root


@pytest.fixture(scope="module")
def node(home: Path) -> Iterator[Running]:
    running = start(home)
    yield running
    running.stop()


@pytest.fixture
def invited(home: Path, node: Running, tmp_path: Path) -> str:
    """A link for one more person, made while the node runs."""
    return str(Cli(tmp_path).ask("node", "invite", "Ann Lee", "--home", home)["link"])


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport=WIDE, locale="en-GB")
    yield made
    made.close()


def test_a_link_is_spent_by_its_button_and_looking_at_it_spends_nothing(context: BrowserContext, invited: str) -> None:
    page = context.new_page()
    for _ in range(12):  # and more often than a link of no use may be tried
        page.goto(invited)
        assert "Ann Lee" in page.inner_text("main")
    page.keyboard.press("Enter")  # the button has the focus
    page.wait_for_selector("#sign-out")
    assert page.inner_text(".reader") == "Ann Lee"
    again = httpx.get(invited)
    assert (again.status_code, 'role="alert"' in again.text) == (403, True)


def test_signing_in_by_a_pasted_link_leads_back_to_the_page_that_was_asked_for(
    context: BrowserContext, node: Running, invited: str
) -> None:
    page = context.new_page()
    page.goto(node.address + DEEP)
    page.fill("#secret", "not a link")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    page.fill("#secret", f" {invited} ")
    page.keyboard.press("Enter")
    page.wait_for_url(node.address + DEEP)
    assert page.inner_text(".reader") == "Ann Lee"


def test_signing_in_by_a_link_opened_beside_the_page_leads_back_too(
    context: BrowserContext, node: Running, invited: str
) -> None:
    page, mail = context.new_page(), context.new_page()
    page.goto(node.address + DEEP)
    page.wait_for_function("localStorage.length > 0")
    mail.goto(invited)
    mail.wait_for_function(f"document.querySelector('input[name=next]').value === {DEEP!r}")
    mail.click("main button")
    mail.wait_for_url(node.address + DEEP)
    page.reload()  # the address of the sign-in page
    page.wait_for_url(node.address + DEEP)
    assert [each.inner_text(".reader") for each in (page, mail)] == ["Ann Lee", "Ann Lee"]


def test_no_address_leads_from_the_node_to_another_host(context: BrowserContext, node: Running, invited: str) -> None:
    page = context.new_page()
    page.goto(f"{invited}&next={quote('//evil.example/', safe='')}")
    page.click("main button")
    page.wait_for_selector("#sign-out")
    assert page.url.partition("?")[0] == f"{node.address}/"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites_and_the_nodes_own(
    context: BrowserContext, node: Running, home: Path, invited: str, tmp_path: Path
) -> None:
    page = context.new_page()
    page.goto(invited)
    page.click("main button")
    page.wait_for_selector("#sign-out")
    other = start(build_home(tmp_path).root)
    try:
        page.goto(other.link)
        page.click("main button")
        page.wait_for_selector("#sign-out")
        page.goto(node.address + DEEP)
        assert page.url == node.address + DEEP
    finally:
        other.stop()
    cookies = [cookie for cookie in context.cookies() if cookie["name"].startswith("veriwatt-")]
    assert len({cookie["name"] for cookie in cookies}) == 2
    assert {(cookie["httpOnly"], cookie["sameSite"]) for cookie in cookies} == {(True, "Strict")}


def test_a_revoked_session_is_signed_out_at_its_next_question(
    context: BrowserContext, home: Path, invited: str, tmp_path: Path
) -> None:
    page, cli = context.new_page(), Cli(tmp_path)
    page.goto(invited)
    page.click("main button")
    page.wait_for_selector("#sign-out")
    (mine, *_) = [s for s in cli.ask("node", "sessions", "list", "--home", home)["sessions"] if s["name"] == "Ann Lee"]
    assert (mine["from"], len(mine["id"])) == ("127.0.0.1", 8)
    cli.ask("node", "sessions", "revoke", "Ann Lee", "--home", home)
    page.goto(page.url)
    assert "/sign-in" in page.url


def test_under_tls_the_cookie_is_secure_and_of_this_host_alone(browser: Browser, home: Path, tmp_path: Path) -> None:
    other = start(build_home(tmp_path).root, "--tls")
    context = browser.new_context(ignore_https_errors=True)
    try:
        page = context.new_page()
        page.goto(other.link)
        page.click("main button")
        page.wait_for_selector("#sign-out")
        (cookie,) = [cookie for cookie in context.cookies() if "veriwatt-" in cookie["name"]]
        assert (cookie["name"][:16], cookie["secure"], cookie["path"]) == ("__Host-veriwatt-", True, "/")
        page.click("#sign-out")
        page.wait_for_url("**/sign-in")
        assert [c for c in context.cookies() if "veriwatt-" in c["name"]] == []
    finally:
        context.close()
        other.stop()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("shown", ["invited", "pasting", "used"])
def test_the_page_fits_its_width_and_speaks_its_language(
    browser: Browser, node: Running, invited: str, shown: str, language: str, size: ViewportSize
) -> None:
    context = browser.new_context(viewport=size, locale="en-GB")
    page = context.new_page()
    address = {"invited": invited, "pasting": f"{node.address}/sign-in", "used": f"{node.address}/sign-in?secret=x"}[
        shown
    ]
    page.goto(address)
    page.click(f"[data-language={language}]")
    page.wait_for_selector(f"html[lang^={language}]")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    spoken = page.inner_text("main").replace("Ann Lee", "")
    assert bool(re.search(r"[\u4e00-\u9fff]{2}", spoken)) == (language == "zh")
    assert not re.search(r"sign-in\.[a-z]", spoken)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"sign-in-{shown}-{language}-{size['width']}.png", full_page=True)
    context.close()
