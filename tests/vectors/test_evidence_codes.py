"""Every code of a caveat and of a refusal that a verifier can give occurs in a vector of evidence."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import veriwatt
from veriwatt.errors import Malformed, NotProven, VeriwattError

VECTORS = Path(__file__).parent
ROOT = Path(veriwatt.__file__).parent
SPEC = (VECTORS.parents[1] / "docs" / "spec" / "evidence.md").read_text(encoding="utf-8")
ROOMS = ("errors", "encoding", "crypto", "merkle", "model", "metering", "verify")
"""What a verifier consists of."""


def occurring() -> set[str]:
    cases = [
        case
        for file in VECTORS.glob("evidence*.json")
        for case in json.loads(file.read_text(encoding="utf-8"))["cases"]
    ]
    refused = {case["failed"]["code"] for case in cases if case["failed"]}
    return refused | {caveat["code"] for case in cases if not case["failed"] for caveat in case["caveats"]}


def caveats() -> set[str]:
    """The first argument of each `Caveat(...)` in the verifier."""
    return {
        ast.literal_eval(call.args[0])
        for file in (ROOT / "verify").rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Caveat"
    }


def refusals() -> set[str]:
    """The codes of the errors in a verifier's modules by which a file is malformed, or does not prove its claim."""
    for room in ROOMS[1:]:
        for module in pkgutil.walk_packages([str(ROOT / room)], f"veriwatt.{room}."):
            importlib.import_module(module.name)
    leaves = (leaf for family in (Malformed, NotProven) for leaf in (family, *below(family)))
    return {leaf.code for leaf in leaves if leaf.__module__.split(".")[1] in ROOMS}


def below(base: type[VeriwattError]) -> Iterator[type[VeriwattError]]:
    for leaf in base.__subclasses__():
        yield leaf
        yield from below(leaf)


def in_no_vector() -> set[str]:
    """The codes that the spec names as being in no vector, with a reason for each."""
    section = re.search(r"^## Codes$.*?(?=^## )", SPEC, re.MULTILINE | re.DOTALL)
    assert section is not None
    return {
        code for row in re.findall(r"^\| (`.*`) \| \S", section[0], re.MULTILINE) for code in re.findall("`(.*?)`", row)
    }


def test_every_code_occurs_in_a_vector_or_is_named_with_a_reason() -> None:
    assert (caveats() | refusals()) - occurring() == in_no_vector()
