"""The committed description of the API is the one the code gives."""

from __future__ import annotations

from pathlib import Path

from veriwatt.api.app import described

COMMITTED = Path(__file__).parents[3] / "docs" / "openapi.json"


def test_committed_openapi_is_the_generated_one() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == described(), "run `python scripts/make_openapi.py`"
