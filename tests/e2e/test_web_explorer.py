"""The explorer's pages in a real browser: one search, permanent addresses, links there and back, and checks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest

from tests.e2e.test_node_http import Running, start
from tests.e2e.test_web_pages import NARROW, PICTURES, WIDE, Reader
from tests.served_home import ORG, build_home

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route, ViewportSize

pytestmark = pytest.mark.browser

KEYS = r"\b(?:search|alarm|ledger|block|transaction|check|found|frame|org|tx|age|terminals?)\.[a-z]|\{\w+\}|\[object"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = start(build_home(tmp_path_factory.mktemp("explorer")).root)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def state(browser: Browser, node: Running) -> dict[str, object]:
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.goto(node.link)
    page.click("main button")
    page.wait_for_url(f"{node.address}/**")
    kept = context.storage_state()
    context.close()
    return dict(kept)


@pytest.fixture
def reader(browser: Browser, node: Running, state: dict[str, object]) -> Iterator[Reader]:
    made = Reader(browser, node, state, viewport=WIDE)
    yield made
    made.context.close()
    assert made.complaints == []


def addresses(reader: Reader) -> dict[str, str]:
    """A page of each kind, with what it shows."""
    frame: dict[str, Any] = reader.ask(f"frames/{ORG}/0")
    anchor = frame["anchor"]
    return {
        "ledger": "/ledger",
        "block": f"/ledger/{anchor['height']}",
        "transaction": f"/ledger/tx/{anchor['transaction']}",
        "frame": f"/frames/{ORG}/0",
        "org": f"/orgs/{ORG}",
        "terminal": f"/terminals/{frame['terminal']}",
        "found": "/ledger/search?q=works.",
        "nothing": "/ledger/search?q=nothing-of-the-kind",
    }


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_fits_its_width_and_speaks_its_language(
    browser: Browser, node: Running, state: dict[str, object], language: str, size: ViewportSize
) -> None:
    reader = Reader(browser, node, state, viewport=size)
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name, address in addresses(reader).items():
        page = reader.open(f"{address}{'&' if '?' in address else '?'}lang={language}")
        if name in ("block", "transaction"):
            check(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        spoken = page.inner_text("main")
        assert bool(re.search(r"[\u4e00-\u9fff]{2}", spoken.replace("工厂", ""))) == (language == "zh"), name
        assert not re.search(KEYS, re.sub(r"works\.\w*", "", spoken)), name
        page.screenshot(path=PICTURES / f"explorer-{name}-{language}-{size['width']}.png", full_page=True)
    reader.context.close()
    assert reader.complaints == []


def check(page: Page) -> None:
    page.click("#run-check")
    page.wait_for_selector("#check [data-outcome]")


def follow(page: Page, link: str) -> None:
    page.click(link)
    page.wait_for_function("() => document.querySelectorAll('[aria-busy]').length === 0")


def test_verify_this_shows_each_step_and_who_did_it(reader: Reader) -> None:
    paths = addresses(reader)
    page = reader.open(paths["block"])
    assert "This node does the check" in page.inner_text("main")
    check(page)
    assert page.get_attribute("#check [data-outcome]", "data-outcome") == "holds"
    steps = page.locator("#check [data-check]").evaluate_all("all => all.map(one => one.dataset.check)")
    assert steps == ["header hash", "validators", "signatures", "data hash", "next block", "results"]
    told: Any = reader.ask(f"blocks/{paths['block'].rpartition('/')[2]}/check")
    shown = page.inner_text("#check")
    for step in told["steps"]:
        assert all(str(value) in shown for value in step["found"].values())
    page = reader.open(paths["transaction"])
    check(page)
    assert page.locator("#check [data-state=holds]").count() == 8


def test_a_step_that_fails_is_shown_as_failed(reader: Reader) -> None:
    def lie(route: Any) -> None:
        steps = [
            {"step": 1, "name": "header hash", "state": "holds", "found": {}, "code": None, "why": None, "values": {}},
            {"step": 2, "name": "results", "state": "failed", "found": {"computed": "00", "stated": "11"},
             "code": "contradiction", "why": "hash of the results: 11 expected, 00 found", "values": {}},
        ]  # fmt: skip
        route.fulfill(content_type="application/json", body=json.dumps({"outcome": "failed", "steps": steps}))

    reader.page.route(re.compile("/check$"), lie)
    page = reader.open(addresses(reader)["block"])
    check(page)
    assert page.locator("#check li.failed").count() == 1
    assert "do not rely on it" in page.inner_text("#check")


def test_a_slot_leads_to_frame_anchor_block_and_passport_and_back(reader: Reader) -> None:
    page = reader.overview(f"point={ORG}/works.total&from=2026-09-03&to=2026-09-04&every=15m")
    page.locator(".u-over").click(position={"x": 200, "y": 80})
    page.wait_for_selector("#detail .of-frame a")
    follow(page, "#detail .of-frame a")
    assert re.search(rf"/frames/{ORG}/\d+$", page.url)
    frame = page.url
    follow(page, "#frame a[href^='/ledger/tx/']")
    assert "/ledger/tx/" in page.url
    follow(page, "#transaction a[href^='/ledger/']")
    assert re.search(r"/ledger/\d+$", page.url)
    follow(page, "#block a[href^='/frames/']")
    assert f"/frames/{ORG}/" in page.url
    page.goto(frame)
    page.wait_for_selector("#frame a[href^='/terminals/']")
    follow(page, "#frame a[href^='/terminals/']")
    assert "/terminals/software" in page.url
    follow(page, "#terminals a[href^='/orgs/']")
    follow(page, "#org a[href^='/terminals/']")
    follow(page, "#terminals a[href^='/frames/']")
    page.wait_for_selector("#frame a[href^='/?point=']")
    follow(page, "#frame a[href^='/?point=']")
    page.wait_for_selector(".u-over")
    assert "point=" in page.url


def test_one_finding_is_gone_to_at_once_by_keyboard(reader: Reader) -> None:
    page = reader.open("/ledger")
    frame: Any = reader.ask(f"frames/{ORG}/0")
    for query, address in {
        str(frame["anchor"]["height"]): rf"/ledger/{frame['anchor']['height']}$",
        frame["frame"]: rf"/frames/{ORG}/0$",
        frame["anchor"]["transaction"][:16]: rf"/ledger/tx/{frame['anchor']['transaction']}$",
        ORG: rf"/orgs/{ORG}$",
    }.items():
        page = reader.open("/ledger")
        page.keyboard.press("Tab")
        while not page.evaluate("document.activeElement.id === 'q'"):
            page.keyboard.press("Tab")
        page.keyboard.type(query)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(address))


def test_none_and_several_are_said_clearly(reader: Reader) -> None:
    page = reader.open("/ledger/search?q=works.")
    answer: Any = reader.ask("search?q=works.")
    links = page.locator("#found .findings a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert links == [each["address"] for each in answer["found"]]
    assert len(links) == 3
    page = reader.open(f"/ledger/search?q={'ab' * 32}")
    assert "Nothing here is found" in page.inner_text("#found")
    assert "a hash or digest" in page.inner_text("#found")


def test_the_ledger_page_shows_the_figures_of_the_api_and_alarms_where_something_is_wrong(reader: Reader) -> None:
    told: Any = reader.ask("ledger")
    page = reader.open("/ledger")
    tiles, validators = page.inner_text("#tiles"), page.inner_text("#validators")
    assert f"{told['rate']['transactions']} in the newest {told['rate']['blocks']} blocks" in tiles
    assert all(f"{each['signed']} of {each['of']}" in validators for each in told["validators"])
    assert page.locator("#alarms [data-alarm]").count() == 0
    assert page.locator("#misbehaviour table").count() == 0
    missing = {"count": 1, "of": 4, "power": 10, "total": 40, "blocks": 5, "names": "0011223344"}
    alarms = [
        {"code": "ledger-stale", "values": {"minutes": 7, "time": "2026-09-01T00:00:00+00:00"}},
        {"code": "validators-missing", "values": missing},
        {"code": "validator-misbehaved", "values": {"count": 1, "power": 10, "total": 40, "names": "works aabbccddee"}},
    ]
    guilty = [{**each, "org": "works", "misbehaved": True} for each in told["validators"]]
    misbehaviour = {
        "address": "aa" * 20,
        "public_key": "bb" * 32,
        "org": "works",
        "kind": "duplicate-vote",
        "height": 5,
        "time": "2026-09-01T00:00:00+00:00",
        "power": 10,
        "total_power": 40,
        "recorded_height": 7,
        "recorded_time": "2026-09-01T00:01:00+00:00",
    }
    body = json.dumps({**told, "alarms": alarms, "validators": guilty, "misbehaviour": [misbehaviour]})
    reader.page.route(
        re.compile("/api/v1/ledger$"), lambda route: route.fulfill(content_type="application/json", body=body)
    )
    for language in ("zh", "en"):
        page = reader.open(f"/ledger?lang={language}")
        assert page.locator("#alarms [data-alarm]").count() == 3
        page.screenshot(path=PICTURES / f"explorer-alarms-{language}.png", full_page=True)
    assert "due for 7 minutes" in page.inner_text("#alarms")
    assert "0011223344" in page.inner_text("#alarms")
    assert "works aabbccddee" in page.inner_text("#alarms")
    assert "misbehaved" in page.inner_text("#validators")
    proven = page.inner_text("#misbehaviour")
    assert all(each in proven for each in ("two votes in one round", "bb" * 32, "10 of 40", "#5", "#7", "works"))


def answering(body: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(content_type="application/json", body=body)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_has_a_banner_while_the_ledger_stands_still(reader: Reader, language: str) -> None:
    assert reader.ask("ledger/alarms") == {"alarms": []}
    halted = {"minutes": 4, "time": "2026-09-01T00:00:00+00:00", "height": 46}
    body = json.dumps({"alarms": [{"code": "ledger-halted", "values": halted}]})
    told: Any = reader.ask("ledger")
    whole = json.dumps({**told, "alarms": json.loads(body)["alarms"]})
    reader.page.route(re.compile("/api/v1/ledger/alarms$"), answering(body))
    reader.page.route(re.compile("/api/v1/ledger$"), answering(whole))
    words = {
        "en": "made no block for 4 minutes; the newest is block 46",
        "zh": "账本已停止：验证者已有 4 分钟未产生区块",
    }
    for address in ("/", "/terminals", "/verify", *addresses(reader).values()):
        page = reader.open(f"{address}{'&' if '?' in address else '?'}lang={language}")
        page.wait_for_selector("#alarms [data-alarm=ledger-halted]")
        assert page.locator("#alarms [data-alarm]").count() == 1
        assert words[language] in page.inner_text("#alarms"), address
    page.screenshot(path=PICTURES / f"banner-{language}.png", full_page=True)


def test_an_address_that_was_sent_leads_through_signing_in_to_its_page(node: Running) -> None:
    for address in (
        "/ledger/2",
        "/ledger/search?q=works.total",
        f"/ledger/tx/{'0' * 64}",
        "/orgs/works",
        "/frames/works/0",
    ):
        answer = httpx.get(node.address + address)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={quote(address, safe='/')}")
