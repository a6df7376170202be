"""The pages about terminals agree with the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from veriwatt import terminal
from veriwatt.terminal.config.terminal_toml import parse_config
from veriwatt.terminal.drivers.base import GapReason

DOCS = Path(__file__).parents[3] / "docs"
PAGES = ("terminal-config.md", "drivers/modbus-tcp.md")
TERMINAL = '[terminal]\nname = "t"\norg = "o"\nnode = "http://n"\n'


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def keys_read_in(module: str) -> set[str]:
    """The keys of tables that a module of the terminal reads."""
    source = (Path(terminal.__file__).parent / module).read_text("utf-8")
    return set(re.findall(r'(?:text|number|decimal|choice|checked|has|inherited)\(\s*"(\w+)"', source))


@pytest.mark.parametrize("name", PAGES)
def test_every_example_is_a_configuration(name: str) -> None:
    examples = re.findall(r"```toml\n(.*?)```", page(name), re.DOTALL)
    assert examples
    for example in examples:
        assert parse_config(example if "[terminal]" in example else TERMINAL + example).points


def test_the_page_names_every_reason_of_a_gap() -> None:
    documented = set(re.findall(r"^\| `([a-z' ]+)` \| [^|]*\|$", page("terminal-config.md"), re.MULTILINE))
    assert {reason.value for reason in GapReason} <= documented


def test_the_page_names_every_key() -> None:
    assert {"scale", "node", "slot", "timeout_ms"} <= keys_read_in("config/terminal_toml.py")
    for key in keys_read_in("config/terminal_toml.py") - {"terminal"}:
        assert f"`{key}`" in page("terminal-config.md"), key


def test_the_page_of_the_modbus_driver_names_every_key_of_its_own() -> None:
    keys = keys_read_in("drivers/modbus_tcp/driver.py") | keys_read_in("drivers/modbus_tcp/register.py")
    assert {"host", "unit", "register", "word_order"} <= keys
    for key in keys:
        assert f"`{key}`" in page("drivers/modbus-tcp.md"), key
