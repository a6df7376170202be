"""One figure is one number: on the page, in the API, in `query` and in its evidence; and the page tells no untruth.

Points, periods and resolutions are drawn anew each run, and so is the home. FIGURES_SEED repeats a run.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx
import pytest
from typer.testing import CliRunner

from tests.e2e.test_node_http import Running, start
from tests.e2e.test_web_pages import NARROW, PICTURES, WIDE, Reader
from tests.figures_home import DAYS, FIRST, ORG, POINTS, Shown, build_figures_home
from veriwatt.cli.main import build
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.reading.fact_times import with_local_times
from veriwatt.verify.outcome import verification_outcome
from veriwatt.web.figure_marks import figure_marks, no_value, stated_statuses

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

SEED = int(os.environ.get("FIGURES_SEED", random.SystemRandom().randrange(10**9)))
MINUTES = {"15m": 15, "30m": 30, "1h": 60, "1d": 1440, "1mo": 43_200}
SAMPLES = 15
COUNTED = ("expected", "measured", "estimated", "manual", "gap", "complete", "bridged", "steps", "at_least")
"""What evidence of a period repeats of its figure."""
PROVEN = ("start", "end", "value", "unit", *COUNTED, "stated_by_owner")


@dataclass(frozen=True, slots=True)
class Sample:
    """A question for the figures of a point, and what `query` answered."""

    point: Shown
    every: str
    start: str
    end: str
    asked: list[dict[str, Any]]

    @property
    def address(self) -> str:
        return urlencode({"point": f"{ORG}/{self.point.id}", "from": self.start, "to": self.end, "every": self.every})


@dataclass(frozen=True, slots=True)
class Site:
    node: Running
    samples: list[Sample]
    drawn: random.Random


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    print(f"FIGURES_SEED={SEED}")
    drawn, folder = random.Random(SEED), tmp_path_factory.mktemp("figures")
    root = build_figures_home(folder, drawn)
    samples = [_sample(root, point, drawn) for point in _points(drawn)]
    node = start(root)
    yield Site(node, samples, drawn)
    node.stop()


def _points(drawn: random.Random) -> list[Shown]:
    return [*POINTS, *drawn.choices(POINTS, k=SAMPLES - len(POINTS))]


def _sample(root: Path, point: Shown, drawn: random.Random) -> Sample:
    every = drawn.choice([each for each, minutes in MINUTES.items() if minutes >= point.minutes])
    own = point.days
    first = drawn.randrange(own.start or -1, own.stop)  # before its first day too, where that begins its readings
    days = drawn.randrange(1, 4 if MINUTES[every] < 60 else DAYS)
    if own.stop < DAYS:
        days = min(days, own.stop - first)
    begins, ends = (f"{FIRST + timedelta(days=day):%Y-%m-%d}" for day in (first, first + days))
    asked = ["query", point.id, "--from", begins, "--to", ends, "--every", every, "--home", str(root), "--json"]
    done = CliRunner().invoke(build(["query"]), asked, catch_exceptions=False)
    return Sample(point, every, begins, ends, json.loads(done.stdout)["rows"])


@pytest.fixture(scope="module")
def state(browser: Browser, site: Site) -> dict[str, object]:
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.goto(site.node.link)
    page.click("main button")
    page.wait_for_selector("#sign-out")
    kept = dict(context.storage_state())
    context.close()
    return kept


@pytest.fixture
def reader(browser: Browser, site: Site, state: dict[str, object]) -> Iterator[Reader]:
    made = Reader(browser, site.node, state, viewport=WIDE)
    yield made
    made.context.close()
    assert made.complaints == []


def plain(text: str) -> str:
    return text.replace("\u202f", "")


@pytest.mark.parametrize("number", range(SAMPLES))
def test_a_figure_is_one_number_on_the_page_in_the_api_in_query_and_in_its_evidence(
    site: Site, reader: Reader, number: int
) -> None:
    sample = site.samples[number]
    page = reader.overview(sample.address)
    question = urlencode({"from": sample.start, "to": sample.end, "every": sample.every, "org": ORG})
    answer: Any = reader.ask(f"points/{sample.point.id}/totals?{question}")
    assert [_timeless(row) for row in answer["rows"]] == [_timeless(row) for row in sample.asked], f"seed {SEED}"
    _compare_table(page, sample.asked)
    _compare_words(page, sample)
    _compare_tile(page, site.node, answer["total"])
    with_value = [i for i, row in enumerate(sample.asked[:400]) if row["value"] is not None]
    if with_value:
        at = site.drawn.choice(with_value)
        _compare_evidence(page, site.node, sample, at)


def _timeless(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what depends on the moment of asking."""
    return {name: value for name, value in row.items() if name not in ("due", "missing")}


