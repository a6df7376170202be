"""What stands beside proven facts: a sentence, and the code and values by which other languages word it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Caveat:
    """One thing that a reader has to know; `code` is stable, `text` is in English with the `values` in it."""

    code: str
    text: str
    values: Mapping[str, str | int] = field(default_factory=dict)

    def fields(self) -> dict[str, object]:
        return {"code": self.code, "values": dict(self.values)}
