from __future__ import annotations

from pathlib import Path

import pytest

from veriwatt.errors import BadInput
from veriwatt.model.points.status import Direction, Kind
from veriwatt.terminal.config.terminal_toml import load_config, parse_config
from veriwatt.terminal.drivers.modbus_tcp.driver import ModbusTcpOptions
from veriwatt.terminal.drivers.modbus_tcp.register import Function, NumberType, Register, WordOrder
from veriwatt.units import Decimal10

GOOD = """
[terminal]
name = "steel-1"
org = "north-steel"
node = "https://node.example:8443"
timezone = "+08:00"

[[meter]]
id = "main"
driver = "modbus_tcp"
host = "10.0.0.5"
unit = 3
function = "input"

[[point]]
id = "steel/main/active"
meter = "main"
register = 100
type = "u32"
scale = 0.01
energy = "electricity"
unit = "kWh"
kind = "register"

[[point]]
id = "steel/main/power"
meter = "main"
register = 110
type = "f32"
word_order = "little"
function = "holding"
resolution = "0.5"
multiplier = 40
energy = "electricity"
unit = "kW"
kind = "instant"
slot = "1h"
group = "power"
parent = "steel/main/active"
"""


def test_a_configuration_gives_address_scale_and_definition_of_each_point() -> None:
    config = parse_config(GOOD)
    active, power = config.points
    assert (active.scale, active.definition.scale, active.definition.step) == (Decimal10(1, -2), -2, 1)
    assert active.address == Register(100, Function.INPUT, NumberType.U32, WordOrder.BIG)
    assert (active.definition.kind, active.definition.slot, active.group) == (Kind.REGISTER, "15m", "main")
    assert power.address == Register(110, Function.HOLDING, NumberType.F32, WordOrder.LITTLE)
    assert (power.definition.step, power.definition.scale) == (5, -1)
    assert (power.definition.slot, power.definition.timezone, power.group) == ("1h", "+08:00", "power")
    assert config.meters[0].options == ModbusTcpOptions("10.0.0.5", 502, 3)


def test_two_texts_of_one_meaning_are_equal_configurations() -> None:
    same = GOOD.replace("scale = 0.01", 'scale = "1e-2"  # as on the plate')
    assert parse_config(same).points == parse_config(GOOD).points
    assert parse_config(GOOD.replace("register = 100", "register = 102")).points != parse_config(GOOD).points


@pytest.mark.parametrize(
    ("old", "new", "place", "shown"),
    [
        ('name = "steel-1"', "", "[terminal] name", "missing"),
        ('name = "steel-1"', 'name = "steel 1"', "[terminal] name", "steel 1"),
        ('node = "https://node.example:8443"', 'node = "node.example"', "[terminal] node", "node.example"),
        ('timezone = "+08:00"', 'timezone = "Mars/Olympus"', "timezone", "Mars/Olympus"),
        ('timezone = "+08:00"', 'time_zone = "+08:00"', "timezone", "missing"),
        ('timezone = "+08:00"', 'timezone = "+08:00"\nslots = "15m"', "[terminal] slots", "15m"),
        ('driver = "modbus_tcp"', 'driver = "modbus"', "[[meter]] 1 (main) driver", "modbus_tcp"),
        ("unit = 3", "unit = 256", "[[meter]] 1 (main) unit", "256"),
        ("unit = 3", "unit = 3\ntimeout_ms = 60001", "[[meter]] 1 (main) timeout_ms", "60001"),
        ('meter = "main"\nregister = 100', 'meter = "mian"\nregister = 100', "(steel/main/active) meter", "mian"),
        ("register = 100", "register = 65535", "(steel/main/active) register", "65534"),
        ('type = "u32"', 'type = "float"', "(steel/main/active) type", "f32"),
        ("scale = 0.01", "scale = 0", "(steel/main/active) scale", "0"),
        ("scale = 0.01", "scale = nan", "(steel/main/active) scale", "nan"),
        ("scale = 0.01", 'scale = "1/100"', "(steel/main/active) scale", "1/100"),
        ("scale = 0.01", 'scale = 0.01\nresolution = "0.1"', "(steel/main/active) resolution", "0.01"),
        ('unit = "kWh"', 'unit = "kwh"', "(steel/main/active) unit", "kwh"),
        ('kind = "register"', 'kind = "counter"', "(steel/main/active) kind", "counter"),
        ('resolution = "0.5"\n', "", "(steel/main/power) resolution", "missing"),
        ('slot = "1h"', 'slot = "7m"', "(steel/main/power) slot", "7m"),
        ('id = "steel/main/active"', 'id = "steel/main/power"', "id", "twice"),
        ('parent = "steel/main/active"', 'parent = "steel/main/power"', "(steel/main/power) parent", "itself"),
        ("[[meter]]", "[meter]", "meter", "[[meter]]"),
        ('group = "power"', 'group = "power"\nword-order = "big"', "word-order", "word_order"),
    ],
)
def test_a_mistake_is_refused_with_its_place_and_value(old: str, new: str, place: str, shown: str) -> None:
    assert old in GOOD
    with pytest.raises(BadInput) as caught:
        parse_config(GOOD.replace(old, new, 1), "here.toml")
    text = str(caught.value)
    assert text.startswith("here.toml: ")
    assert place in caught.value.where
    assert shown in text
    assert caught.value.remedy


