from __future__ import annotations

import pytest

from tests.unit.bridges.file_world import Read
from veriwatt.bridges.files.point_columns import name_of
from veriwatt.ids import check_name

ROW = "2024-03-10 00:00"


def test_two_columns_whose_names_make_one_id_get_a_point_each_as_the_message_says(read: Read) -> None:
    text = "when,a b,a  b\n2024-03-10 00:00,1,2\n"
    named = {"id": '"{column}"', "column": '"*"'}
    (problem,) = read(text, named).rejected
    assert "a [[point]] of its own, above the other, with another `id`" in problem.why

    readings = read(text, {"id": '"second"', "column": '"a  b"'}, (named,))
    assert [(s.definition.id, s.values.tolist()) for s in readings.series] == [("a b", [10]), ("second", [20])]


def test_a_column_belongs_to_the_first_rule_that_matches_it(read: Read) -> None:
    readings = read(
        f"when,a_1,b_1,a_2,\n{ROW},1,2,3,\n",
        {"id": '"first.{column}"', "column": '"a_*"'},
        ({"id": '"rest.{column}"', "column": '"*"', "unit": '"MWh"'},),
    )

    assert [(s.definition.id, s.definition.unit, s.values.tolist()) for s in readings.series] == [
        ("first.a_1", "kWh", [10]),
        ("rest.b_1", "MWh", [20]),
        ("first.a_2", "kWh", [30]),
    ]


def test_only_stars_and_question_marks_are_special_in_a_pattern(read: Read) -> None:
    readings = read(
        f"when,P [kW],P k,Pumps\n{ROW},1,2,3\n",
        {"id": '"{column}"', "column": '"P ?k*"'},
        ({"id": '"{column}"', "column": '"P?m*"'},),
    )

    assert [s.definition.id for s in readings.series] == ["P [kW]", "Pumps"]


def test_stem_and_column_are_filled_in(read: Read) -> None:
    point = {"id": '"{stem}/{column}"', "group": '"{stem}"', "parent": '"{stem}/total"'}
    (series,) = read(f"when,p\n{ROW},1\n", point, name="hall.2.csv").series

    assert (series.definition.id, series.definition.parent, series.group) == ("hall.2/p", "hall.2/total", "hall.2")


def test_an_id_from_a_header_has_its_one_spelling(read: Read) -> None:
    """Blanks at the ends and full-width letters are those of the file, not of the point."""
    (series,) = read(f"when,\uff30\uff11  kW \n{ROW},1\n", {"id": '"{column}"', "column": '"*"'}).series

    assert series.definition.id == "P1 kW"


@pytest.mark.parametrize("text", ["hall 2", "电表", "-", "", "ä" * 300, "a/b", ".x", "\x00"])
def test_any_text_makes_a_name_and_different_texts_different_names(text: str) -> None:
    assert check_name(name_of(text), "group") == name_of(text)
    assert name_of(text) != name_of(text + "!")


@pytest.mark.parametrize(
    ("header", "point", "says"),
    [
        ("when,q", {}, "missing column"),
        ("time,p", {}, "missing column"),
        ("when,p,p", {}, "more than once"),
        ("when,p,when", {}, "more than once"),
        ("when,p", {"column": '"when"'}, "already"),
        ("when,p", {"column": '"q*"'}, "no column"),
        ("when,p,q", {"column": '"*"'}, "would be this column"),
        ("when,p", {"group": '"no blanks"'}, "no blanks"),
        ("when," + "p" * 200, {"id": '"{column}"', "column": '"p*"'}, "128"),
    ],
)
def test_columns_that_contradict_the_mapping_are_one_rejection_of_the_file(
    read: Read, header: str, point: dict[str, str], says: str
) -> None:
    readings = read(f"{header}\n{ROW}" + ",1" * header.count(",") + "\n", point)

    assert readings.rejected_count == 1
    assert says in readings.rejected[0].why
    assert readings.series == ()


def test_a_column_of_an_earlier_rule_cannot_be_named_again(read: Read) -> None:
    readings = read(f"when,p\n{ROW},1\n", {"column": '"*"'}, ({"id": '"again"'},))

    assert [r.field for r in readings.rejected] == ["p"]


@pytest.mark.parametrize(("parent", "why"), [('"{stem}.p"', "part of itself"), (f'"{"x" * 129}"', "point id")])
def test_an_impossible_parent_is_rejected(read: Read, parent: str, why: str) -> None:
    (problem,) = read("when,p\n2024-03-10 00:00,1\n", {"parent": parent}).rejected

    assert why in problem.why
