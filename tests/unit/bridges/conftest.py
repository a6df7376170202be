from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.unit.bridges.file_world import NOW, Map, Read, write_mapping
from veriwatt.bridges.files.read_file import read_file
from veriwatt.metering.series import SourceReadings


@pytest.fixture
def mapping(tmp_path: Path) -> Map:
    return partial(write_mapping, tmp_path)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a file of these bytes under a mapping with these keys."""

    def run(
        content: str | bytes,
        point: dict[str, str] | None = None,
        more: tuple[dict[str, str], ...] = (),
        name: str = "works.csv",
        now: int = NOW,
        allow_gaps: bool = False,
        **file: str,
    ) -> SourceReadings:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        mapping = write_mapping(tmp_path, point, more, **file)
        return read_file(tmp_path / name, mapping, now=now, allow_gaps=allow_gaps)

    return run
