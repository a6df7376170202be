from __future__ import annotations

from enum import Enum
from pathlib import Path

import pytest

from veriwatt.errors import BadInput, Malformed
from veriwatt.home.settings import Settings, load_settings, settings_text
from veriwatt.system.toml_tables import MAX_FILE, TomlTable, parse_toml, read_toml
from veriwatt.units import Decimal10


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


def table(text: str) -> TomlTable:
    return parse_toml(text, "f.toml")


def refusal(text: str, read: str, *arguments: object) -> str:
    with pytest.raises(BadInput) as refused:
        getattr(table(text), read)("key", *arguments)
    assert refused.value.remedy
    assert "key" in refused.value.where
    return refused.value.why


def test_each_reader_returns_the_value_in_the_file() -> None:
    whole = table('a = "x"\nb = 7\nc = 0.10\nd = true\ne = ["x", ""]\nf = "red"\n[g]\n[[h]]\nid = "one"\n')
    assert (whole.text("a"), whole.number("b", 0, 9), whole.decimal("c")) == ("x", 7, Decimal10(1, -1))
    assert (whole.flag("d"), whole.texts("e", ()), whole.choice("f", Colour)) == (True, ("x", ""), Colour.RED)
    assert (whole.number_text("c", "1"), whole.word("f", ["red"]), whole.optional_text("z")) == ("0.10", "red", None)
    whole.table("g").close()
    assert [each.text("id") for each in whole.tables("h")] == ["one"]
    whole.close()


@pytest.mark.parametrize(
    ("text", "read", "arguments", "why"),
    [
        ("", "text", (), "is missing"),
        ("key = 1.5", "text", (), "is not a text"),
        ('key = ""', "text", (), "is empty"),
        ("key = 10", "number", (0, 9), "whole number from 0 to 9"),
        ("key = true", "number", (0, 9), "whole number"),
        ("key = true", "number_text", ("1",), "is not a number"),
        ("key = -1", "decimal", (), "positive decimal"),
        ("key = 1", "flag", (), "neither true nor false"),
        ("key = [1]", "texts", ((),), "list of texts"),
        ('key = "green"', "choice", (Colour,), "not one of the values"),
        ('key = "green"', "word", (["red"],), "not one of the values"),
        ("", "table", (), r"there is no \[key\]"),
        ("key = 1", "table", (), "is not a table"),
        ("", "tables", (), r"there is no \[\[key\]\]"),
        ("[key]", "tables", (), "list of tables"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place_and_a_remedy(
    text: str, read: str, arguments: tuple[object, ...], why: str
) -> None:
    assert why.replace("\\", "") in refusal(text, read, *arguments)


def test_a_misspelt_key_or_word_names_its_neighbour() -> None:
    whole = table('colour = "rde"\ncolor = 1')
    with pytest.raises(BadInput, match="did you mean 'red'"):
        whole.word("colour", ["red", "blue"])
    with pytest.raises(BadInput, match="color: is not a key of this table .*did you mean 'colour'.*its keys: colour"):
        whole.close()


def test_a_malformed_value_is_refused_at_its_key() -> None:
    def refuse(text: str) -> None:
        raise Malformed(f"{text} is no good")

    with pytest.raises(BadInput, match=r"f\.toml: key: x is no good .*; write another"):
        table('key = "x"').checked("key", refuse, "write another")


@pytest.mark.parametrize(
    ("raw", "why"),
    [(b"a =", "is not TOML"), (b"\xff", "UTF-8"), (b"#" * (MAX_FILE + 1), "1 MiB"), (b"a = " + b"[" * 99_999, "deep")],
)
def test_a_file_that_is_not_a_configuration_is_refused(tmp_path: Path, raw: bytes, why: str) -> None:
    (tmp_path / "f.toml").write_bytes(raw)
    with pytest.raises(BadInput, match=why):
        read_toml(tmp_path / "f.toml")
    with pytest.raises(BadInput, match="cannot be read"):
        read_toml(tmp_path / "none.toml")


def test_the_settings_of_a_new_home_are_the_defaults_and_a_misspelt_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "node.toml"
    path.write_text(settings_text("works"))
    assert load_settings(path) == Settings("works")
    path.write_text('org = "works"\nanchor_second = 5\n')
    with pytest.raises(BadInput, match="did you mean 'anchor_seconds'"):
        load_settings(path)
