"""Writes docs/openapi.json: the API's description as the code gives it. A test compares the two."""

from __future__ import annotations

from pathlib import Path

from veriwatt.api.app import described

PLACE = Path(__file__).parents[1] / "docs" / "openapi.json"

if __name__ == "__main__":
    PLACE.write_text(described(), encoding="utf-8")
    print(f"wrote {PLACE}")
