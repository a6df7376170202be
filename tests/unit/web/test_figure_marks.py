"""What a figure says of itself: commands and pages say the same of the same row, in every language."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import veriwatt.web
from veriwatt.web.figure_marks import STEPS, figure_marks, no_value
from veriwatt.web.words import LANGUAGES, catalogue

COUNTS = {"expected": 4, "due": 4, "measured": 0, "estimated": 0, "manual": 0, "gap": 0}
PLAIN: dict[str, Any] = {"unit": "kWh", "partial": False, "bridged": False}
NONE = dict.fromkeys(STEPS, 0)
ROWS: list[dict[str, Any]] = [
    PLAIN,
    PLAIN | {"partial": True},
    PLAIN | {"partial": True, "bridged": True, "steps": NONE | {"fall": 2}},
    PLAIN | {"partial": True, "cut": True},
    PLAIN | {"steps": {kind: n for n, kind in enumerate(STEPS, 1)}, "stated_by_owner": "1234.50"},
    PLAIN | {"steps": NONE, "stated_by_owner": None},
]
NO_VALUE = {
    "no advance counted": COUNTS | {"measured": 1, "gap": 3},
    "no reading": COUNTS,
    "not due": COUNTS | {"due": 0},
    "no whole slot": COUNTS | {"expected": 0, "due": 0},
}
SCRIPT = """
const textContent = (id) => (id === "words" ? process.argv[2] : "{}");
globalThis.document = { documentElement: { lang: "x" }, getElementById: (id) => ({ textContent: textContent(id) }) };
const { marks, noValue } = await import("./static/marks.js");
const [rows, none] = JSON.parse(process.argv[3]);
const words = [rows.map((row) => marks(row).map(([, said]) => said)), none.map(noValue)];
console.log(JSON.stringify(words));
"""


def test_a_plain_figure_has_no_marks_and_others_name_theirs() -> None:
    assert [figure_marks(row) for row in ROWS[:3]] == [[], ["partial"], ["partial", "bridged", "falls 2"]]
    assert figure_marks(ROWS[3]) == ["partial", "its ends cut slots"]
    assert len(figure_marks(ROWS[4])) == len(STEPS) + 1


def test_a_reading_without_a_counted_advance_is_not_called_no_reading() -> None:
    assert [no_value(row) for row in NO_VALUE.values()] == list(NO_VALUE)
    assert no_value(NO_VALUE["no reading"] | {"gap": 4}) == "no reading"


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js on this machine")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_say_the_same_of_the_same_row(language: str, tmp_path: Path) -> None:
    shutil.copytree(Path(veriwatt.web.__file__).parent / "static", tmp_path / "static")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "marks.js").write_text(SCRIPT)
    words = json.dumps(dict(catalogue(language)))
    done = subprocess.run(
        ["node", "marks.js", words, json.dumps([ROWS, list(NO_VALUE.values())])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    said, none = json.loads(done.stdout or done.stderr)
    spaces = str.maketrans("", "", "\u202f")
    assert [[mark.translate(spaces) for mark in row] for row in said] == [figure_marks(row, language) for row in ROWS]
    assert none == [no_value(row, language) for row in NO_VALUE.values()]
