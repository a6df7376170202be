"""Figures on a console and in CSV files: the number, its unit and slots, its marks, and the factor that made it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from veriwatt.cli.csv_cells import csv_cell
from veriwatt.web.figure_marks import figure_marks, no_value, stated_statuses
from veriwatt.web.words import DEFAULT, catalogue, text

Row = Mapping[str, Any]


def table(rows: Sequence[Row]) -> str:
    """One line a row, its marks behind it; then a line for each factor that was used."""
    lines = [f"{'from':26} {'value':>18} {'':8} {'slots':>13}  point"]
    for row in rows:
        value = no_value(row) if row["value"] is None else row["value"]
        slots = f"{row['measured'] + row['estimated'] + row['manual']}/{row['expected']}"
        marks = ", ".join([*stated_statuses(row), *figure_marks(row), *_bound(row)])
        line = f"{row['start']:26} {value:>18} {row['unit']:8} {slots:>13}  {row['point']}"
        lines.append(f"{line}  {marks}" if marks else line)
    return "\n".join([*lines, *dict.fromkeys(_factor_lines(rows))])


def comma_separated(rows: Iterable[Row]) -> str:
    """The rows with all their fields, and their marks in words."""
    flat = [_flat(row) | {"marks": "; ".join(figure_marks(row))} for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row)) or ["point"]
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(flat)
    return out.getvalue().rstrip("\n")


def _bound(row: Row) -> Iterable[str]:
    """The lower bound of a register's value, where it is another number."""
    if row.get("at_least") is not None and row["at_least"] != row["value"]:
        yield text(catalogue(DEFAULT), "tile.at-least", value=f"{row['at_least']} {row['unit']}")


def _factor_lines(rows: Iterable[Row]) -> Iterable[str]:
    for row in rows:
        if row.get("factor") is not None:
            yield _factor_line(row, row["start"][:4])
            continue
        for factor in row.get("factors") or ():  # a period in two years, or in two countries
            names = {"factor_exact": "exact", "factor_source": "source", "factor_table": "table"}
            used = dict(factor) | {name: factor[short] for name, short in names.items()}
            yield _factor_line(used | {"point": row["point"], "factor_confirmed": factor["confirmed"]}, factor["year"])


def _factor_line(row: Row, year: str | int) -> str:
    table = f"own table {row['factor_table']}: " if row["factor_table"] else ""
    checked = "" if row["factor_confirmed"] else " (unverified figure)"
    rounded = "" if row["factor_exact"] else " (rounded)"
    return (
        f"{row['point']}, {year}: factor {row['factor']}{rounded}, {row['country']}, {row['basis']}, "
        f"{row['factor_year']}; {table}{row['factor_source']}{checked}"
    )


def _short_factor(factor: Row) -> str:
    return f"{factor['year']}, {factor['country']}: {factor['factor']} ({factor['factor_year']})"


def _flat(row: Row) -> dict[str, Any]:
    """Counts of a row that stand together, as fields of their own; factors as one text."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= {f"{name}_{part}": each for part, each in value.items()}
        elif isinstance(value, list):
            flat[name] = "; ".join(map(_short_factor, value))
        else:
            flat[name] = str(value).lower() if isinstance(value, bool) else value
    return {name: csv_cell(value) for name, value in flat.items()}
