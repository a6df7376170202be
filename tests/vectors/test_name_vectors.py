"""Which texts are point ids, and which look alike, is what the vectors say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.vectors.make_names import TEXTS, vector

SAID = json.loads(Path(__file__).with_name("names.json").read_text())["names"]
BY_TEXT = {each["text"]: each for each in SAID}
ALIKE = [
    ("P10", "P1O", "P1\u041e", "P1\u039f", "P1\u3007"),
    ("line 1", "line I", "line l", "line |", "line \u0406", "line \u0399"),
    ("a-b", "a\u2010b", "a\u2013b", "a\u2212b", "a\u30fcb", "a\u4e00b"),
    ("vvest", "west"),
    ("\u30ab\u30ed", "\u529b\u53e3"),
    ("\u0421\u041e\u0420\u0415", "COPE"),
]


@pytest.mark.parametrize("said", SAID, ids=lambda said: ascii(said["text"]))
def test_a_name_is_judged_as_the_vectors_say(said: dict[str, object]) -> None:
    assert vector(str(said["text"])) == said


def test_every_text_has_a_vector() -> None:
    assert tuple(BY_TEXT) == TEXTS


@pytest.mark.parametrize("names", ALIKE, ids=ascii)
def test_names_of_one_shape_have_one_skeleton(names: tuple[str, ...]) -> None:
    assert len({BY_TEXT[name]["skeleton"] for name in names}) == 1


def test_capitals_alone_are_no_difference() -> None:
    for one, other in (("main", "Main"), ("VVest", "west"), ("J\u030c", "\u01f0")):
        assert BY_TEXT[one]["small_skeleton"] == BY_TEXT[other]["small_skeleton"]
