"""Take over the status that a file states: a column whose texts say measured, estimated, manual or no value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from veriwatt.bridges.files.sheet_cells import why_unreadable
from veriwatt.model.points.status import STATED, Status
from veriwatt.system.toml_tables import TomlTable

UNNAMED = 255
"""Replaces the status of a row that is rejected; `why_unnamed` gives the reason."""

_BY_NAME = {status.name.lower(): status for status in STATED}
_REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class StatusRule:
    """The meaning of the texts in a column of statuses.

    `column` may hold `{column}`, the name of the point's column. A text that `texts` does not name has the status
    `otherwise`; its row is rejected if that is None.
    """

    column: str
    texts: tuple[tuple[str, Status], ...]
    otherwise: Status | None

    def codes(self) -> StatusCodes:
        return StatusCodes(self)


class StatusCodes(dict[str, int]):
    """The codes of texts; `UNNAMED` for a text whose row is rejected.

    A cell of a workbook that states no value (`sheet_cells`) states no status that `otherwise` could be.
    """

    def __init__(self, rule: StatusRule) -> None:
        super().__init__(rule.texts)
        self._otherwise = UNNAMED if rule.otherwise is None else int(rule.otherwise)

    def convert(self, texts: Sequence[str]) -> NDArray[np.uint8]:
        """The code of each text."""
        return np.fromiter(map(self.__getitem__, texts), np.uint8, count=len(texts))

    def __missing__(self, text: str) -> int:
        return UNNAMED if why_unreadable(text) else self._otherwise


def why_unnamed(text: str) -> str:
    """The reason for rejecting a row with this status."""
    return why_unreadable(text) or (
        "a text that `status` does not name; add it there under the status that the file's maker means by it"
    )


def status_rule(table: TomlTable) -> StatusRule:
    """The rule in the table `status` of a mapping; raises BadInput naming the key."""
    texts: dict[str, Status] = {}
    for name, status in _BY_NAME.items():
        for text in table.texts(name, ()):
            if texts.setdefault(text, status) is not status:
                raise table.bad(name, f"names {text!r}, which has another status too", "name each text once")
    otherwise = table.word("else", (_REFUSE, *_BY_NAME), _REFUSE)
    rule = StatusRule(table.text("column"), tuple(sorted(texts.items())), _BY_NAME.get(otherwise))
    table.close()
    return rule
