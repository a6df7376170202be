"""Times in answers are RFC 3339: of a point in its own zone, of the ledger in UTC."""

from __future__ import annotations

from veriwatt.reading.explorer.plain import UTC, utc

__all__ = ["UTC", "utc"]
