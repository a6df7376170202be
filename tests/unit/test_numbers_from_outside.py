"""A number from outside is refused by its door, however long it is and in whatever digits it comes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from veriwatt.cli.verify import verify
from veriwatt.energy.calendar import Zone, parse_time
from veriwatt.energy.factors import FactorTable
from veriwatt.errors import BadInput, Malformed
from veriwatt.node.run_node import parse_listen
from veriwatt.system.toml_tables import parse_toml
from veriwatt.units import parse_count, parse_decimal
from veriwatt.zone_names import is_zone

SOURCE = Path(__file__).parents[2] / "src" / "veriwatt"
LONG = "9" * 5_000  # more digits than the interpreter reads or writes
OTHER_DIGITS = ("٣", "３", "²", "३")


def _max_age(number: str) -> None:
    verify(Path("none.vwe"), None, f"{number}d")


DOORS: dict[str, Callable[[str], object]] = {
    "count": parse_count,
    "decimal": parse_decimal,
    "exponent": lambda number: parse_decimal(f"1e{number}"),
    "port": lambda number: parse_listen(f"127.0.0.1:{number}"),
    "time": lambda number: parse_time(number, Zone("UTC")),
    "fraction of a second": lambda number: parse_time(f"2026-03-01T00:00:00.{number}", Zone("UTC")),
    "offset": lambda number: Zone(f"+0{number}:00"),
    "age": _max_age,
    "TOML": lambda number: parse_toml(f"a = {number}", "f.toml"),
    "hexadecimal TOML": lambda number: parse_toml(f"a = [0x{number}]", "f.toml"),
    "factors": lambda number: FactorTable.parse({"f.toml": f"[table]\nx = {number}\n"}),
}


@pytest.mark.parametrize("number", [LONG, *OTHER_DIGITS])
@pytest.mark.parametrize("door", DOORS)
def test_no_door_takes_such_a_number(door: str, number: str) -> None:
    with pytest.raises((Malformed, BadInput)):
        DOORS[door](number)


@pytest.mark.parametrize("name", ["+٠٨:00", "+0８:00", "-0३:30"])
def test_an_offset_has_one_spelling(name: str) -> None:
    assert not is_zone(name)


@pytest.mark.parametrize("text", ["1e999", f"{'9' * 400}.{'9' * 400}e999", f"0.{'0' * 399}1e-999"])
def test_every_decimal_that_is_read_can_be_written(text: str) -> None:
    assert len(str(parse_decimal(text))) < 4_300


def test_toml_is_read_in_one_place() -> None:
    readers = [path.name for path in SOURCE.rglob("*.py") if "import tomllib" in path.read_text(encoding="utf-8")]
    assert readers == ["toml_text.py"]
