"""The facts of a verdict on a console: amounts with their unit, a period's slots and steps by the names of figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from veriwatt.web.figure_marks import figure_marks, no_value

Facts = Mapping[str, Any]

AMOUNTS = ("value", "at_least", "stated_by_owner")
COUNTED = ("measured", "estimated", "manual", "gap", "not_stated")


def fact_lines(facts: Facts) -> list[str]:
    """A line for each fact; facts that this claim does not have are left out."""
    return [f"  {name:26} {on_one_line(value)}" for name, value in _shown(facts) if value is not None]


def _shown(facts: Facts) -> Iterator[tuple[str, object]]:
    of_period = "expected" in facts
    for name, value in facts.items():
        if name in ("start", "end"):
            yield f"{'period' if of_period else 'slot'}_{name}", value
        elif name in AMOUNTS:
            yield name, _amount(name, facts)
        elif name == "steps":
            yield name, None if value is None else _steps(facts)
        elif isinstance(value, bool) and name != "bridged":
            yield name, "yes" if value else "no"
        elif name not in ("bridged", *COUNTED):
            yield name, value
        if name == "expected":
            yield "slots", ", ".join(f"{each.replace('_', ' ')} {facts[each]}" for each in COUNTED if facts[each])


def _amount(name: str, facts: Facts) -> str | None:
    if facts[name] is None:
        return no_value({"due": 1, **facts}) if name == "value" and "expected" in facts else None
    return f"{facts[name]} {facts['unit']}"


def _steps(facts: Facts) -> str:
    """The steps that are not plain, and whether one spans slots without a reading; what its owner states is a fact."""
    marked = figure_marks({**facts, "partial": False, "stated_by_owner": None})
    return ", ".join(marked) or "plain"


def on_one_line(value: object) -> str:
    """A fact on one line, with unprintable characters escaped: its texts come from whoever signed them."""
    text = ", ".join(f"{k} {v}" for k, v in value.items() if v) if isinstance(value, dict) else str(value)
    return text if text.isprintable() else ascii(text)
