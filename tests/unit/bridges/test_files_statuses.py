"""What a file says about its values is taken over: estimates, rows without a value, sentinels, values out of bounds."""

from __future__ import annotations

import pytest

from tests.unit.bridges.file_world import Map, Read
from veriwatt.errors import BadInput
from veriwatt.metering.series import SourceReadings
from veriwatt.model.points.status import Status

STATUS = '{column = "flag", measured = ["A"], estimated = ["E", "S14"], manual = ["M"], gap = ["N"]}'
TEXT = "when,p,flag\n" + "".join(
    f"2024-03-10 00:{15 * i:02d},{row}\n" for i, row in enumerate(["10,A", "11,S14", "12,E", "0,N"])
)


def stated(readings: SourceReadings) -> list[tuple[int, str, int]]:
    (series,) = readings.series
    columns = (series.values.tolist(), series.statuses.tolist(), series.reasons.tolist())
    return [(value, Status(code).name, reason) for value, code, reason in zip(*columns, strict=True)]


def test_each_value_has_the_status_that_its_row_states(read: Read) -> None:
    assert stated(read(TEXT, status=STATUS)) == [
        (100, "MEASURED", 0),
        (110, "ESTIMATED", 0),
        (120, "ESTIMATED", 0),
        (0, "GAP", 4),
    ]


def test_a_row_that_says_no_value_is_a_gap_even_alone_and_whatever_its_cell_holds(read: Read) -> None:
    assert stated(read("when,p,flag\n2024-03-10 00:00,n/a,N\n", status=STATUS)) == [(0, "GAP", 4)]


def test_a_status_that_the_mapping_does_not_name_is_rejected_with_its_line(read: Read) -> None:
    readings = read(TEXT.replace("S14", "X"), status=STATUS)

    assert [(r.line, r.field, r.value) for r in readings.rejected] == [(3, "flag", "X")]
    assert stated(readings)[1] == (0, "ABSENT", 0)


def test_the_remedy_of_an_unnamed_status_takes_the_row_over(read: Read) -> None:
    text = TEXT.replace("S14", "X")
    assert "add it there" in read(text, status=STATUS).rejected[0].why

    named = STATUS.replace('"S14"', '"X"')
    assert stated(read(text, status=named))[1] == (110, "ESTIMATED", 0)


def test_a_mapping_may_say_what_all_other_texts_mean(read: Read) -> None:
    rule = '{column = "flag", measured = ["A"], gap = ["N"], else = "estimated"}'

    assert [status for _, status, _ in stated(read(TEXT, status=rule))] == ["MEASURED", "ESTIMATED", "ESTIMATED", "GAP"]


def test_a_point_may_have_statuses_of_its_own_and_a_pattern_leaves_their_columns_out(read: Read) -> None:
    text = "when,a,a_flag,b,b_flag\n2024-03-10 00:00,1,A,2,E\n"
    rule = '{column = "{column}_flag", measured = ["A"], estimated = ["E"]}'
    readings = read(text, {"id": '"{column}"', "column": '"*"', "status": rule})

    assert [(s.definition.id, s.statuses.tolist()) for s in readings.series] == [("a", [1]), ("b", [2])]


def test_points_share_the_file_s_statuses_and_a_text_is_rejected_once(read: Read) -> None:
    text = "when,p,q,flag\n2024-03-10 00:00,1,2,?\n2024-03-10 00:15,1,2,A\n"
    readings = read(text, {"id": '"{column}"', "column": '"?"'}, status=STATUS)

    assert [(r.line, r.value) for r in readings.rejected] == [(2, "?")]
    assert [s.values.tolist() for s in readings.series] == [[10], [20]]


def test_a_missing_column_of_statuses_is_named(read: Read) -> None:
    (problem,) = read("when,p\n2024-03-10 00:00,1\n", status=STATUS).rejected

    assert (problem.field, "missing column" in problem.why) == ("flag", True)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ('{measured = ["A"]}', "column"),
        ('{column = "flag", measured = ["A"], gap = ["A"]}', "another status"),
        ('{column = "flag", guessed = ["A"]}', "guessed"),
        ('{column = "flag", else = "gaps"}', "gap"),
        ('"flag"', "table"),
    ],
)
def test_a_wrong_status_key_is_refused(mapping: Map, rule: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        mapping(status=rule)


@pytest.mark.parametrize("cell", ["-9999", "-9999.0", "-9.999e3", "fault"])
def test_a_sentinel_is_a_gap_with_its_reason_whatever_its_spelling(read: Read, cell: str) -> None:
    text = f"when,p\n2024-03-10 00:00,1\n2024-03-10 00:15,{cell}\n"

    assert stated(read(text, sentinels='["-9999", "fault"]')) == [(10, "MEASURED", 0), (0, "GAP", 1)]


def test_a_sentinel_is_compared_before_the_factor(read: Read) -> None:
    readings = read(
        "when,p\n2024-03-10 00:00,65535\n2024-03-10 00:15,6553.5\n",
        {"factor": '"0.1"', "round": "true"},
        sentinels='["65535"]',
    )

    assert [status for _, status, _ in stated(readings)] == ["GAP", "MEASURED"]
