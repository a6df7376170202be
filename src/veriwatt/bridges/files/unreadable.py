"""The error for a file of readings that cannot be read."""

from __future__ import annotations

from veriwatt.errors import BadInput


class UnreadableFile(BadInput):
    """A file of readings that cannot be read: it is damaged, has another encoding, or lacks a column."""

    code = "unreadable-file"

    def __init__(
        self, *, file: str, line: int = 0, field: str = "", value: str | None = None, why: str, remedy: str
    ) -> None:
        super().__init__(where=f"{file}:{line}" if line else file, value=value, why=why, remedy=remedy)
        self.file, self.line, self.field = file, line, field
