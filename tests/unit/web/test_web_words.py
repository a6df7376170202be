"""The pages speak both languages wholly: no key without words, no words without a key, none outside the catalogues."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import veriwatt.web
from veriwatt.crypto.signing import Protection
from veriwatt.energy.calendar.periods import EVERY
from veriwatt.machine.transaction_kinds import KINDS
from veriwatt.model.members.org_role import Basis
from veriwatt.model.points.status import Direction, Kind, SlotReason, Status
from veriwatt.model.terminals.revocation import Reason
from veriwatt.verify.claims.reading import STEPS
from veriwatt.web.words import LANGUAGES, catalogue, choose

ROOT = Path(veriwatt.web.__file__).parent
TEMPLATES = sorted((ROOT / "templates").glob("*.html"))
SCRIPTS = sorted((ROOT / "static").glob("*.js"))
OWN = {code: json.loads((ROOT / "locale" / f"{code}.json").read_text(encoding="utf-8")) for code in LANGUAGES}

JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
TAG = re.compile(r"<(?:!--.*?--|[^>]*)>", re.DOTALL)
SAID = re.compile(r"""(?:aria-label|title|placeholder|alt)\s*=\s*"([^"]*)\"""")
QUANTITIES = {"tile.total", "tile.export", "tile.generation", "tile.mean"}
BRAND = {"Veriwatt"}
SAMPLES = {"pre": re.compile(r"<pre>.*?</pre>", re.DOTALL)}


def test_both_catalogues_have_the_same_keys() -> None:
    english, chinese = OWN["en"], OWN["zh"]
    assert english.keys() == chinese.keys()
    assert catalogue("en").keys() == catalogue("zh").keys()
    assert [key for key in english if not english[key].strip() or not chinese[key].strip()] == []


def test_what_a_point_measures_by_its_direction_is_said_of_any_energy() -> None:
    """Steam, heat, biogas and hydrogen are generated as well."""
    said = {key: word for key, word in OWN["zh"].items() if key in QUANTITIES or key.startswith("direction.")}
    assert len(said) == len(QUANTITIES) + 3
    assert [key for key, word in said.items() if any(energy in word for energy in "电热汽气")] == []


def test_both_languages_fill_in_the_same_values() -> None:
    def places(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", text))

    assert [key for key, text in OWN["en"].items() if places(text) != places(OWN["zh"][key])] == []


def test_chinese_is_chinese() -> None:
    assert [k for k, text in OWN["zh"].items() if not re.search(r"[\u4e00-\u9fff]", text)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_words_of_their_own(path: Path) -> None:
    text = SAMPLES["pre"].sub("", path.read_text(encoding="utf-8"))
    bare = JINJA.sub("", text)
    spoken = [said for said in SAID.findall(bare) if re.search(r"[^\W\d_]", said)]
    words = [word for word in re.findall(r"[^\W\d_]{2,}", TAG.sub(" ", bare)) if word not in BRAND]
    assert (spoken, words) == ([], [])


@pytest.mark.parametrize("path", [*TEMPLATES, *SCRIPTS], ids=lambda path: path.name)
def test_every_key_that_is_named_has_words(path: Path) -> None:
    named = re.findall(r"""\b(?:t|translate)\(\s*["']([\w. -]+)["']\s*[,)]""", path.read_text(encoding="utf-8"))
    assert [key for key in named if key not in OWN["en"]] == []


def test_every_word_is_used() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in [*TEMPLATES, *SCRIPTS])
    families = set(re.findall(r"""["'`]([a-z-]+\.)(?:["'`]|\$\{)""", text))
    unused = [k for k in OWN["en"] if k not in text and not any(k.startswith(family) for family in families)]
    assert unused == []


def test_every_code_that_pages_show_has_words() -> None:
    wanted = [f"status.{status.name.lower()}" for status in Status]
    wanted += [f"kind.{kind.value}" for kind in Kind]
    wanted += [f"direction.{each.value}" for each in Direction]
    wanted += [f"reason.{each.name.lower()}" for each in SlotReason if each is not SlotReason.NONE]
    wanted += [f"tx.{kind}" for kind in KINDS]
    wanted += [f"protection.{each.value}" for each in Protection]
    wanted += [f"badge.{each.value}" for each in Reason] + [f"basis.{each.value}" for each in Basis]
    wanted += [f"step.{number}{part}" for number in STEPS for part in ("", "-how")]
    wanted += [f"every.{every}" for every in EVERY]
    wanted += [f"origin.{kind}" for kind in ("meter", "file", "bridge", "manual")]
    assert [key for key in wanted if key not in OWN["en"]] == []


def test_english_names_the_steps_as_the_procedure_does() -> None:
    assert {number: OWN["en"][f"step.{number}"] for number in STEPS} == STEPS


def test_the_language_is_the_one_asked_for_then_stored_then_accepted() -> None:
    assert choose("zh", "en", "en") == "zh"
    assert choose(None, "zh", "en") == "zh"
    assert choose("xx", None, "de-DE, zh-CN;q=0.9, en;q=0.8") == "zh"
    assert choose(None, None, "") == "en"


def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline() -> None:
    for path in [*TEMPLATES, *SCRIPTS, ROOT / "static" / "style.css"]:
        text = path.read_text(encoding="utf-8")
        sample = SAMPLES["pre"].sub("", text)
        assert not re.search(r"""(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}""", sample), path
        assert not re.search(r"""\bon\w+\s*=\s*["']|\bstyle\s*=\s*["']|innerHTML|eval\(""", text), path
