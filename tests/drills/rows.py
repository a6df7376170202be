"""The rows of a drill: what was measured in this run, beside its target.

    build/drills/NAME.json = [{"name", "value", "unit", "target", "holds"} ...]

A target is a relation and a number, such as "<= 1.45"; `holds` follows from value and target alone.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

RELATIONS: dict[str, Callable[[float, float], bool]] = {"=": operator.eq, "<=": operator.le, ">=": operator.ge}


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement."""

    name: str
    value: float
    unit: str
    target: str

    @property
    def holds(self) -> bool:
        relation, number = self.target.split(" ")
        return RELATIONS[relation](self.value, float(number))

    def fields(self) -> dict[str, object]:
        return {"name": self.name, "value": self.value, "unit": self.unit, "target": self.target, "holds": self.holds}


def none(name: str, value: int, unit: str) -> Row:
    """A row that holds when there is none."""
    return Row(name, value, unit, "= 0")


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([row.fields() for row in rows], indent=1) + "\n", encoding="utf-8")


def printed(rows: Sequence[Row]) -> str:
    return "\n".join(
        f"{'holds' if row.holds else 'FAILS':6} {row.name:86} {row.value:>12,.6g} {row.unit:10} {row.target}"
        for row in rows
    )
