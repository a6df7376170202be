"""Workbooks whose XML is written by hand."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook

SHEET, TEXTS, STYLES, BOOK = (f"xl/{name}.xml" for name in ("worksheets/sheet1", "sharedStrings", "styles", "workbook"))
TYPES = "[Content_Types].xml"
TEXTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'

NAMES = '<row r="1"><c r="A1" t="str"><v>when</v></c><c r="B1" t="str"><v>p</v></c></row>'
"""The header of the mappings of `file_world`."""


def workbook(folder: Path, rows: str, *, before: str = "", **parts: str) -> Path:
    """A workbook of one sheet with these rows, with `before` before the root of its XML.

    `texts` and `styles` are what is in the parts of that name; `sheets` is what the workbook lists after its sheet.
    """
    book, made = BytesIO(), Workbook()
    made.active["A1"] = 1
    made.save(book)
    path = folder / "book.xlsx"
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            text = old.read(part).decode()
            if part.filename == TYPES:
                text = text.replace("</Types>", f'<Override PartName="/{TEXTS}" ContentType="{TEXTS_TYPE}"/></Types>')
            if part.filename == STYLES and "styles" in parts:
                text = f"<styleSheet {MAIN}>{parts['styles']}</styleSheet>"
            if part.filename == SHEET:
                head, _, rest = text.partition("<sheetData>")
                text = f"{before}{head}<sheetData>{rows}</sheetData>{rest.partition('</sheetData>')[2]}"
            if part.filename == BOOK:
                text = text.replace("</sheets>", parts.get("sheets", "") + "</sheets>")
            new.writestr(part.filename, text)
        new.writestr(TEXTS, f"<sst {MAIN}>{parts.get('texts', '')}</sst>")
    return path
