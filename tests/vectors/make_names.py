"""Writes names.json: which texts are point ids, and what they look like, after docs/spec/encoding.md, section 4."""

from __future__ import annotations

import json
from pathlib import Path

from veriwatt.errors import Malformed
from veriwatt.model.points.id_text import check_id_text, normal_id, skeleton, small_skeleton

TEXTS = (
    "main", "Main", "acme", "\u0430\u0441me", "acrne", "P10", "P1O", "P1o", "P1\u041e", "P1\u039f", "P1\u3007",
    "line 1", "line I", "line l", "line |", "line \u0406", "line \u0399", "VVest", "vvest", "west", "vVest", "burner",
    "a-b", "a\u2010b", "a\u2013b", "a\u2212b", "a\u30fcb", "a\u4e00b", "a\u00b4b", "a'b", "a\u2019b", "a`b",
    "\u30ab\u30ed", "\u529b\u53e3", "\uff21\uff22", "\u0391\u0392", "\u0421\u041e\u0420\u0415", "COPE",
    "m\u0435ter", "\u03a9 total", "m\u00b2", "a  b", "a\u3000b", "a\u1680b", "a\u001cb", "a\u00adb", "a\u200bb",
    "a\ufe0fb", "e\u0301", "\u00e9", "J\u030c", "\u01f0", "\u1e9e", "\u0500", "\u051a", "\U0001f600", "x\u2169\u0430",
)  # fmt: skip


def vectors() -> dict[str, object]:
    return {"names": [vector(text) for text in TEXTS]}


def vector(text: str) -> dict[str, object]:
    try:
        check_id_text(text)
        accepted = True
    except Malformed:
        accepted = False
    shapes = {"skeleton": skeleton(text), "small_skeleton": small_skeleton(text)}
    return {"text": text, "spelling": normal_id(text), "is_point_id": accepted, **shapes}


if __name__ == "__main__":
    Path(__file__).with_name("names.json").write_text(json.dumps(vectors(), indent=1) + "\n")
