"""The pages about terminals say what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from veriwatt.terminal.config.terminal_toml import parse_config
from veriwatt.terminal.sampling.samples import GapReason

DOCS = Path(__file__).parents[3] / "docs"
PAGES = ("terminal-config.md", "drivers/modbus-tcp.md")
TERMINAL = '[terminal]\nname = "t"\norg = "o"\nnode = "http://n"\n'


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_every_example_is_a_configuration(name: str) -> None:
    examples = re.findall(r"```toml\n(.*?)```", page(name), re.DOTALL)
    assert examples
    for example in examples:
        assert parse_config(example if "[terminal]" in example else TERMINAL + example).points


def test_the_page_names_every_reason_of_a_gap() -> None:
    told = set(re.findall(r"^\| `([a-z' ]+)` \| [^|]*\|$", page("terminal-config.md"), re.MULTILINE))
    assert {reason.value for reason in GapReason} <= told


def test_the_page_names_every_key() -> None:
    source = (Path(parse_config.__code__.co_filename)).read_text("utf-8")
    keys = set(re.findall(r'(?:text|number|decimal|choice|checked|has|_inherited)\(\s*"(\w+)"', source))
    assert {"scale", "unit", "word_order", "node", "slot"} <= keys
    for key in keys - {"terminal", "meter", "point"}:
        assert f"`{key}`" in page("terminal-config.md"), key
