"""What the product writes in English has a message in every other language: errors, caveats, parts they name."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import veriwatt
import veriwatt.verify
from tests.vectors.evidence_edits import apply_splice
from veriwatt.errors import VeriwattError
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.verify.outcome import verification_outcome
from veriwatt.web.words import DEFAULT, LANGUAGES, messages

VERIFY = [ast.parse(path.read_text(encoding="utf-8")) for path in Path(veriwatt.verify.__file__).parent.rglob("*.py")]
VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "evidence.json").read_text(encoding="utf-8"))
OTHERS = sorted(LANGUAGES.keys() - {DEFAULT})
OF_HTTP = {"http", "internal", "method-not-allowed", "route-not-found"}
"""Codes of answers that no error of the tree stands behind."""

SHOWABLE = {"str", "str | None", "int", "bool", "bytes", "object", "UtcMillis"}
"""Types, as they are annotated, of the values that an error hands on (`VeriwattError.values`)."""

pytestmark = pytest.mark.parametrize("language", OTHERS)


def test_every_error_has_a_message_and_every_message_its_error(language: str) -> None:
    codes = {leaf.code for leaf in leaves()}
    assert messages(language)["errors"].keys() == codes | OF_HTTP


def test_a_message_names_values_of_its_error_alone(language: str) -> None:
    wrong = [(leaf.code, places(sentence(language, leaf)) - showable(leaf)) for leaf in leaves()]
    assert [each for each in wrong if each[1]] == []


def test_messages_of_refusals_in_blocks_need_no_values(language: str) -> None:
    """A block keeps a refusal's code, and no more of it."""
    kept = [leaf for leaf in leaves() if leaf.__module__.startswith("veriwatt.machine.")]
    assert len(kept) > 10
    assert [leaf.code for leaf in kept if places(sentence(language, leaf))] == []


def test_every_caveat_has_a_message_with_its_values(language: str) -> None:
    sentences = messages(language)["caveats"]
    assert {code: places(text) for code, text in sentences.items()} == dict(caveats())


def test_every_part_that_a_refusal_names_has_a_name(language: str) -> None:
    assert messages(language)["parts"].keys() == set(parts())


def test_messages_hold_no_english(language: str) -> None:
    said = [text for kind in messages(language).values() for text in kind.values()]
    bare = (re.sub(r"\{\w+\}|veriwatt [a-z-]+( [a-z-]+)*", "", text) for text in said)
    assert [text for text in bare if re.search(r"[A-Za-z]{2,}", text)] == []


@pytest.mark.parametrize("case", [c for c in VECTORS["cases"] if c["verdict"] == "refused"], ids=lambda c: c["name"])
def test_a_refusal_of_the_vectors_has_a_message_with_its_values(language: str, case: dict[str, Any]) -> None:
    raw = apply_splice(bytes.fromhex(VECTORS["files"][case["file"]]), case.get("splice"))
    trust = None if case["trust"] is None else parse_trust(VECTORS["trust_files"][case["trust"]].encode())
    failed = verification_outcome(raw, trust, case["now"], case["max_age"]).failed
    assert failed is not None
    assert places(messages(language)["errors"][failed.code]) <= failed.values.keys()
    assert failed.values.get("what") in {None, *messages(language)["parts"]} or failed.code not in NAMING
    assert failed.why


def leaves(base: type[VeriwattError] = VeriwattError) -> Iterator[type[VeriwattError]]:
    for module in pkgutil.walk_packages(veriwatt.__path__, "veriwatt."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for leaf in base.__subclasses__():
        if not leaf.__module__.startswith("veriwatt.testing"):
            yield leaf
            yield from leaves(leaf)


def sentence(language: str, leaf: type[VeriwattError]) -> str:
    return messages(language)["errors"][leaf.code]


def places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def showable(leaf: type[VeriwattError]) -> set[str]:
    """Fields of the error that are text or numbers; by the rule of the tree they have the names of its arguments."""
    makers = [vars(each)["__init__"] for each in leaf.__mro__ if "__init__" in vars(each)]
    arguments = [argument for maker in makers for argument in inspect.signature(maker).parameters.values()]
    shown = {argument.name for argument in arguments if argument.annotation in SHOWABLE}
    if any(argument.annotation == "FrameRef" for argument in arguments):  # an error of a frame takes it apart
        shown |= {"terminal", "epoch", "seq"}
    return shown


def calls(*names: str) -> Iterator[ast.Call]:
    for tree in VERIFY:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node.func) in names:
                yield node


def called(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


NAMING = {"contradiction", "wrong-block", "not-in-state"}
"""Codes whose sentence names a part."""


def parts() -> Iterator[str]:
    for call in calls("require_equal", "_require_equal", "record", "WrongBlock"):
        what = call.args[0] if call.args else next(k.value for k in call.keywords if k.arg == "what")
        if not isinstance(what, ast.Name):  # what a helper hands on
            yield ast.literal_eval(what)


def caveats() -> Iterator[tuple[str, set[str]]]:
    for call in calls("Caveat"):
        values = call.args[2] if len(call.args) > 2 else ast.Dict([], [])
        assert isinstance(values, ast.Dict)
        yield ast.literal_eval(call.args[0]), {ast.literal_eval(key) for key in values.keys if key}
