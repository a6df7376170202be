"""docs/mapping.md, as written: every key of its tables is one that a mapping takes, with the values that it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.bridges.file_world import FILE, POINT, Map, Read

PAGE = (Path(__file__).parents[3] / "docs" / "mapping.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (`[a-z_`, ]+`) \| (.*?) \| [^|]* \|$", re.MULTILINE)
SHOWN = re.compile(r'`(\["[^`]*\]|"[^`"]*"|true|false)`')

OTHERS = {
    "timestamp": '"when"',
    "column": '"p"',
    "id": '"{stem}.p"',
    "energy": '"heat"',
    "unit": '"GJ"',
    "sheet": '"Readings"',
    "clock": '"Asia/Shanghai"',
    "parent": '"works"',
    "minimum": '"0"',
    "maximum": '"500"',
    "rate": '"60"',
    "status": '{column = "quality", measured = ["A"]}',
    "country": '"NL"',
    "timezone": '"UTC"',
    "group": '"hall"',
    "dst": '"standard"',
    "format": '"%d.%m.%Y %H:%M"',
    "encoding": '"gb18030"',
    "header": "true",
    "delimiter": '","',
    "day_begins": "6",
    "factor": '"0.001"',
    "resolution": '"0.5"',
    "slot": '"15m"',
    "missing": '["", "NaN", "-"]',
    "repeats": '"last"',
}
"""An example of each key whose row shows values of other keys, or none."""
REGISTER_ONLY = ("width", "restart", "backward")


def documented(section: str) -> list[tuple[str, str]]:
    """Each key of a section's table with a value that its row shows."""
    begin = PAGE.index(f"## `{section}`")
    found = []
    for names, text in ROW.findall(PAGE[begin : PAGE.index("\n## ", begin + 1)]):
        for key in re.findall(r"`(\w+)`", names):
            values = [OTHERS[key]] if key in OTHERS else SHOWN.findall(text)
            found += [(key, value) for value in values]
    return found


@pytest.mark.parametrize(("key", "value"), documented("[file]"))
def test_a_documented_key_of_the_file_is_taken(mapping: Map, key: str, value: str) -> None:
    assert mapping(**{key: value}).points


@pytest.mark.parametrize(("key", "value"), documented("[[point]]"))
def test_a_documented_key_of_a_point_is_taken(mapping: Map, key: str, value: str) -> None:
    kind = {"kind": '"register"'} if key in REGISTER_ONLY else {}
    assert mapping(kind | {key: value}).points


def test_every_key_that_a_mapping_takes_is_documented(mapping: Map) -> None:
    for section, other in (("[file]", {"colour": '"red"'}), ("[[point]]", {})):
        keys = {key for key, _ in documented(section)}
        with pytest.raises(Exception, match="its keys: ") as refused:
            mapping({} if other else {"colour": '"red"'}, **other)
        known = re.search(r"its keys: ([a-z_, ]+)", str(refused.value))
        assert known is not None
        both = {"status", "sentinels", "repeats", "country", "day_begins"}
        assert set(known[1].split(", ")) - both - {"colour"} <= keys | set(FILE) | set(POINT)


def test_the_status_key_reads_a_file_as_written(read: Read) -> None:
    (line,) = re.findall(r"^status = (\{.*\})$", PAGE, re.MULTILINE)
    text = "when,p,quality\n" + "".join(f"2024-03-10 00:{15 * i:02d},1,{s}\n" for i, s in enumerate("AEMN"))
    (series,) = read(text, status=line).series

    assert series.statuses.tolist() == [1, 2, 3, 4]
