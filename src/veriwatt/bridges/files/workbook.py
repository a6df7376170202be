"""A workbook opened with openpyxl, of which only what readings need is read: texts, formats, and the rows of sheets.

openpyxl would read more, and keep much of it: chart sheets, properties, names, links, and of each sheet the looks of
its rows and columns, merged cells and conditional formats. All that is parsed is read through `BoundedXml`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from itertools import repeat
from typing import IO, Any, BinaryIO, cast
from xml.etree.ElementTree import Element, iterparse

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils import get_column_letter
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import DATA_TAG, FORMULA_TAG, ROW_TAG, WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from veriwatt.bridges.files.bounded_xml import MOST_ELEMENTS, BoundedXml
from veriwatt.bridges.files.row_source import BATCH_ROWS, Progress
from veriwatt.bridges.files.unreadable import UnreadableFile

LARGEST_TEXTS = 64 << 20
"""The most bytes of each part that is read whole, such as the texts that cells share."""

MOST_SHEETS = 1 << 10

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
"""The limits of a sheet in the format."""

ELEMENTS_MORE, TEXTS_MORE = 1 << 16, 1 << 17
"""By how many the elements of a part that is read whole, and the texts that cells share, may be more than the bytes of
the workbook: Excel takes two bytes for each."""

LONGEST_CELL = 32_767
"""The most characters of a cell in Excel. Many cells may share a longer text, each of which would be read anew."""

LONGEST_FORMAT = 1 << 10
"""The most characters of a number format; Excel allows 255."""

AS_CSV = "save the sheet with the readings as CSV"

_TABLE, _ITEM, _TEXT, _RUN = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("sst", "si", "t", "r"))


def open_workbook(raw: BinaryIO, file: str, *, data_only: bool) -> Workbook:
    """A workbook whose sheets are `Sheet`; what is `data_only` has the saved values of formulas."""
    parts = _Parts(raw, file)
    reader = _Reader(parts, data_only=data_only)
    reader.read()
    return reader.wb


class _Parts(zipfile.ZipFile):
    """The parts of a workbook, each as bounded XML."""

    def __init__(self, raw: BinaryIO, file: str) -> None:
        super().__init__(raw)
        self.file, self.size = file, raw.seek(0, io.SEEK_END)

    def open(self, name: Any, *_: Any, **__: Any) -> Any:
        """A part that is read whole."""
        most = min(MOST_ELEMENTS, ELEMENTS_MORE + self.size)
        return BoundedXml(super().open(name), self.file, name, most_bytes=LARGEST_TEXTS, most_elements=most)

    def open_rows(self, name: str) -> BoundedXml:
        """A sheet that is read a row at a time."""
        return BoundedXml(super().open(name), self.file, name)

    def open_bytes(self, name: str) -> IO[bytes]:
        """A part that is not parsed."""
        return super().open(name)


class _Reader(ExcelReader):  # type: ignore[misc]
    """Reads the parts that readings need."""

    def __init__(self, parts: _Parts, *, data_only: bool) -> None:
        self.archive, self.valid_files = parts, frozenset(parts.namelist())
        self.read_only, self.data_only = True, data_only
        self.keep_vba = self.keep_links = self.rich_text = False
        self.shared_strings = list[str]()

    def read(self) -> None:
        self.read_manifest()
        self.read_strings()
        self.read_workbook()
        apply_stylesheet(self.archive, self.wb)
        if any(len(each) > LONGEST_FORMAT for each in self.wb._number_formats):  # noqa: SLF001 - no other list of them
            raise self._refused(f"a number format of more than {LONGEST_FORMAT:,} characters")
        self.read_worksheets()

    def read_strings(self) -> None:
        part, most = self.package.find(SHARED_STRINGS), TEXTS_MORE + self.archive.size
        if part is None:
            return
        with self.archive.open(part.PartName[1:]) as xml:
            for item in _each(xml, _ITEM, within=_TABLE):
                xml.taken(0)
                runs = (item, *item.findall(_RUN))
                self.shared_strings.append("".join(run.findtext(_TEXT, "") for run in runs).replace("x005F_", ""))
                if len(self.shared_strings) > most:
                    raise self._refused(f"more than {most:,} texts in a workbook of {self.archive.size:,} bytes")

    def read_worksheets(self) -> None:
        sheets = [(sheet, rel) for sheet, rel in self.parser.find_sheets() if rel.target in self.valid_files]
        if len(sheets) > MOST_SHEETS:
            raise self._refused(f"more than {MOST_SHEETS:,} sheets")
        for sheet, rel in sheets:
            if "chartsheet" not in rel.Type:
                found = Sheet(self.wb, sheet.name, rel.target, self.shared_strings)
                found.sheet_state = sheet.state
                self.wb._sheets.append(found)  # noqa: SLF001 - as ExcelReader does

    def _refused(self, why: str) -> UnreadableFile:
        return UnreadableFile(file=self.archive.file, why=why, remedy=AS_CSV)


class Sheet(ReadOnlyWorksheet):  # type: ignore[misc]
    """A sheet that is read a row at a time."""

    def _get_size(self) -> None:
        """A sheet has as many rows as it is found to have."""

    @property
    def _parts(self) -> _Parts:
        return cast("_Parts", self.parent._archive)  # noqa: SLF001 - openpyxl has no other way

    def xml(self) -> IO[bytes]:
        """The bytes of its XML, which are not to be parsed."""
        return self._parts.open_bytes(self._worksheet_path)

    def cell_rows(self, on_progress: Progress | None = None, *, values_only: bool) -> Iterator[tuple[Any, ...]]:
        """Every row from the first, each up to its last cell; rows that are nowhere in the file are empty."""
        book, after, empty = self.parent, 0, ()
        size = self._parts.getinfo(self._worksheet_path).file_size
        formats = {"date_formats": book._date_formats, "timedelta_formats": book._timedelta_formats}  # noqa: SLF001 - as above
        with self._parts.open_rows(self._worksheet_path) as xml:
            parser = _RowParser(xml, self._shared_strings, data_only=book.data_only, epoch=book.epoch, **formats)
            for count, element in enumerate(_each(xml, ROW_TAG, within=DATA_TAG), 1):
                line, cells = parser.parse_row(element)
                xml.taken(line)
                if on_progress is not None and not count % BATCH_ROWS:
                    on_progress(xml.tell(), size)
                if count > MOST_ROWS:
                    raise UnreadableFile(file=xml.file, line=line, why="more rows than Excel has", remedy=AS_CSV)
                yield from repeat(empty, line - after - 1)
                if line > after:
                    yield self._get_row(cells, values_only=values_only)
                after = max(after, line)


class _RowParser(WorkSheetParser):  # type: ignore[misc]
    """Reads rows one at a time, and keeps nothing of them."""

    def parse_row(self, row: Element) -> tuple[int, list[dict[str, Any]]]:
        found: tuple[int, list[dict[str, Any]]] = super().parse_row(row)
        self.row_dimensions.clear()
        return found

    def parse_cell(self, element: Element) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        text = cell["value"]
        if isinstance(text, str) and len(text) > LONGEST_CELL:
            place = f"{get_column_letter(cell['column'])}{cell['row']}"
            why = f"a text of {len(text):,} characters in the cell {place}, where Excel holds {LONGEST_CELL:,}"
            remedy = f"shorten it, or {AS_CSV}"
            raise UnreadableFile(file=self.source.file, line=cell["row"], value=text, why=why, remedy=remedy)
        return cell

    def parse_formula(self, element: Element) -> Any:
        """A formula that several cells share is for each of them as it is written in the first: it is only shown."""
        formula = element.find(FORMULA_TAG)
        if formula is None or formula.get("t") != "shared":
            return super().parse_formula(element)
        return self.shared_formulae.setdefault(formula.get("si"), f"={formula.text or ''}")


def _each(xml: BoundedXml, tag: str, *, within: str) -> Iterator[Element]:
    """Every element `tag` in order; those before it in the one around it, `within`, are not kept, nor is its rest."""
    around = None
    for event, element in iterparse(cast("BinaryIO", xml), ("start", "end")):  # noqa: S314 - bounded, and without a document type
        if event == "start":
            around = element if element.tag == within else around
        elif element.tag == tag:
            yield element
            element.clear()
            if around is not None:
                around.clear()
        elif element is around:
            return