def _compare_table(page: Page, rows: list[dict[str, Any]]) -> None:
    page.eval_on_selector("#table", "table => { table.open = true; }")
    cells = page.locator("#table tbody tr").evaluate_all("rows => rows.map(r => [...r.cells].map(c => c.innerText))")
    assert len(cells) == min(len(rows), 400)
    for (begins, value, words), row in zip(cells, rows, strict=False):
        assert begins == f"{row['start'][:10]} {row['start'][11:16]}"
        assert plain(value) == (no_value(row) if row["value"] is None else row["value"]), f"seed {SEED}"
        assert plain(words).endswith(" · ".join([f"/ {row['expected']}", *figure_marks(row)])), f"seed {SEED}"


def _compare_words(page: Page, sample: Sample) -> None:
    """Beside the numbers stand the unit and the quantity that they are of, whatever the point was or will be."""
    unit = {"m3": "m³"}.get(sample.point.unit, sample.point.unit)
    assert {row["unit"] for row in sample.asked} == {sample.point.unit}
    assert page.locator("#table thead th").nth(1).inner_text() == f"Value ({unit})"
    quantity = "Consumption"
    if "instant" in sample.point.rule:
        quantity = "Mean"
    elif "generation" in sample.point.rule:
        quantity = "Generation"
    assert page.inner_text("#line-title").startswith(f"{quantity} · ")
    assert unit not in page.inner_text("#line-title"), "the axis may have another unit of the ladder, and names it"
    tiles = page.inner_text("#tiles")
    assert page.locator("#tiles .name").first.inner_text() == quantity
    assert set(re.findall(r"/([kM]?Wh|m³)\b", tiles)) <= {unit}
    assert ("it emits nothing" in tiles) <= (quantity == "Generation")


def _compare_tile(page: Page, node: Running, total: dict[str, Any]) -> None:
    shown = plain(page.locator("#tiles .figure").first.inner_text())
    assert shown.startswith(no_value(total) if total["value"] is None else f"{total['value']} {total['unit'][0]}")
    tile = plain(page.locator("#tiles .tile").first.inner_text())
    assert ("partial" in tile) == total["partial"]
    for mark in [*stated_statuses(total), *figure_marks(total)[total["partial"] + total["bridged"] + total["cut"] :]]:
        assert mark in tile
    if total["evidence"] is None:
        assert "nothing to prove" in tile
    else:
        facts = _downloaded(page, "#tiles .tile button.link", node)
        assert {name: facts[name] for name in PROVEN} == {name: total[name] for name in PROVEN}, f"seed {SEED}"


def _downloaded(page: Page, button: str, node: Running) -> dict[str, Any]:
    """The facts that the evidence behind a button proves."""
    with page.expect_download() as waiting:
        page.click(button)
    trust = parse_trust(httpx.get(f"{node.address}/api/v1/trust").content)
    raw = Path(waiting.value.path()).read_bytes()
    outcome = verification_outcome(raw, trust, int(time.time() * 1000), None)
    assert outcome.failed is None, f"seed {SEED}"
    return with_local_times(outcome.facts or {})


