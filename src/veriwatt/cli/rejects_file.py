"""The file of `--rejects`: every refused row of an import as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from veriwatt.cli.csv_cells import csv_cell
from veriwatt.cli.files import OutputFile
from veriwatt.metering.rejections import Rejection

CHUNK = 1 << 18
"""Characters that are held back before they are written."""


class RejectsFile:
    """A file of refused rows, with a header; it takes its place when `finish` is called."""

    def __init__(self, file: OutputFile) -> None:
        self._file, self._text = file, io.StringIO()
        self._rows = csv.writer(self._text, lineterminator="\n")
        self._rows.writerow(["file", "line", "field", "value", "why"])

    def add(self, r: Rejection) -> None:
        self._rows.writerow(map(csv_cell, (r.source, r.line, r.field, r.value, r.why)))
        if self._text.tell() >= CHUNK:
            self._flush()

    def finish(self) -> None:
        """Put the file in its place, before anything is signed: a file that cannot be written then stops the import.

        Raises:
            Unavailable: it cannot be written.
        """
        self._flush()
        self._file.finish()

    def _flush(self) -> None:
        self._file.append(self._text.getvalue().encode())
        self._text.seek(0)
        self._text.truncate()


@contextmanager
def rejects_file(path: Path | None, *inputs: Path) -> Iterator[RejectsFile | None]:
    """The file at `path`, or None without one.

    Raises:
        BadInput: the file is one of `inputs`, which the import reads, or lies in a home.
    """
    if path is None:
        yield None
        return
    with OutputFile(path, *inputs) as file:
        yield RejectsFile(file)
