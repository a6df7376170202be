"""An org's own tables of factors, from files beside its home."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from veriwatt.energy.factors import FactorTable
from veriwatt.system.special_files import check_regular
from veriwatt.system.toml_tables import read_toml_text


def read_own_tables(paths: Sequence[Path]) -> tuple[FactorTable, ...]:
    """The tables in these files, each named by its file; raises BadInput naming file, row and value of a mistake.

    Raises NotAFile for what is none.
    """
    for path in paths:
        check_regular(path)
    return tuple(FactorTable.parse({path.name: read_toml_text(path)}, path.name) for path in paths)
