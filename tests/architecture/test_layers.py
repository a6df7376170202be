"""The product's imports follow the layer rules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.architecture.house_rules import imported_modules, violations

SOURCE = Path(__file__).parents[2] / "src" / "veriwatt"
PATHS = sorted(SOURCE.rglob("*.py"))


def module_of(path: Path) -> str:
    """Dotted name below `veriwatt`; the package itself is the empty name."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_module_keeps_the_rules_of_the_house(path: Path) -> None:
    assert not violations(module_of(path), path.read_text(encoding="utf-8"))


def test_no_module_imports_itself_through_others() -> None:
    known = {module_of(path) for path in PATHS}
    graph = {module_of(path): set(_inner(path, known)) for path in PATHS}
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError, which names the modules
    assert set(order) >= known


def _inner(path: Path, known: set[str]) -> Iterator[str]:
    for _, name in imported_modules(ast.parse(path.read_text(encoding="utf-8"))):
        inner = name.removeprefix("veriwatt.")
        if inner != name:
            target = inner if inner in known else inner.rpartition(".")[0]
            if target in known and target != module_of(path):
                yield target
