"""What others name and write is shown as it is: it moves no cursor, changes no direction and computes nothing."""

from __future__ import annotations

import csv
import io

import pytest

from veriwatt.cli.csv_cells import csv_cell
from veriwatt.cli.output import answer, say, visible
from veriwatt.cli.printed_figures import comma_separated
from veriwatt.crypto.signing import PublicKey
from veriwatt.errors import Malformed
from veriwatt.model.members.organisation import AddOrg, NewMember, Role
from veriwatt.model.points.id_text import check_title
from veriwatt.testing.actors import sim_key
from veriwatt.web.figure_marks import FLAGS

UNSHOWN = ("a\x1b[2Jb", "a\rb", "a\x00b", "a\u202eb", "a\u2066b", "a\u200bb", "a\u00adb", "a\x85b", "a\nb")
FORMULAS = ("=1+1", "+A1", "-cmd()", "@SUM(A1)", '=HYPERLINK("http://x","y")')
KEY: PublicKey = sim_key("owner").public


@pytest.mark.parametrize("title", [*UNSHOWN, *FORMULAS, " Works", "Works ", "a  b"])
def test_no_org_has_a_title_that_is_not_shown_as_it_is(title: str) -> None:
    fields = AddOrg("works", title, NewMember("owner", Role.OWNER, KEY)).fields()
    with pytest.raises(Malformed, match="title"):
        AddOrg.parse(fields)


@pytest.mark.parametrize("title", ["Works", "东方钢铁（集团）有限公司", "Müller & Söhne GmbH", "Usine n° 3 - Forge"])
def test_usual_titles_are_taken(title: str) -> None:
    assert check_title(title, "org: title") == title


@pytest.mark.parametrize("text", UNSHOWN[:5])
def test_a_console_obeys_no_name(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    say(text)
    answer({}, as_json=False, words=lambda: text)
    out, err = capsys.readouterr()
    for shown in (out, err):
        assert all(letter == "\n" or letter.isprintable() for letter in shown), ascii(shown)
    assert visible("two\nlines\tand a tab: 厂") == "two\nlines\tand a tab: 厂"


@pytest.mark.parametrize("text", [*FORMULAS, "\t=1"])
def test_a_spreadsheet_computes_nothing(text: str) -> None:
    (row,) = csv.DictReader(io.StringIO(comma_separated([FIGURE | {"point": text, "value": "-5.25"}])))
    assert row["point"] == f"'{text}"
    assert row["value"] == "-5.25"


def test_a_cell_has_no_line_that_is_not_quoted() -> None:
    assert csv_cell("\r=1") == "\\u000d=1"


@pytest.mark.parametrize("value", ["-5", "+3.25", "-1e-3", "2026-01-01T00:00:00+08:00", "press", "", None, 7])
def test_numbers_and_plain_texts_stay_as_they_are(value: object) -> None:
    assert csv_cell(value) == value


FIGURE = {"start": "2026-01-01", "value": "1", "unit": "kWh"} | dict.fromkeys(FLAGS, False)
