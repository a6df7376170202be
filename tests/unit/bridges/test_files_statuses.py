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


@pytest.mark.parametrize(
    ("sentinel", "cell"),
    [
        ("-9999.9", "-9999.900390625"),
        ("-9999.9", "-9999.9004"),
        ("-9999.9", "-9999.90"),
        ("-999.9", "-999.9000000000001"),
        ("4294967295", "4294967296"),
        ("1e30", "1000000015047466219876688855040"),
        ("-3.4028235e38", "-3.4028234663852886e+38"),
    ],
)
@pytest.mark.parametrize("point", [{"round": "true"}, {"resolution": '"0.000000001"'}])
def test_what_single_precision_makes_of_a_sentinel_is_no_value(
    read: Read, sentinel: str, cell: str, point: dict[str, str]
) -> None:
    text = f"when,p\n2024-03-10 00:00,1\n2024-03-10 00:15,{cell}\n"
    readings = read(text, point, sentinels=f'["{sentinel}"]')

    assert readings.rejected == ()
    assert stated(readings)[1] == (0, "GAP", 1)


@pytest.mark.parametrize(
    ("sentinel", "cell", "steps"),
    [
        ("0", "0.04", 0),
        ("-9999.9", "-9999.8", -99998),
        ("-9999.9", "-10000", -100000),
        ("99999999", "99999998", 999999980),
    ],
)
def test_a_number_beside_a_sentinel_is_a_value(read: Read, sentinel: str, cell: str, steps: int) -> None:
    readings = read(f"when,p\n2024-03-10 00:00,{cell}\n", {"round": "true"}, sentinels=f'["{sentinel}"]')

    assert stated(readings) == [(steps, "MEASURED", 0)]


def test_a_sentinel_is_compared_before_the_factor(read: Read) -> None:
    readings = read(
        "when,p\n2024-03-10 00:00,65535\n2024-03-10 00:15,6553.5\n",
        {"factor": '"0.1"', "round": "true"},
        sentinels='["65535"]',
    )

    assert [status for _, status, _ in stated(readings)] == ["GAP", "MEASURED"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("-0.1", (0, "GAP", 2)), ("0", (0, "MEASURED", 0)), ("500", (5000, "MEASURED", 0)), ("500.1", (0, "GAP", 3))],
)
def test_a_value_outside_the_definition_s_bounds_is_a_gap_with_its_reason(
    read: Read, cell: str, expected: tuple[int, str, int]
) -> None:
    readings = read(f"when,p\n2024-03-10 00:00,{cell}\n", {"minimum": "0", "maximum": '"500"'})

    assert stated(readings) == [expected]
    assert (readings.series[0].definition.minimum, readings.series[0].definition.maximum) == (0, 5000)


def test_the_bounds_are_those_of_a_sum_and_not_of_its_parts(read: Read) -> None:
    text = "when,n,p\n2024-03-10 00:00,1,3\n2024-03-10 00:00,2,3\n2024-03-10 00:15,1,9\n2024-03-10 00:15,2,9\n"
    readings = read(text, {"minimum": '"5"', "maximum": '"10"', "repeats": '"sum"'})

    assert stated(readings) == [(60, "MEASURED", 0), (0, "GAP", 3)]


def test_a_definition_takes_the_marks_of_its_register(mapping: Map, read: Read) -> None:
    marks = {
        "kind": '"register"',
        "width": '"100000"',
        "rate": '"50"',
        "restart": '"daily"',
        "backward": "true",
        "direction": '"generation"',
        "country": '"NL"',
    }
    definition = read("when,p\n2024-03-10 00:15,1\n", marks).series[0].definition

    assert (definition.width, definition.rate) == (1_000_000, 500)
    assert (definition.restart, definition.backward, definition.country) == (True, True, "NL")
    assert definition.direction.value == "generation"


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("maximum", '"0.01"', "finer"),
        ("minimum", '"low"', "decimal"),
        ("restart", '"hourly"', "daily"),
        ("direction", '"both"', "import, export, generation"),
    ],
)
def test_a_wrong_mark_is_refused(mapping: Map, key: str, value: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        mapping({key: value})
