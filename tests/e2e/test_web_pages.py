"""The pages in a real browser: both languages, wide and narrow, by mouse and keyboard. Pictures: build/pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.e2e.test_node_http import Running, start
from tests.served_home import build_home

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

pytestmark = pytest.mark.browser

PICTURES = Path(__file__).parents[2] / "build" / "pictures"
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}
PATHS = {
    "overview": "/",
    "terminals": "/terminals",
    "ledger": "/ledger",
    "proposals": "/ledger/proposals",
    "verify": "/verify",
}
SETTLED = "() => document.querySelectorAll('[aria-busy]').length === 0"
DRAWN = """canvas => {
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const seen = new Set();
    for (let i = 0; i < data.length; i += 4) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
    return seen.size;
}"""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = start(build_home(tmp_path_factory.mktemp("web")).root)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def state(browser: Browser, node: Running) -> dict[str, object]:
    """Signed in by the printed link, as a reader would; every other test is signed in with this."""
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.goto(node.address)
    assert page.url.endswith("/sign-in")
    page.goto(node.link)
    page.click("main button")
    page.wait_for_url(f"{node.address}/**")
    assert page.url.partition("?")[0] == f"{node.address}/"
    kept = context.storage_state()
    context.close()
    return dict(kept)


class Reader:
    """A page of someone signed in; whatever the browser complains of fails the test."""

    def __init__(self, browser: Browser, node: Running, state: dict[str, object], **options: object) -> None:
        self.node, self.complaints = node, list[str]()
        self.context = browser.new_context(storage_state=state, locale="en-GB", **options)  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("request", self._check_home)

    def open(self, path: str) -> Page:
        self.page.goto(self.node.address + path)
        self.page.wait_for_function(SETTLED)
        return self.page

    def overview(self, query: str = "") -> Page:
        page = self.open(f"/?{query}")
        page.wait_for_selector(".u-over")
        page.wait_for_selector("#quality-all li")
        return page

    def ask(self, path: str) -> dict[str, object]:
        cookies = {c["name"]: c["value"] for c in self.context.cookies()}
        answer: dict[str, object] = httpx.get(f"{self.node.address}/api/v1/{path}", cookies=cookies).json()
        return answer

    def _check_home(self, request: object) -> None:
        url = str(request.url)  # type: ignore[attr-defined]
        if not url.startswith((self.node.address, "data:", "blob:")):
            self.complaints.append(f"loads {url}")


@pytest.fixture
def reader(browser: Browser, node: Running, state: dict[str, object]) -> Iterator[Reader]:
    made = Reader(browser, node, state, viewport=WIDE)
    yield made
    made.context.close()
    assert made.complaints == []


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", PATHS)
def test_every_page_fits_its_width_and_speaks_its_language(
    browser: Browser, node: Running, state: dict[str, object], name: str, language: str, size: ViewportSize
) -> None:
    reader = Reader(browser, node, state, viewport=size)
    page = reader.overview(f"lang={language}") if name == "overview" else reader.open(f"{PATHS[name]}?lang={language}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    spoken = page.inner_text("main")
    assert bool(re.search(r"[\u4e00-\u9fff]{2}", spoken.replace("工厂", ""))) == (language == "zh")
    assert not re.search(r"\b(?:tile|status|fact|chart|tx|kind|badge|ledger|terminal)\.[a-z]", spoken)
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}-{language}-{size['width']}.png", full_page=True)
    reader.context.close()
    assert reader.complaints == []


def test_line_and_heat_map_are_drawn(reader: Reader) -> None:
    page = reader.overview()
    assert page.eval_on_selector("#line canvas", DRAWN) > 3
    assert page.eval_on_selector("#heat", DRAWN) > 20


def test_totals_are_those_of_the_api_to_the_last_digit(reader: Reader) -> None:
    span = "from=2026-09-10&to=2026-10-20"
    page = reader.overview(f"{span}&point=works/works.total")
    shown = [text.replace("\u202f", "") for text in page.locator("#tiles .figure").all_inner_texts()]
    question = f"points/works.total/totals?{span}&every=1d&as="
    totals = [reader.ask(question + measure)["total"] for measure in ("", "kgce", "co2")]
    for figure, total in zip(shown, totals, strict=False):
        assert figure.split()[0] == total["value"]  # type: ignore[index]
    assert "2023" in page.inner_text("#tiles")
    permille = totals[0]["permille"]  # type: ignore[index]
    assert shown[3] == f"{permille // 10}.{permille % 10} %"


def test_a_gap_is_shown_as_a_gap_and_never_as_zero(reader: Reader) -> None:
    page = reader.overview("point=works/works.total&from=2026-10-11&to=2026-10-12&every=1h")
    assert page.locator("#tiles .figure").first.inner_text() == "no reading"
    assert "gap 96" in page.inner_text("#quality")
    page.click("#table summary")
    rows = page.locator("#table tbody tr td:nth-child(2)").all_inner_texts()
    assert set(rows) == {"no reading"}
    assert page.inner_text("#line-keys") == "gap"
    page = reader.overview("point=works/works.total&from=2026-08-30&to=2026-09-02&every=1h")
    assert page.inner_text("#line-keys") == "not due"


def test_the_list_of_points_leads_to_each_the_least_complete_first(reader: Reader) -> None:
    page = reader.overview("point=works/works.total&from=2026-10-01&to=2026-11-01")
    listed = page.locator("#quality-all li").all_inner_texts()
    shares = [float(re.findall(r"([\d.]+) %", line)[0]) for line in listed]
    assert shares == sorted(shares)
    assert len(set(shares)) > 1
    page.get_by_role("button", name="works.boiler").click()
    page.wait_for_url("**works.boiler*from=2026-10-01*")
    assert page.input_value("#point") == "works/works.boiler"
    assert page.evaluate("document.activeElement.id") == "point"


def test_a_slot_gives_evidence_that_the_verify_page_proves(reader: Reader, tmp_path: Path) -> None:
    page = reader.overview("point=works/works.total&from=2026-09-03&to=2026-09-04&every=15m")
    page.click("#table summary")
    page.locator("#table tbody button").nth(41).click()
    assert "2026-09-03 10:15:00" in page.inner_text("#detail")
    with page.expect_download() as waiting:
        page.click("#detail button.main")
    evidence, trust = tmp_path / waiting.value.suggested_filename, tmp_path / "trust.json"
    waiting.value.save_as(evidence)
    trust.write_bytes(httpx.get(f"{reader.node.address}/api/v1/trust").content)
    page = reader.open("/verify")
    assert _verdict(page, evidence, trust) == "proven"
    assert page.locator("[data-state=holds]").count() == 14
    assert "2026-09-03 10:15:00 UTC+08:00" in page.inner_text("#outcome")
    page.screenshot(path=PICTURES / "verify-proven.png", full_page=True)
    broken = tmp_path / "altered.vwe"
    raw = bytearray(evidence.read_bytes())
    raw[len(raw) // 3] ^= 1
    broken.write_bytes(raw)
    page.set_input_files("input[name=evidence]", broken)
    assert page.locator("#verdict").count() == 0, "the verdict of another file"
    assert _verdict(page, broken, trust) == "refused"
    failed = page.locator("[data-state=failed]")
    assert failed.count() == 1
    assert f"Step {failed.get_attribute('data-step')}," in page.inner_text("#verdict")
    page.screenshot(path=PICTURES / "verify-refused.png", full_page=True)


def test_a_refusal_is_shown_wholly_in_chinese(reader: Reader, tmp_path: Path) -> None:
    slot = "evidence?point=works.total&slot=2026-09-03T10:15"
    cookies = {c["name"]: c["value"] for c in reader.context.cookies()}
    made = httpx.get(f"{reader.node.address}/api/v1/{slot}", cookies=cookies).content
    trust, broken = tmp_path / "trust.json", tmp_path / "altered.vwe"
    trust.write_bytes(httpx.get(f"{reader.node.address}/api/v1/trust").content)
    page = reader.open("/verify?lang=zh")
    for at in (2, len(made) // 3, len(made) - 40):
        raw = bytearray(made)
        raw[at] ^= 1
        broken.write_bytes(raw)
        assert _verdict(page, broken, trust) == "refused"
        assert _english(page.inner_text("#outcome")) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_input_files("input[name=trust]", broken)
    page.click("button[type=submit]")
    page.wait_for_selector("#trouble .notice")
    assert _english(page.inner_text("#trouble")) == []
    reader.complaints = [each for each in reader.complaints if "400" not in each]  # the browser's note of the answer


def _english(text: str) -> list[str]:
    """Words of English in a Chinese text, but for the names of our own files, hashes and fingerprints."""
    names = re.compile(r"[0-9a-f]{8,}|(?:[0-9a-f]{4} ){3}[0-9a-f]{4}|trust\.json|altered\.vwe")
    return re.findall(r"[A-Za-z]{2,}", names.sub("", text))


def _verdict(page: Page, evidence: Path, trust: Path) -> str:
    page.set_input_files("input[name=evidence]", evidence)
    page.set_input_files("input[name=trust]", trust)
    page.click("button[type=submit]")
    page.wait_for_selector("#verdict")
    return str(page.get_attribute("#verdict", "data-verdict"))


def test_verifying_needs_no_sign_in_and_shows_no_other_page(browser: Browser, node: Running) -> None:
    context = browser.new_context(viewport=NARROW)
    page = context.new_page()
    page.goto(f"{node.address}/verify?lang=zh")
    assert page.locator("nav a").count() == 1
    for path in ("/", "/terminals", "/ledger"):
        page.goto(node.address + path)
        assert page.url.startswith(f"{node.address}/sign-in")
    page.goto(f"{node.address}/sign-in?secret=used-already")
    assert page.locator("[role=alert]").inner_text()
    context.close()


def test_the_keyboard_alone_leads_to_a_figure(reader: Reader) -> None:
    page = reader.overview("point=works/works.total&from=2026-09-03&to=2026-09-10")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus("#heat")
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    assert "2026-09-04 02:00:00" in page.inner_text("#detail")
    page.focus("#detail button")
    page.keyboard.press("Enter")
    page.wait_for_url("**from=2026-09-04T02*")
    assert page.evaluate("getComputedStyle(document.querySelector('#detail')).display") != "none"


def test_a_drag_looks_closer_and_back_goes_back(reader: Reader) -> None:
    page = reader.overview("point=works/works.total&from=2026-09-03&to=2026-09-10")
    box = page.locator(".u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 40, steps=4)
    page.mouse.up()
    page.wait_for_url("**from=2026-09-06T*")
    page.go_back()
    page.wait_for_url("**from=2026-09-03&**")
    assert page.input_value("#from") == "2026-09-03"


def test_the_ledger_says_who_operates_it_and_what_transactions_hold(reader: Reader) -> None:
    page = reader.open("/ledger")
    assert "Single operator" in page.inner_text("#operator")
    page.locator("details.block > summary").filter(has_text="points defined").first.click()
    page.locator("details.block[open] .transaction details > summary").first.click()
    assert "yard.hall" in page.inner_text("details.block[open] pre")


def test_passports_show_key_protection_and_certifier(reader: Reader) -> None:
    page = reader.open("/terminals")
    page.wait_for_selector(".passport")
    text = page.inner_text("#terminals")
    assert "software key, unprotected" in text
    assert "TPM of the device" in text
    assert "certified by its own org alone" in text


def test_an_unknown_span_is_an_empty_state_and_a_lost_node_an_error(reader: Reader) -> None:
    page = reader.overview("point=works/works.gas&from=1999-10-10&to=1999-10-13")
    assert "No reading lies in this period." in page.inner_text("#line-reading")
    page.click("#to-readings")
    page.wait_for_url("**to=2026-11-15*")
    page.wait_for_selector("#to-readings", state="hidden")
    page.route("**/api/v1/**", lambda route: route.abort())
    page.click("[data-days='7']")
    page.wait_for_selector("#trouble .notice")
    assert "does not answer" in page.inner_text("#trouble")
    page.unroute("**/api/v1/**")
    page.click("#trouble button")
    page.wait_for_selector("#figures:not([hidden])")
    expected = ("ERR_FAILED", "404")  # the aborted calls; that the year 1999 has no CO2 factor
    reader.complaints = [each for each in reader.complaints if not any(part in each for part in expected)]


def test_dark_and_print_are_drawn(browser: Browser, node: Running, state: dict[str, object]) -> None:
    reader = Reader(browser, node, state, viewport=WIDE, color_scheme="dark")
    page = reader.overview("lang=en")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 22, 25)"
    page.screenshot(path=PICTURES / "overview-dark.png", full_page=True)
    page.emulate_media(media="print", color_scheme="light")
    assert not page.is_visible("nav")
    assert page.is_visible("#tiles")
    reader.context.close()
    assert reader.complaints == []
