"""Files of a few bytes that would make an import work or keep much are refused at their place, with what to do."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.workbooks import NAMES, workbook
from tests.unit.bridges.file_world import NOW, write_mapping
from veriwatt.bridges.files.decimals import Decimals
from veriwatt.bridges.files.read_file import read_file
from veriwatt.metering.series import SourceReadings
from veriwatt.units import Decimal10

MIB = 1 << 20
TIME, ROW = "2025-03-10T00:{0:02}", '<row r="{0}"><c r="A{0}" t="s"><v>0</v></c><c r="B{0}"><v>1</v></c></row>'
GOOD = '<row r="2"><c r="A2" t="str"><v>2025-03-10T00:00</v></c><c r="B2"><v>1</v></c></row>'


def rows(row: str, first: int, last: int) -> str:
    return "".join(row.format(n) for n in range(first, last + 1))


def test_a_row_of_very_many_attributes_is_refused(tmp_path: Path) -> None:
    attributes = " ".join(f'a{n}=">"' for n in range(400_000))
    refused = refusal(workbook(tmp_path, f'{NAMES}{GOOD}<row r="3" {attributes}/>'), tmp_path)
    assert refused == (2, "a tag, with its attributes, or a comment of more than 65,536 bytes")


def test_a_comment_without_an_end_in_sight_is_refused(tmp_path: Path) -> None:
    refused = refusal(workbook(tmp_path, f"{NAMES}<!--{'<' * 4 * MIB}-->"), tmp_path)
    assert refused == (1, "a tag, with its attributes, or a comment of more than 65,536 bytes")


@pytest.mark.parametrize("inside", ["<c/>", '<c t="inlineStr"><is><t>a</t></is></c>', "<x><y/></x>"])
def test_a_row_of_more_elements_than_any_has_is_refused_before_it_is_built(tmp_path: Path, inside: str) -> None:
    source = workbook(tmp_path, f'{NAMES}<row r="2">{inside * 200_000}{"<c/>" * 100_000}</row>')
    assert refusal(source, tmp_path) == (1, "more than 262,144 elements of XML where Excel writes one row or part")


def test_a_row_of_more_bytes_than_any_has_is_refused_before_it_is_built(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(10 * MIB).hex()
    source = workbook(tmp_path, f'{NAMES}<row r="2"><c r="A2" t="str"><v>{noise}</v></c></row>')
    assert refusal(source, tmp_path) == (1, "more than 16,777,216 bytes of XML where Excel writes one row or part")


def test_a_text_that_no_cell_holds_is_refused_however_many_cells_share_it(tmp_path: Path) -> None:
    source = workbook(tmp_path, NAMES + rows(ROW, 2, 2_000), texts=f"<si><t>{'B' * MIB}</t></si>")
    assert source.stat().st_size < MIB // 8
    refused = refusal(source, tmp_path)
    assert refused == (2, "a text of 1,048,576 characters in the cell A2, where Excel holds 32,767")


def test_the_longest_text_of_a_cell_is_one_bad_value(tmp_path: Path) -> None:
    source = workbook(tmp_path, NAMES + ROW.format(2), texts=f"<si><t>{'B' * 32_767}</t></si>")
    assert "no time of format" in read(source, tmp_path).rejected[0].why


def test_more_shared_texts_than_the_bytes_of_the_file_can_be_are_refused(tmp_path: Path) -> None:
    refused = refusal(workbook(tmp_path, NAMES + ROW.format(2), texts="<si/>" * MIB), tmp_path)
    assert "texts in a workbook of" in refused[1]


def test_more_formats_than_the_bytes_of_the_file_can_be_are_refused(tmp_path: Path) -> None:
    styles = f"<cellXfs>{'<xf/>' * 100_000}</cellXfs>"
    refused = refusal(workbook(tmp_path, NAMES + ROW.format(2), styles=styles), tmp_path)
    assert "elements of XML where Excel writes one row or part" in refused[1]


def test_a_number_format_longer_than_any_is_refused(tmp_path: Path) -> None:
    numbers = f'<numFmts><numFmt numFmtId="170" formatCode="{"0" * 2_000}"/></numFmts>'
    normal = '<cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf numFmtId="170"/></cellXfs>'
    looks = "<fonts><font/></fonts><fills><fill><patternFill/></fill></fills><borders><border/></borders>"
    styles = f'{numbers}{looks}{normal}<cellStyles><cellStyle name="Normal" xfId="0"/></cellStyles>'
    refused = refusal(workbook(tmp_path, NAMES + ROW.format(2), styles=styles), tmp_path)
    assert refused == (0, "a number format of more than 1,024 characters")


def test_one_part_listed_as_very_many_sheets_is_refused(tmp_path: Path) -> None:
    sheet = '<sheet xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId1"'
    sheets = "".join(f'{sheet} name="S{n}" sheetId="{n}"/>' for n in range(2, 2_000))
    assert refusal(workbook(tmp_path, NAMES, sheets=sheets), tmp_path) == (0, "more than 1,024 sheets")


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    """It could give every cell thousands of attributes."""
    attributes = " ".join(f'a{n} CDATA "1"' for n in range(2_000))
    source = workbook(tmp_path, NAMES + GOOD, before=f"<!DOCTYPE worksheet [<!ATTLIST c {attributes}>]>")
    assert refusal(source, tmp_path) == (0, "a document type, which no workbook has")


def test_a_formula_that_many_cells_share_is_not_written_anew_for_each(tmp_path: Path) -> None:
    first = f'<row r="2"><c r="A2" t="str"><f t="shared" si="0">{"A1+" * 2_000}1</f></c></row>'
    source = workbook(tmp_path, NAMES + first + rows('<row r="{0}"><c r="A{0}"><f t="shared" si="0"/></c></row>', 3, 9))
    found = read(source, tmp_path)
    assert [(each.line, each.value[:9]) for each in found.rejected] == [(n, "=A1+A1+A1") for n in range(2, 10)]


def test_blank_lines_of_a_small_packed_file_are_refused_with_their_number(tmp_path: Path) -> None:
    line, why = refusal(packed(tmp_path, [b"when,p\n", *[b"\n" * MIB] * 64]), tmp_path)
    assert MIB < line < 2 * MIB
    assert why.startswith(f"{line - 1:,} lines in ")


def test_one_line_again_and_again_in_a_small_packed_file_is_refused(tmp_path: Path) -> None:
    line, why = refusal(packed(tmp_path, [b"when,p\n", *[b"1\n" * MIB] * 8]), tmp_path)
    assert MIB < line < 2 * MIB
    assert why.startswith(f"{line - 1:,} lines in ")


def test_fields_of_nothing_in_a_small_packed_file_are_refused(tmp_path: Path) -> None:
    _, why = refusal(packed(tmp_path, [b"when,p\n", *[b"," * (MIB - 1) + b"\n"] * 80]), tmp_path)
    assert "bytes unpack to" in why


def test_blank_lines_are_told_while_they_are_read(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    source = packed(tmp_path, [b"when,p\n", b"\n" * MIB])
    read_file(source, write_mapping(tmp_path), now=NOW, on_progress=lambda *told: seen.append(told))
    assert len(seen) > 3


def test_rows_of_a_sheet_are_told_as_bytes_of_it_also_where_they_are_blank(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    source = workbook(tmp_path, NAMES + rows('<row r="{0}"/>', 2, 20_000))
    read_file(source, write_mapping(tmp_path), now=NOW, on_progress=lambda *told: seen.append(told))
    assert len(seen) == 20_000 // 4_096
    assert all(20_000 < done <= total for done, total in seen)


def test_long_texts_of_numbers_are_not_kept() -> None:
    decimals = Decimals(resolution=Decimal10(1, 0), factor=Decimal10(1, 0), rounded=False, missing=frozenset())
    decimals.convert(["7" * 100_000, "x" * 100_000, "7"])
    assert list(decimals) == ["7"]


def test_honest_files_with_blank_lines_at_their_end_are_read(tmp_path: Path) -> None:
    data = b"".join(b"2025-03-10T%02d:%02d,1\n" % (n // 4, n % 4 * 15) for n in range(96))
    source = packed(tmp_path, [b"when,p\n", b"\n" * 3_000, data, b",\n" * 500_000, b"\n" * 500_000])
    assert readings(source, tmp_path) == 96


def test_an_honest_sheet_of_many_bytes_is_read(tmp_path: Path) -> None:
    noise = random.Random(1)

    def cells() -> Iterator[str]:
        for n in range(96):
            text, at = noise.randbytes(15_000).hex(), f"2025-03-10T{n // 4:02}:{n % 4 * 15:02}"
            more = "".join(f'<c t="str"><v>{text}</v></c>' for _ in range(8))
            yield f'<row><c t="str"><v>{at}</v></c><c><v>1</v></c>{more}</row>'

    names = "".join(f'<c t="str"><v>{name}</v></c>' for name in ("when", "p", *"abcdefgh"))
    assert readings(workbook(tmp_path, f"<row>{names}</row>{''.join(cells())}"), tmp_path) == 96


def packed(folder: Path, parts: list[bytes]) -> Path:
    """A file of these bytes in gzip, which is small."""
    path = folder / "x.csv.gz"
    with gzip.open(path, "wb", 9) as file:
        for part in parts:
            file.write(part)
    assert path.stat().st_size < MIB // 4
    return path


def readings(source: Path, folder: Path) -> int:
    """The number of readings of the one point of a good file."""
    found = read(source, folder)
    assert not found.rejected_count, found.rejected
    return len(found.series[0].values)


def refusal(source: Path, folder: Path) -> tuple[int, str]:
    """The line of the one error for which a whole file is refused, and its reason without place in XML and remedy."""
    found = read(source, folder)
    assert (found.series, found.rejected_count) == ((), 1), found.rejected
    why = found.rejected[0].why
    assert "; " in why, "a remedy"
    return found.rejected[0].line, why.partition("; ")[0].partition(", behind")[0].partition(", in its part")[0]


def read(source: Path, folder: Path) -> SourceReadings:
    return read_file(source, write_mapping(folder), now=NOW)
