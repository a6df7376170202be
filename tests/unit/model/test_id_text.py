from __future__ import annotations

import pytest

from veriwatt.errors import Malformed
from veriwatt.model.points.id_text import check_id_text, normal_id, skeleton


@pytest.mark.parametrize(
    "point", ["meter 1", "有功电量(kWh)", "Zähler α", "счётчик 7", "L1-N", "Ünal/çay", "1.8.0", "Ω total", "мощность"]
)
def test_a_readable_id_is_accepted(point: str) -> None:
    assert check_id_text(point) == point


@pytest.mark.parametrize(
    "point",
    [
        "meter\u200b1",
        "meter\u202e1",
        "meter\u00ad1",
        "meter\ufe0f1",
        "me\u0301ter",
        "meter\u3000" + "1",
        "meter  1",
        " meter",
        "ｍeter",
        "m³",
        "meter\t1",
        "\u2800",
        "mеter",
        "\U000e0041x",
        "\U0001f600",
    ],
    ids=ascii,
)
def test_an_id_that_hides_something_or_has_a_second_spelling_is_malformed(point: str) -> None:
    with pytest.raises(Malformed):
        check_id_text(point)


def test_the_spelling_that_is_asked_for_is_accepted() -> None:
    for text in ("ｍeter  １", "电量（kWh）", "m³/h", "e\u0301"):
        assert check_id_text(normal_id(text)) == normal_id(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("P10", "P1O"),
        ("line 1", "line I"),
        ("line 1", "line l"),
        ("line 1", "line |"),
        ("burner", "bumer"),
        ("vvest", "west"),
        ("соре", "cope"),
        ("ΑΒ", "AB"),
        ("ＡＢ", "AB"),
        ("a-b", "a–b"),
        ("a b", "a  b"),
    ],
)
def test_ids_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    assert one != other
    assert skeleton(one) == skeleton(other)


def test_ids_that_look_different_have_different_skeletons() -> None:
    names = ["line 1", "line 2", "line 11", "Line 1", "L1", "L2", "T-1", "T1", "main", "主表", "主变"]
    assert len({skeleton(name) for name in names}) == len(names)