def test_a_syntax_error_names_its_line() -> None:
    with pytest.raises(BadInput, match="line 3"):
        parse_config('[terminal]\nname = "a"\norg = \n')


def test_a_timeout_longer_than_a_tenth_of_the_slot_is_refused() -> None:
    slow = GOOD.replace("unit = 3", "unit = 3\ntimeout_ms = 7000")
    text = slow.replace('kind = "register"', 'kind = "register"\nslot = "1m"')
    with pytest.raises(BadInput, match="at most timeout_ms = 6000"):
        parse_config(text)


def test_an_unreadable_file_is_refused_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        load_config(tmp_path / "terminal.toml")
    (tmp_path / "terminal.toml").write_bytes(b'[terminal]\nname = "\xff"')
    with pytest.raises(BadInput, match="UTF-8"):
        load_config(tmp_path / "terminal.toml")


MARKS = """
minimum = -5
maximum = "1e6"
width = "100000.00"
rate = 250
country = "DE"
direction = "export"
day_begins = 6
backward = true
sentinels = [4294967294]
"""


def test_a_point_states_its_bounds_and_the_marks_of_its_register() -> None:
    point = parse_config(GOOD.replace('kind = "register"', f'kind = "register"{MARKS}', 1)).points[0]
    found = point.definition
    assert (found.minimum, found.maximum, found.width, found.rate) == (-500, 10**8, 10**7, 25_000)
    assert (found.country, found.direction, found.day_begins) == ("DE", Direction.EXPORT, 6)
    assert (found.backward, found.restart) == (True, False)
    assert point.sentinels == (Decimal10(4_294_967_294, 0),)


def test_each_definition_names_the_terminal() -> None:
    assert {point.definition.terminal for point in parse_config(GOOD).points} == {"steel-1"}


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("minimum", "minimum = 0.001"),
        ("maximum", 'maximum = "much"'),
        ("sentinels", "sentinels = 65535"),
        ("sentinels", 'sentinels = ["none"]'),
        ("day_begins", "day_begins = 24"),
        ("direction", 'direction = "out"'),
        ("restart", "restart = 1"),
        ("country", 'country = "Germany"'),
        ("width", "width = 0"),
    ],
)
def test_a_wrong_bound_is_refused_by_its_key(key: str, line: str) -> None:
    with pytest.raises(BadInput, match=key):
        parse_config(GOOD.replace('kind = "register"', f'kind = "register"\n{line}', 1))
