"""The error tree is whole: stable codes, each used once, and every table that maps them outward covers all."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import veriwatt
from veriwatt.api.errors import status_of
from veriwatt.cli.output import exit_status
from veriwatt.errors import Corrupted, Malformed, NotFound, NotProven, Refused, Unavailable, Unsettled, VeriwattError
from veriwatt.terminal.delivery.delivery import REFUSAL_REMEDIES

FAMILIES = (Malformed, NotProven, Refused, NotFound, Unavailable, Unsettled, Corrupted)
PAGE = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
OUTWARD: dict[str, Callable[[type[VeriwattError]], object]] = {"HTTP status": status_of, "exit status": exit_status}
"""Each table that maps errors outward, as a function from the leaf's class to what it becomes."""


def leaves(base: type[VeriwattError] = VeriwattError) -> Iterator[type[VeriwattError]]:
    for leaf in base.__subclasses__():
        yield leaf
        yield from leaves(leaf)


@pytest.fixture(scope="module", autouse=True)
def whole_product() -> None:
    """Imports every module, so that no leaf is left out."""
    for module in pkgutil.walk_packages(veriwatt.__path__, "veriwatt."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def test_every_error_has_its_own_code() -> None:
    used = Counter(vars(leaf).get("code", f"none of its own: {leaf.__name__}") for leaf in leaves())
    assert [code for code, count in used.items() if count > 1] == []
    assert [code for code in used if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)] == []


def test_a_code_is_the_name_of_its_class() -> None:
    assert [(leaf.__name__, leaf.code) for leaf in leaves() if leaf.code != kebab(leaf.__name__)] == []


def test_the_page_of_codes_lists_each_under_its_family() -> None:
    sections = re.findall(r"^## ([a-z-]+): .*?(?=^## )", PAGE + "## ", re.MULTILINE | re.DOTALL)
    assert sections == [family.code for family in FAMILIES]
    for family in FAMILIES:
        section = re.search(rf"^## {family.code}: .*?(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
        assert section is not None
        listed = re.findall(r"^\| `([a-z-]+)` \|", section[0], re.MULTILINE)
        assert Counter(listed) == Counter([family.code, *(leaf.code for leaf in leaves(family))])


def kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def test_every_error_belongs_to_one_family() -> None:
    assert [leaf for leaf in leaves() if sum(issubclass(leaf, family) for family in FAMILIES) != 1] == []


def test_every_error_says_what_happened() -> None:
    assert [leaf for leaf in leaves() if not (leaf.__doc__ or "").strip()] == []


def test_a_cure_is_of_an_error_that_there_is() -> None:
    assert REFUSAL_REMEDIES.keys() - {leaf.code for leaf in leaves()} == set()


def test_every_outward_table_covers_every_error() -> None:
    bare = [(name, leaf) for name, table in OUTWARD.items() for leaf in leaves() if table(leaf) is None]
    assert bare == []
