from __future__ import annotations

import gzip
import os
import re
from pathlib import Path

import pytest

from tests.unit.bridges.file_world import NOW, Map, Read
from veriwatt.bridges.files import inflate
from veriwatt.bridges.files.read_file import read_file
from veriwatt.errors import BadInput
from veriwatt.metering.series import SourceReadings

ROWS = "".join(f"2024-03-10 {h:02d}:00,{h}.5\n" for h in range(24))
TEXT = "when,p\n" + ROWS


def values(readings: SourceReadings) -> list[int]:
    (series,) = readings.series
    return [int(value) for value in series.values[series.statuses == 1]]


GOOD = [h * 10 + 5 for h in range(24)]


@pytest.mark.parametrize(
    ("content", "file"),
    [
        (TEXT, {}),
        ("\ufeff" + TEXT, {}),
        (TEXT.replace("\n", "\r\n"), {}),
        (TEXT.replace("\n", "\r"), {}),
        (TEXT.replace("\n", "\n\n") + "\n\n", {}),
        (TEXT.rstrip("\n"), {}),
        (TEXT.replace(",", ";"), {"delimiter": '";"'}),
        (TEXT.replace(",", "\t"), {"delimiter": '"\\t"'}),
        (re.sub(r"(\d+\.5)", r'"\1"', TEXT), {}),
        (TEXT.encode("utf-16"), {"encoding": '"utf-16"'}),
        (("\ufeff" + TEXT).encode("utf-16-le"), {"encoding": '"utf-16-le"'}),
        (",,\n" + TEXT + ",\n,\n,,,\n", {}),
        (("时间,p\n" + ROWS).encode("gb18030"), {"encoding": '"gb18030"', "timestamp": '"时间"'}),
        ("时间,p\n" + ROWS, {"timestamp": '"时间"'}),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_every_encoding_and_line_end_of_a_text_gives_the_same_readings(
    read: Read, content: str | bytes, file: dict[str, str], packed: bool
) -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    readings = read(gzip.compress(raw) if packed else raw, name="any.name", **file)

    assert (values(readings), readings.rejected) == (GOOD, ())


def test_line_numbers_are_those_of_the_file(read: Read) -> None:
    text = 'when,p,note\n\n2024-03-10 00:00,x,"two\nlines"\n2024-03-10 01:00,y,\r\n2024-03-10 02:00,z,ok'
    readings = read(text)

    assert [(r.line, r.field, r.value) for r in readings.rejected] == [(3, "p", "x"), (5, "p", "y"), (6, "p", "z")]


def test_a_row_with_too_few_or_many_fields_is_rejected(read: Read) -> None:
    readings = read("when,p\n2024-03-10 00:00\n2024-03-10 00:15,1,2\n2024-03-10 00:30,3\n")

    assert [(r.line, r.field) for r in readings.rejected] == [(2, ""), (3, "")]
    assert values(readings) == [30]


def test_all_rejections_are_counted_and_the_first_twenty_listed_in_order(read: Read) -> None:
    rows = [f"2024-03-{1 + i // 96:02d} {i % 96 // 4:02d}:{i % 4 * 15:02d},{'x' if i % 2 else i}" for i in range(2_000)]
    rows[5:6] = ["short"]
    readings = read("when,p\n" + "\n".join(rows) + "\n")

    assert readings.rejected_count == 1_000
    assert [r.line for r in readings.rejected] == [3 + 2 * i for i in range(20)]
    assert readings.rejected[2].field == ""


def test_values_finer_than_the_resolution_are_rejected_with_their_lines(read: Read) -> None:
    readings = read("when,p\n2024-03-10 00:00,1.5\n2024-03-10 00:15,9999.05\n")

    assert [(r.line, r.value, "resolution" in r.why) for r in readings.rejected] == [(3, "9999.05", True)]


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"", 0, "no data row"),
        (b"\n\n", 0, "no data row"),
        (b"when,p\n", 0, "no data row"),
        (b"when,p\n2024-03-10 00:00,\n", 0, "no data row"),
        (b"\xff\xfe\x00", 1, "not UTF-8"),
        (b"when,p\n2024-03-10 00:00,\xb5\n", 2, "not UTF-8"),
        (b"when,p\n" + "ä\n".encode() * 9 + b"2024-03-10 00:00,\xc3", 11, "not UTF-8"),
        (b'when,p\n2024-03-10 00:00,"1"2\n', 2, "delimiter"),
        (b'when,p\n"' + b"2024-03-10 00:00,1\n" * 100_000, 2, ""),
        (b"when,p\n" + b"x" * (3 << 20), 2, "too long"),
        (b"a" + b"," * 70_000 + b"\n", 0, "columns"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-8], 0, "gzip"),
        (gzip.compress(TEXT.encode(), mtime=0)[:40], 0, "gzip"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-8] + b"12345678", 0, "gzip"),
        (gzip.compress(TEXT.encode(), mtime=0) + b"tail", 0, "gzip"),
        (b"\x1f\x8b", 0, "gzip"),
    ],
)
def test_an_unreadable_file_is_one_rejection_and_no_series(read: Read, content: bytes, line: int, says: str) -> None:
    readings = read(content)

    assert [(r.line, says in r.why) for r in readings.rejected] == [(line, True)]
    assert (readings.series, readings.rejected_count) == ((), 1)


def test_text_in_another_encoding_than_named_is_rejected(read: Read) -> None:
    readings = read(TEXT.encode() + b"\xff", encoding='"ascii"')

    assert "ascii" in readings.rejected[0].why


def test_a_quote_that_is_never_closed_does_not_swallow_the_file(read: Read) -> None:
    readings = read('when,p\n"\n' + '","\n' * 500_000)

    assert "quote" in readings.rejected[0].why


def test_a_gzip_bomb_is_rejected(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inflate, "RATIO_FROM", 1 << 20)
    packed = gzip.compress(b"when,p\n" + (b"," * 100_000 + b"\n") * 80)

    assert f"its first {len(packed):,} bytes unpack to" in read(packed).rejected[0].why


def test_progress_reaches_the_end_of_the_file(tmp_path: Path, mapping: Map) -> None:
    (tmp_path / "x.csv").write_text(TEXT)
    seen: list[tuple[int, int]] = []
    read_file(tmp_path / "x.csv", mapping(), now=NOW, on_progress=lambda done, total: seen.append((done, total)))

    assert seen == [(len(TEXT), len(TEXT))]


def test_a_file_that_changes_while_it_is_read_gives_no_series(tmp_path: Path, mapping: Map) -> None:
    path = tmp_path / "x.csv"
    path.write_text(TEXT)

    def change(done: int, total: int) -> None:
        path.write_text(TEXT + ROWS)

    readings = read_file(path, mapping(), now=NOW, on_progress=change)

    assert ["changed" in r.why for r in readings.rejected] == [True]
    assert readings.series == ()


def test_a_missing_file_and_a_directory_are_refused(tmp_path: Path, mapping: Map) -> None:
    for path in (tmp_path / "nowhere.csv", tmp_path):
        with pytest.raises(BadInput, match=re.escape(str(path))):
            read_file(path, mapping(), now=NOW)


def test_a_file_name_that_is_not_utf8_is_refused(read: Read) -> None:
    with pytest.raises(BadInput, match="not UTF-8.*rename"):
        read(TEXT, name=os.fsdecode(b"works\xff.csv"))
