from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.bridges.file_world import Map
from veriwatt.bridges.files.mapping import load_mapping
from veriwatt.bridges.files.timestamps import SourceClock
from veriwatt.energy.calendar import Zone
from veriwatt.errors import BadInput
from veriwatt.units import Decimal10


def test_a_key_that_is_left_out_has_its_documented_default(mapping: Map) -> None:
    made = mapping({"timezone": "", "resolution": ""})
    (rule,) = made.points

    assert (made.missing, made.delimiter, made.encoding, made.sheet) == (frozenset({""}), ",", "utf-8-sig", None)
    assert (rule.timezone, rule.group, rule.parent, rule.ends) == ("+08:00", "{stem}", None, False)
    assert (rule.resolution, rule.factor, rule.rounded) == (Decimal10(1, -3), Decimal10(1, 0), False)


def test_a_bare_number_is_as_exact_as_a_quoted_one(mapping: Map) -> None:
    (rule,) = mapping({"factor": "0.1", "resolution": "0.50"}).points

    assert rule.factor == Decimal10(1, -1)
    assert rule.resolution == Decimal10(5, -1)


def test_a_register_timestamp_ends_its_slot_whatever_the_file_says(mapping: Map) -> None:
    (rule,) = mapping({"kind": '"register"'}, stamp='"start"').points

    assert rule.ends


def test_a_points_own_clock_overrides_the_files(mapping: Map) -> None:
    own, other = mapping(more=({"id": '"q"', "column": '"q"', "clock": '"Europe/London"', "dst": '"standard"'},)).points

    assert own.clock == SourceClock(Zone("+08:00"), "refuse")
    assert other.clock == SourceClock(Zone("Europe/London"), "standard")


@pytest.mark.parametrize(
    ("point", "file", "says"),
    [
        ({"unit": '"kWhh"'}, {}, ("unit", "kWhh", "did you mean 'kWh'")),
        ({"energy": '"electrisity"'}, {}, ("energy", "electrisity", "did you mean 'electricity'")),
        ({"kind": '"counter"'}, {}, ("kind", "counter", "interval, register, instant")),
        ({"slot": '"7m"'}, {}, ("slot", "7m", "day week month")),
        ({"timezone": '"Mars/Olympus"'}, {}, ("timezone", "Mars/Olympus", "IANA")),
        ({}, {"clock": '"Mars/Olympus"'}, ("[file] clock", "Mars/Olympus", "IANA")),
        ({"clock": '"Mars/Olympus"'}, {}, ("[[point]] 1", " clock", "Mars/Olympus", "IANA")),
        ({"clock": '"Europe/Dublin"', "dst": '"standard"'}, {}, ("dst", "standard", "offset")),
        ({"resolution": '"0"'}, {}, ("resolution", "'0'", "above zero")),
        ({"resolution": '"fine"'}, {}, ("resolution", "fine", "decimal")),
        ({"resolution": '"1e-20"'}, {}, ("resolution", "1e-20", "digits")),
        ({"factor": '"0"'}, {}, ("factor", "'0'", "zero")),
        ({"factor": "true"}, {}, ("factor", "True", "number")),
        ({"round": '"yes"'}, {}, ("round", "yes", "true")),
        ({"id": '"{steam}.p"'}, {}, ("id", "{steam}", "{stem} and {column}")),
        ({"id": "7"}, {}, ("id", "7", "text")),
        ({"column": ""}, {}, ("column", "missing")),
        ({"colour": '"red"'}, {}, ("[[point]] 1", "colour", "did you mean 'column'")),
        ({}, {"colour": '"red"'}, ("[file]", "colour", "its keys: ", "timestamp")),
        ({}, {"format": '"%d/%m %H:%M"'}, ("format", "whole date")),
        ({}, {"format": '"%Q"'}, ("format", "%Q")),
        ({}, {"format": '"%d/%m/%Y %I:%M"'}, ("format", "%I", "%p")),
        ({}, {"format": '"%d/%m/%Y %H:%M %p"'}, ("format", "%I", "%p")),
        ({}, {"format": '"%d/%m/%Y %H:%M"', "clock": ""}, ("clock", "missing")),
        ({}, {"stamp": '"middle"'}, ("stamp", "middle", "start, end")),
        ({}, {"dst": '"guess"'}, ("dst", "guess", "refuse, standard")),
        ({}, {"midnight": '"same-day"'}, ("midnight", "same-day", "next-day")),
        ({}, {"missing": '"NaN"'}, ("missing", "NaN", "list")),
        ({}, {"delimiter": '"::"'}, ("delimiter", "::", "one character")),
        ({}, {"encoding": '"utf-77"'}, ("encoding", "utf-77", "unknown")),
        ({}, {"encoding": '"zlib"'}, ("encoding", "zlib", "unknown")),
        ({}, {"timestamp": ""}, ("timestamp", "missing")),
    ],
)
def test_a_wrong_key_is_named_with_its_value_and_a_remedy(
    mapping: Map, point: dict[str, str], file: dict[str, str], says: tuple[str, ...]
) -> None:
    with pytest.raises(BadInput) as refused:
        mapping(point, **file)

    text = str(refused.value)
    assert [word for word in ("m.toml", *says) if word not in text] == []
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no [file]"),
        (b"[file]\ntimestamp = 'a'\nformat = 'unix_s'\n", "no [[point]]"),
        (b"[file]\ntimestamp = 'a'\nformat = 'unix_s'\n[point]\n", "[[point]]"),
        (b"file = 1\n", "not a table"),
        (b"[file]\nx = \n", "line 2"),
        (b"a = " + b"[" * 100_000, "deeply"),
        (b"\xff\xfe", "UTF-8"),
        (b"#" * (1 << 20) + b"#", "1 MiB"),
    ],
)
def test_a_file_that_is_not_a_mapping_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "m.toml").write_bytes(content)

    with pytest.raises(BadInput, match=says.replace("[", r"\[")):
        load_mapping(tmp_path / "m.toml")


def test_a_missing_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nowhere\.toml"):
        load_mapping(tmp_path / "nowhere.toml")
