"""The mappings of this folder are read; what they give is tested in tests/unit/bridges and tests/unit/importing."""

from __future__ import annotations

from pathlib import Path

import pytest

from veriwatt.bridges.files.mapping import load_mapping

MAPPINGS = sorted(Path(__file__).parent.glob("*.toml"))


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_a_mapping_is_read(path: Path) -> None:
    assert load_mapping(path).points