def _compare_evidence(page: Page, node: Running, sample: Sample, at: int) -> None:
    """The evidence of a period states the number shown, or the page says why there is none."""
    row = sample.asked[at]
    page.locator("#table tbody button").nth(at).click()
    assert plain(page.inner_text("#detail .big")).split()[0] == row["value"]
    why = page.locator("#detail .proof")
    if page.locator("#detail button.main").count() == 0:
        assert why.inner_text()
        return
    facts = _downloaded(page, "#detail button.main", node)
    stated = ("start", "end", "value", "unit", *(COUNTED if "expected" in facts else ()))
    assert [facts[name] for name in stated] == [row[name] for name in stated], f"seed {SEED}"
    own_slot = MINUTES[sample.every] == sample.point.minutes
    if own_slot and "register" in sample.point.rule:
        assert page.inner_text("#detail button.reading") == "Evidence of the register's reading"
        assert "not the advance" in why.inner_text()
    else:
        assert why.count() == 0


@pytest.mark.parametrize(
    ("point", "start", "end", "every"),
    [
        ("hall.power", "10:05", "10:30", "1h"),
        ("hall.meter", "10:05", "10:15", "15m"),
        ("yard.later", "00:00", "24:00", "1d"),
    ],
    ids=["one whole slot and a cut one", "an advance within a slot", "a day that will be one slot"],
)
def test_a_row_is_proven_as_the_period_that_it_is(
    site: Site, reader: Reader, point: str, start: str, end: str, every: str
) -> None:
    for day in range(2, 6):  # a drawn gap may be anywhere
        begins, ends = (f"2026-09-{day + (at == '24:00'):02}T{at.replace('24', '00')}" for at in (start, end))
        asked = {"from": begins, "to": ends, "every": every}
        answer: Any = reader.ask(f"points/{point}/totals?{urlencode(asked)}")
        (row,) = answer["rows"]
        if row["value"] is not None:
            break
    page = reader.overview(urlencode({"point": f"works/{point}", **asked}))
    page.eval_on_selector("#table", "table => { table.open = true; }")
    page.locator("#table tbody button").first.click()
    shown = [row[name] for name in PROVEN]
    for button in ("#detail button.main", "#tiles .tile button.link"):
        facts = _downloaded(page, button, site.node)
        assert [facts[name] for name in PROVEN] == shown, f"seed {SEED}"


def test_conversions_say_whose_factor_made_them_or_why_there_is_none(reader: Reader) -> None:
    span = "from=2026-09-02&to=2026-09-09"
    tiles = reader.overview(f"point=works/hall.total&{span}").inner_text("#tiles")
    for said in ("CN, national average, 2023", "CN, calorific value", "notice of 2025-12-31"):
        assert said in tiles
    tiles = reader.overview(f"point=works/roof.pv&{span}").inner_text("#tiles")
    assert "Generation" in tiles
    assert "Consumption" not in tiles
    assert "it emits nothing" in tiles
    page = reader.overview(f"point=works/ranch.total&{span}")
    assert "No factor of US" in page.inner_text("#tiles")
    page.select_option("#every", "1w")
    page.get_by_role("button", name="Use the factors of CN").first.click()
    page.wait_for_url("**country=CN*")
    assert "every=1w" in page.url
    page.wait_for_selector("text=Factors of CN were chosen; the point is in US.")
    page = reader.overview(f"point=works/shed.gas&{span}")
    assert "in no known country" in page.inner_text("#tiles")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("point=works/nobody", "works/nobody"),
        ("point=works/hall.total&from=2026-09-09&to=2026-09-02", "2026-09-09"),
        ("point=works/shed.gas&from=2026-09-01&to=2026-09-03&every=15m", "15m"),
        ("point=works/hall.total&from=2026-09-31&to=2026-10-02", "2026-09-31"),
    ],
)
def test_an_address_that_cannot_be_shown_says_so_and_shows_nothing_else(reader: Reader, query: str, said: str) -> None:
    page = reader.open(f"/?{query}")
    page.wait_for_selector("#trouble .notice")
    assert said in page.inner_text("#trouble")
    assert not page.is_visible("#figures")
    page.wait_for_load_state("networkidle")  # answers still to come are noted until then
    reader.complaints = [each for each in reader.complaints if "400" not in each]  # the browser's note of an answer


