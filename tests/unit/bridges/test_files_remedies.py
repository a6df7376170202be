"""A hint never leads to a wrong result: what a rejection tells people to do is done here, and gives the right values.

Each case is a file that is rejected, what the message says, the mended file or mapping, and its readings.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tests.unit.bridges.file_world import Read
from veriwatt.errors import BadInput

ROW = "2024-03-10 00:00"
LONDON = {"slot": '"1h"', "timezone": '"Europe/London"'}


@dataclass(frozen=True)
class Case:
    """`starts` are the hours from 2024-01-01 00:00 UTC of the first and last slot that are read."""

    text: str
    says: str
    point: dict[str, str] = field(default_factory=dict)
    file: dict[str, str] = field(default_factory=dict)
    mended: str = ""
    mended_point: dict[str, str] = field(default_factory=dict)
    mended_file: dict[str, str] = field(default_factory=dict)
    values: tuple[int, ...] = (10,)
    first_hour: int | None = None


SPRING = "when,p\n2024-03-31 00:00,1\n2024-03-31 01:00,2\n2024-03-31 02:00,3\n"
CASES = {
    "finer: a finer one": Case(
        f"when,p\n{ROW},1.25\n", "give a finer one", mended_point={"resolution": '"0.01"'}, values=(125,)
    ),
    "finer: round": Case(f"when,p\n{ROW},1.25\n", "`round = true`", mended_point={"round": "true"}, values=(12,)),
    "too large": Case(
        f"when,p\n{ROW},1e15\n",
        "give a coarser `resolution`",
        {"resolution": '"0.0001"'},
        mended_point={"resolution": '"1"'},
        values=(10**15,),
    ),
    "beyond": Case(f"when,p\n{ROW},1e16\n", "beyond plus or minus 10^15", mended=f"when,p\n{ROW},1\n"),
    "separators": Case(
        f'when,p\n{ROW},"1,234.5"\n', "without separators", mended=f"when,p\n{ROW},1234.5\n", values=(12345,)
    ),
    "unit": Case(f"when,p\n{ROW},5 kWh\n", "or a unit", mended=f"when,p\n{ROW},5\n", values=(50,)),
    "no value": Case(
        f"when,p\n{ROW},1\n2024-03-10 00:15,n/a\n2024-03-10 00:30,2\n",
        "name it in `missing`",
        mended_file={"missing": '["n/a"]'},
        values=(10, 0, 20),
    ),
    "no clock": Case(
        f"when,p\n{ROW},1\n", "on which `clock`", file={"clock": ""}, mended_file={"clock": '"UTC"'}, first_hour=69 * 24
    ),
    "no zeros": Case(
        "when,p\n20240310 100,1\n",
        "numbers with nothing between them have all their zeros",
        file={"format": '"%Y%m%d %H%M"', "clock": '"UTC"'},
        mended="when,p\n20240310 0100,1\n",
        first_hour=69 * 24 + 1,
    ),
    "twice": Case(
        "when,p\n2024-10-27 01:00,1\n",
        "write it with its offset",
        LONDON,
        {"clock": '"Europe/London"'},
        mended="when,p\n2024-10-27T01:00+00:00,1\n",
        first_hour=300 * 24 + 1,
    ),
    "twice, in a format of its own": Case(
        "when,p\n27.10.2024 00:00,1\n27.10.2024 01:00,2\n27.10.2024 02:00,3\n",
        'use format = "iso", write all times as ISO times and this one with its offset',
        LONDON,
        {"clock": '"Europe/London"', "format": '"%d.%m.%Y %H:%M"'},
        mended="when,p\n2024-10-27T00:00,1\n2024-10-27T01:00+01:00,2\n2024-10-27T01:00+00:00,3\n2024-10-27T02:00,4\n",
        mended_file={"format": '"iso"'},
        values=(10, 20, 30, 40),
        first_hour=300 * 24 - 1,
    ),
    "never: another clock": Case(
        SPRING,
        'as an offset, clock = "+01:00"',
        LONDON,
        {"clock": '"Europe/London"'},
        mended_file={"clock": '"+00:00"'},
        values=(10, 20, 30),
        first_hour=90 * 24,
    ),
    "never: a wrong time": Case(
        SPRING,
        "correct the time",
        LONDON,
        {"clock": '"Europe/London"'},
        mended=SPRING.replace("02:00", "03:00").replace("01:00", "02:00"),
        values=(10, 20, 30),
        first_hour=90 * 24,
    ),
    "off the grid: the slot": Case("when,p\n2024-03-10 00:05,1\n", "off the grid", mended_point={"slot": '"5m"'}),
    "off the grid: the clock": Case(
        "when,p\n2024-03-10 00:00,1\n2024-03-11 00:00,2\n",
        "off the grid",
        {"slot": '"day"', "timezone": '"Asia/Shanghai"'},
        {"clock": '"UTC"'},
        mended_file={"clock": '"Asia/Shanghai"'},
        values=(10, 20),
        first_hour=68 * 24 + 16,
    ),
    "off the grid: the last day of a month": Case(
        "when,p\n31.01.2024,1\n29.02.2024,2\n",
        'if it is the last day of its slot, write midnight = "next-day"',
        {"slot": '"month"', "timezone": '"Europe/Rome"'},
        {"clock": '"Europe/Rome"', "format": '"%d.%m.%Y"', "stamp": '"end"'},
        mended_file={"midnight": '"next-day"'},
        values=(10, 20),
        first_hour=-1,
    ),
    "off the grid: the last day of a month, as a start": Case(
        "when,p\n2024-01-31,1\n2024-02-29,2\n",
        'write stamp = "end" and midnight = "next-day"',
        {"slot": '"month"', "timezone": '"UTC"'},
        {"clock": '"UTC"'},
        mended_file={"midnight": '"next-day"', "stamp": '"end"'},
        values=(10, 20),
        first_hour=0,
    ),
    "24:00, the next day": Case(
        "when,p\n10.03.2024 24:00,1\n",
        "write 00:00 with the date of the next day",
        {"timezone": '"UTC"'},
        {"clock": '"UTC"', "format": '"%d.%m.%Y %H:%M"', "stamp": '"end"'},
        mended="when,p\n11.03.2024 00:00,1\n",
        first_hour=69 * 24 + 23,
    ),
    "24:00, the day that it closes": Case(
        "when,p\n2024-03-10 23:45,1\n2024-03-10 24:00,2\n",
        '00:00 with this date and midnight = "next-day"',
        {"timezone": '"UTC"'},
        {"clock": '"UTC"', "stamp": '"end"'},
        mended="when,p\n2024-03-10 23:45,1\n2024-03-10 00:00,2\n",
        mended_file={"midnight": '"next-day"'},
        values=(10, 20),
        first_hour=69 * 24 + 23,
    ),
    "field count": Case(f"when,p\n{ROW},1,\n", "another field count", mended=f"when,p\n{ROW},1\n"),
    "one point of two columns": Case(
        f"when,p,q\n{ROW},1,2\n",
        "write {column} in its `id`",
        {"column": '"?"'},
        mended_point={"column": '"?"', "id": '"{column}"'},
    ),
    "missing column": Case(f"when,q\n{ROW},1\n", "the file's columns: when, q", mended_point={"column": '"q"'}),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_remedy_of_a_rejection_gives_the_right_readings(read: Read, case: Case) -> None:
    refused = read(case.text, case.point, **case.file)
    assert refused.rejected
    assert case.says in refused.rejected[0].why

    mended = read(case.mended or case.text, case.point | case.mended_point, **(case.file | case.mended_file))
    assert mended.rejected == ()
    assert tuple(mended.series[0].values.tolist()) == case.values
    if case.first_hour is not None:
        assert (int(mended.series[0].starts[0]) - 1_704_067_200_000) // 3_600_000 == case.first_hour


def test_standard_time_is_no_cure_for_a_clock_with_summer_time_and_is_not_named(read: Read) -> None:
    """It would put every reading of the summer an hour off; a file with the hour that comes twice is still refused."""
    hours = [f"2024-10-27 {h:02d}:{m:02d}" for h in (0, 1, 1, 2) for m in (0, 30)]
    text = "when,p\n" + "".join(f"{at},{n}\n" for n, at in enumerate(hours))
    london = {"clock": '"Europe/London"'}
    half = {"slot": '"30m"', "timezone": '"Europe/London"'}

    assert all("standard" not in r.why for r in read(text, half, **london).rejected)
    assert read(text, half, **london, dst='"standard"').rejected_count == 2


def test_another_encoding_is_a_remedy_for_a_text_that_is_not_utf8(read: Read) -> None:
    raw = f"时间,p\n{ROW},1\n".encode("gb18030")
    assert '"gb18030"' in read(raw).rejected[0].why

    assert read(raw, timestamp='"时间"', encoding='"gb18030"').series[0].values.tolist() == [10]


MARKS = {
    "country": ({"country": '"xx"'}, 'country = "NL"', {"country": '"NL"'}),
    "minimum": ({"minimum": '"1e30"'}, "or leave it out", {"minimum": '"1"'}),
    "maximum": ({"minimum": '"5"', "maximum": '"4"'}, "not below `minimum`", {"maximum": '"5"'}),
    "width": ({"width": '"100"'}, 'kind = "register"', {"kind": '"register"'}),
    "width of nothing": ({"kind": '"register"', "width": '"0"'}, "a number above 0", {"width": '"100"'}),
    "rate": ({"rate": '"-1"'}, "a number above 0", {"rate": '"1"'}),
    "restart": ({"restart": '"daily"'}, 'kind = "register"', {"kind": '"register"'}),
    "backward": ({"backward": "true"}, 'kind = "register"', {"kind": '"register"'}),
    "unit": ({"unit": '"m3"'}, "write one of Wh, kWh", {"unit": '"kWh"'}),
    "unit of a moment": ({"unit": '"kW"'}, 'kind = "instant"', {"kind": '"instant"'}),
}


@pytest.mark.parametrize(("wrong", "says", "mended"), MARKS.values(), ids=MARKS)
def test_a_mark_that_does_not_fit_is_mended_by_its_remedy(
    read: Read, wrong: dict[str, str], says: str, mended: dict[str, str]
) -> None:
    """At its own key: nothing that is said of `id`, `group` or the file's name would help."""
    text = f"when,p\n{ROW},5\n"
    with pytest.raises(BadInput, match=r"\[\[point\]\]") as refused:
        read(text, wrong)
    assert refused.value.where.split()[-1] in wrong
    assert says in refused.value.remedy
    assert read(text, wrong | mended).rejected == ()


@pytest.mark.parametrize(
    ("wrong", "says", "mended"),
    [
        ({"id": '"{stem}{column}' + "x" * 128 + '"'}, "`id`", {"id": '"{stem}{column}"'}),
        ({"parent": '"p"', "id": '"p"'}, "`parent`", {"parent": '"site"'}),
        ({"group": '"a b"'}, "`group`", {"group": '"a"'}),
    ],
)
def test_a_name_that_none_may_have_is_mended_at_its_own_key(
    read: Read, wrong: dict[str, str], says: str, mended: dict[str, str]
) -> None:
    text = f"when,p\n{ROW},5\n"
    (refused,) = read(text, wrong).rejected
    other = " or the file's name or the column's name" if "{stem}" in wrong.get("id", "") else ""
    assert refused.why.endswith(f"change {says} in the mapping{other}")
    assert read(text, wrong | mended).rejected == ()
