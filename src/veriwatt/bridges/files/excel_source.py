"""Excel workbooks (.xlsx), read by openpyxl a row at a time.

A number in a workbook is a binary fraction; it is read as the shortest decimal for it, as Excel displays it. A number
of which Excel displays another one, by the format of its cell, is rejected.

A formula is read as its saved value; a formula without one is rejected, because Excel would display a
number and openpyxl reads a blank cell. One whose saved value is the empty text, as of =IF(A1="","",A1), is a blank
cell. Rejected is every formula of a workbook that Excel is told to calculate when it
opens it: the program that wrote it saved no values, or zeros.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import chain, islice
from typing import IO, Any, BinaryIO, TypeVar

from openpyxl.cell.cell import TYPE_FORMULA_CACHE_STRING
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from veriwatt.bridges.files.merged_rows import merged_as_texts
from veriwatt.bridges.files.number_formats import shown_otherwise, shows_date_alone
from veriwatt.bridges.files.row_source import Progress, RowBatch, in_batches, numbered, rows_per_batch
from veriwatt.bridges.files.sheet_cells import in_format, is_shown_otherwise
from veriwatt.bridges.files.sheet_xml import MergedCells, NumberedRows, merged_cells, times_with_offset, with_offsets
from veriwatt.bridges.files.timestamps import Cell
from veriwatt.bridges.files.unreadable import UnreadableFile
from veriwatt.bridges.files.workbook import LARGEST_TEXTS, MOST_COLUMNS, MOST_ROWS, Sheet, open_workbook
from veriwatt.metering.rejections import Rejections

LARGEST = 1 << 30
"""The most bytes to which all parts of a workbook together may unpack."""

RATIO, RATIO_FROM = 50, 8 << 20
"""Beyond `RATIO_FROM` bytes, a workbook may unpack to at most `RATIO` times its own bytes."""

MOST_BLANKS = 20_000_000
"""The most cells of a sheet that are nowhere in its file: openpyxl fills each row up to its last cell."""

MOST_DRIFT = timedelta(milliseconds=350)
"""The most by which a time that is counted up row by row (=A2+1/96) is off: a time is a number of days, each sum of
two is off by a third of a microsecond at most, and a sheet has a million rows."""

MOST_MERGED = 1 << 18

_MIDNIGHT, _HALF_SECOND = time(), timedelta(milliseconds=500)

Found = TypeVar("Found")
Rows = Iterator[tuple[Any, ...]]


class _ShownDate(datetime):
    """A midnight that its cell shows as a date alone; elsewhere than in a timestamp it is a time as any other."""


class ExcelSource:
    """Rows of one sheet; the first row that is not blank names the columns, if there is a `header`.

    Blank rows are skipped.
    """

    def __init__(
        self,
        raw: BinaryIO,
        *,
        file: str,
        sheet: str | None,
        header: bool,
        rejections: Rejections,
        on_progress: Progress | None,
    ) -> None:
        self._raw, self._file, self._rejections = raw, file, rejections
        self._check_size()
        book = self._load(data_only=True)
        self.sheets = names = tuple(worksheet.title for worksheet in book.worksheets)
        if not names or (sheet is not None and sheet not in names):
            known = f"its sheets: {', '.join(names)}"
            raise UnreadableFile(file=file, value=sheet, why="no such sheet", remedy=f"name one in `sheet`; {known}")
        if sheet is None and book.worksheets[0].sheet_state != "visible":
            why, known = f"its first sheet, {names[0]!r}, is hidden", f"its sheets: {', '.join(names)}"
            raise UnreadableFile(file=file, why=why, remedy=f"name the one that is meant in `sheet`; {known}")
        self.sheet = names[0] if sheet is None else sheet
        self._gives_formulas = book.calculation is not None and bool(book.calculation.fullCalcOnLoad)
        self._worksheet = worksheet = (self._load(data_only=False) if self._gives_formulas else book)[self.sheet]
        self._values = self._numbered(worksheet, partial(_stored_rows, on_progress=on_progress))
        line, first = next(((line, row) for line, row in self._values if not _is_blank(row)), (0, ()))
        if not first:
            raise UnreadableFile(file=file, why="no data row: the sheet is empty", remedy="name a sheet with readings")
        self.columns = tuple(_text(cell) for cell in first) if header else numbered(len(first))
        if not header:
            self._values = chain([(line, first)], self._values)

    def batches(self, timestamp: int, wanted: Sequence[int]) -> Iterator[RowBatch]:
        asked = (timestamp, *wanted)
        told = merged_as_texts(self._rows(asked), asked, self._merged())
        for lines, rows in in_batches(told, rows_per_batch(len(self.columns) + 1)):
            yield RowBatch(
                lines, [_timestamp(row[timestamp]) for row in rows], [[_text(row[i]) for row in rows] for i in wanted]
            )

    def whole_rows(self) -> NumberedRows:
        return self._rows(range(len(self.columns)))

    def _rows(self, asked: Sequence[int]) -> NumberedRows:
        """The rows that are not blank; in the columns `asked`, a formula without a saved value is its text.

        The formulas are read in step with the values, from the first blank cell on: openpyxl gives one or the other.
        So are the types of what is saved for them, from the first such formula on.
        """
        width = len(self.columns)
        formulas, types = self._again(_stored_rows, data_only=False), self._again(_types, data_only=True)
        for line, row in with_offsets(self._values, self._in_xml(times_with_offset)):
            whole = tuple(row) + (None,) * (width - len(row))
            if not self._gives_formulas and (blank := [i for i in asked if whole[i] is None]):
                unsaved = _unsaved(line, blank, formulas, types)
                whole = tuple(unsaved.get(i, cell) for i, cell in enumerate(whole))
            if any(cell is not None for cell in whole[width:]):
                self._rejections.unplaced.append(line)
                fields = f"{len(row)} fields where the first row has {width}"
                self._rejections.add(line, "", "", f"a row of another field count: {fields}")
            elif not _is_blank(whole):
                yield line, whole

    def _check_size(self) -> None:
        try:
            with zipfile.ZipFile(self._raw) as parts:
                sizes = [(part.filename, part.file_size) for part in parts.infolist()]
        except Exception as error:  # noqa: BLE001 - openpyxl may raise anything for hostile bytes
            raise self._damaged(error) from None
        size, packed = sum(n for _, n in sizes), self._raw.seek(0, io.SEEK_END)
        whole = max((n for name, n in sizes if not name.startswith("xl/worksheets/")), default=0)
        if size > min(LARGEST, max(RATIO_FROM, RATIO * packed)) or whole > LARGEST_TEXTS:
            why = f"a workbook of {packed:,} bytes that unpacks to {size:,}"
            raise UnreadableFile(file=self._file, why=why, remedy="save it as CSV")
        self._most_cells = MOST_BLANKS + size

    def _load(self, *, data_only: bool) -> Any:
        self._raw.seek(0)
        try:
            return open_workbook(self._raw, self._file, data_only=data_only)
        except UnreadableFile:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            raise self._damaged(error) from None

    def _again(self, cells: Callable[[Any], Rows], *, data_only: bool) -> NumberedRows:
        """The rows of the sheet once more; it is opened when the first is asked for."""
        yield from self._numbered(self._load(data_only=data_only)[self.sheet], cells)

    def _numbered(self, worksheet: Any, cells: Callable[[Any], Rows]) -> NumberedRows:
        line = seen = 0
        try:
            for row in cells(worksheet):
                line += 1
                seen += len(row)
                if line > MOST_ROWS or len(row) > MOST_COLUMNS or seen > self._most_cells:
                    why = "a sheet beyond what Excel allows, or of blank cells to the right of its rows"
                    raise UnreadableFile(file=self._file, line=line, why=why, remedy="delete those, or save it as CSV")
                yield line, row
        except UnreadableFile:
            raise
        except Exception as error:  # noqa: BLE001 - as above; only openpyxl runs in here
            raise self._damaged(error) from None

    def _merged(self) -> list[MergedCells]:
        found = list(islice(self._in_xml(merged_cells), MOST_MERGED + 1))
        if len(found) > MOST_MERGED:
            raise UnreadableFile(file=self._file, why=f"more than {MOST_MERGED:,} merged cells", remedy="unmerge them")
        return found

    def _in_xml(self, find: Callable[[IO[bytes]], Iterator[Found]]) -> Iterator[Found]:
        """What is found in the XML of the sheet."""
        try:
            with self._worksheet.xml() as xml:
                yield from find(xml)
        except Exception as error:  # noqa: BLE001 - as above
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> UnreadableFile:
        return UnreadableFile(file=self._file, why=f"a damaged workbook: {error}", remedy="open and save it in Excel")


def _stored_rows(worksheet: Sheet, on_progress: Progress | None = None) -> Rows:
    """The values of each row; a number that is shown as another one is its text, which no column accepts.

    Cells with their formats take longer to read, and few workbooks have formats that matter.
    """
    styles = range(len(worksheet.parent._cell_styles))  # noqa: SLF001 - openpyxl has no other list of them
    formats = {ReadOnlyCell(worksheet, 1, 1, None, style_id=style).number_format for style in styles}
    if not any(shown_otherwise(each) or shows_date_alone(each) for each in formats):
        yield from worksheet.cell_rows(on_progress, values_only=True)
        return
    for cells in worksheet.cell_rows(on_progress, values_only=False):
        yield tuple(_value(cell) for cell in cells)


def _value(cell: Any) -> Any:
    value = cell.value
    if isinstance(value, datetime) and value.time() == _MIDNIGHT and shows_date_alone(cell.number_format):
        return _ShownDate(value.year, value.month, value.day)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return in_format(value, cell.number_format) if is_shown_otherwise(value, cell.number_format) else value


def _is_blank(row: Sequence[Any]) -> bool:
    return all(cell is None for cell in row)


def _types(worksheet: Sheet) -> Rows:
    """The type of what is stored in each cell."""
    for cells in worksheet.cell_rows(values_only=False):
        yield tuple(cell.data_type for cell in cells)


def _unsaved(line: int, blank: Sequence[int], formulas: NumberedRows, types: NumberedRows) -> dict[int, Any]:
    """The formulas of a line without a saved value in the `blank` columns; not those that saved an empty text."""
    cells = _row(formulas, line)
    found = {i: cells[i] for i in blank if i < len(cells) and cells[i] is not None}
    saved = _row(types, line) if found else ()
    return {i: formula for i, formula in found.items() if saved[i] != TYPE_FORMULA_CACHE_STRING}


def _row(rows: NumberedRows, line: int) -> Sequence[Any]:
    """The row of a line, where none was asked for that comes later."""
    return next((row for at, row in rows if at == line), ())


def _timestamp(cell: Any) -> Cell:
    if isinstance(cell, _ShownDate):
        return cell.date()
    if isinstance(cell, datetime):
        second = (cell + _HALF_SECOND).replace(microsecond=0)
        return second if abs(second - cell) <= MOST_DRIFT else cell
    return cell if isinstance(cell, date | datetime) else _text(cell)


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, ArrayFormula | DataTableFormula):
        return str(getattr(cell, "text", "=TABLE()"))
    return repr(cell) if isinstance(cell, float) else str(cell)