@pytest.mark.parametrize(("language", "said"), [("en", "ask for a part under one definition"), ("zh", "yard.turned")])
def test_a_span_of_two_units_has_no_figure_and_says_so(reader: Reader, language: str, said: str) -> None:
    page = reader.open(f"/?lang={language}&point=works/yard.turned&from=2026-09-10&to=2026-09-16")
    page.wait_for_selector("#trouble .notice")
    assert said in page.inner_text("#trouble")
    assert not page.is_visible("#figures")
    page.wait_for_load_state("networkidle")
    reader.complaints = [each for each in reader.complaints if "409" not in each]  # the browser's note of an answer


def test_a_definition_to_come_is_not_told_as_if_it_held(reader: Reader) -> None:
    page = reader.overview("point=works/yard.later&from=2026-09-02&to=2026-09-03")
    assert page.locator("#point option:checked").inner_text() == "yard.later · electricity, kWh"
    assert page.locator("#every option").first.inner_text() == "15 minutes"
    assert page.is_visible("#heat")


def test_an_address_that_cannot_be_shown_leads_on_by_a_button(reader: Reader) -> None:
    page = reader.open("/?point=works/nobody")
    page.click("#trouble button")
    page.wait_for_selector("#figures:not([hidden])")
    assert page.inner_text("#trouble") == ""


def test_the_real_span_and_the_unit_of_the_axis_are_shown(reader: Reader) -> None:
    page = reader.overview("point=works/hall.total&from=2026-09-02T03:15&to=2026-09-02T05:00&every=15m")
    assert "2026-09-02 03:15 – 05:00, UTC+08:00" in page.inner_text("#span-shown")
    assert page.get_attribute("#line", "data-unit") == "kWh"
    page = reader.overview("point=works/hall.total&from=2026-09-02&to=2026-09-09&every=1d")
    assert page.get_attribute("#line", "data-unit") == "MWh"


def test_the_date_fields_mean_the_own_days_of_a_gas_point(reader: Reader) -> None:
    page = reader.overview("point=works/shed.gas&from=2026-09-02&to=2026-09-04&every=1d")
    assert "2026-09-02 06:00 – 2026-09-04 06:00" in page.inner_text("#span-shown")
    assert (page.input_value("#from"), page.input_value("#through")) == ("2026-09-02", "2026-09-03")
    assert page.locator("#table tbody tr").count() == 2


def test_completeness_counts_what_is_due_and_never_what_is_to_come(site: Site, reader: Reader) -> None:
    now: Any = reader.ask("completeness?from=2026-08-20&to=2027-01-01")
    point = next(each for each in now["points"] if each["point"] == "hall.total")
    (last,) = (each for each in reader.ask("points")["points"] if each["id"] == "hall.total")  # type: ignore[attr-defined]
    begins = datetime.fromisoformat(last["readings"]["start"])
    before = (begins.hour * 60 + begins.minute) // 15  # a drawn home may begin with slots without a reading
    assert begins.date().isoformat() == "2026-09-01"
    assert point["due"] == point["measured"] + point["gap"] + point["missing"] < 134 * 96
    page = reader.overview("point=works/hall.total&from=2026-08-30&to=2026-09-02&every=1h")
    assert page.inner_text("#quality").count("missing 1") == 0
    assert f"not due {192 + before}" in page.inner_text("#quality")
    assert "partial: " in page.locator("#tiles .tile").first.inner_text()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("point", ["hall.total", "hall.meter", "ranch.total"])
def test_figures_fit_a_narrow_screen(
    browser: Browser, site: Site, state: dict[str, object], point: str, language: str
) -> None:
    reader = Reader(browser, site.node, state, viewport=NARROW)
    page = reader.overview(f"lang={language}&point=works/{point}&from=2026-09-01&to=2026-09-25")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"figures-{point}-{language}-narrow.png", full_page=True)
    reader.context.close()
    assert reader.complaints == []
