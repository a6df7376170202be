"""Every attack of the threat model names a test that makes it, and the test is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
ATTACKS = TEXT.partition("## Attacks")[2].partition("\n## ")[0]
ROWS = [line for line in ATTACKS.splitlines() if line.startswith("| ")][1:]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[2].strip()[:60])
def test_an_attack_names_tests_that_exist(row: str) -> None:
    named = re.findall(r"`((?:tests|src)/[\w/.-]+|testing/[\w/]+)`", row)
    assert named, "no test is named"
    assert [name for name in named if not (ROOT / name).exists() and not (ROOT / "src/veriwatt" / name).exists()] == []
