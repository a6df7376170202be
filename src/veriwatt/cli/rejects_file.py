"""The file of `--rejects`: every refused row of an import as CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from veriwatt.errors import BadInput
from veriwatt.metering.rejections import Rejection


@contextmanager
def rejects_file(path: Path | None) -> Iterator[Callable[[Rejection], None] | None]:
    """A function that writes one rejection, or None without a path; a new file with a header, closed at the end.

    Raises:
        BadInput: the file cannot be written.
    """
    if path is None:
        yield None
        return
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["file", "line", "field", "value", "why"])
            yield lambda r: writer.writerow([r.source, r.line, r.field, r.value, r.why])
    except OSError as error:
        why, remedy = f"cannot be written: {error.strerror}", "name a file that you may write"
        raise BadInput(where=str(path), value=None, why=why, remedy=remedy) from error
