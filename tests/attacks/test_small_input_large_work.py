"""Little input that asks for much work is refused before the work, with the way to get what was wanted."""

from __future__ import annotations

import gzip
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.attacks.workbooks import workbook
from tests.unit.bridges.file_world import NOW, write_mapping
from veriwatt.api.totals import MAX_ROWS, _check_rows
from veriwatt.bridges.files.read_file import read_file
from veriwatt.crypto.signing import Signer
from veriwatt.errors import BadInput, Malformed
from veriwatt.model.points.point import PointDefinition
from veriwatt.model.points.status import Kind
from veriwatt.system.toml_tables import parse_toml
from veriwatt.terminal.delivery.http_log_host import HttpLogHostClient
from veriwatt.testing.actors import sim_key
from veriwatt.units import DAY, Interval

MIB = 1 << 20
LOG: Signer = sim_key("log")


def test_a_packed_answer_of_a_log_host_is_not_unpacked() -> None:
    packed = gzip.compress(bytes(256 * MIB), 9)
    assert len(packed) < MIB
    assert_refused(packed, {"content-encoding": "gzip"}, "packed", 8 * MIB)


def test_an_answer_without_an_end_is_read_no_further_than_any_honest_one() -> None:
    assert_refused(bytes(64 * MIB), {}, "more than", 40 * MIB)


def assert_refused(body: bytes, headers: dict[str, str], why: str, most: int) -> None:
    """An answer of this body is refused for this reason, without taking so many bytes."""
    with answering(body, headers) as url, HttpLogHostClient(url, "chain", "works", LOG.public) as host:

        def ask() -> None:
            with pytest.raises(Malformed, match=why):
                host.root_log()

        assert peak(ask) < most


@contextmanager
def answering(body: bytes, headers: dict[str, str]) -> Iterator[str]:
    """A server that answers every question with this body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(body)
            except ConnectionError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def test_a_workbook_whose_rows_end_far_to_the_right_is_refused(tmp_path: Path) -> None:
    last = "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(2, 4000))
    names = '<row r="1"><c r="A1" t="str"><v>when</v></c><c r="B1" t="str"><v>p</v></c></row>'
    source = workbook(tmp_path, names + last)
    assert source.stat().st_size < MIB
    found = None

    def read() -> None:
        nonlocal found
        found = read_file(source, write_mapping(tmp_path), now=NOW)

    assert peak(read) < 100 * MIB
    assert found is not None
    assert [each.why for each in found.rejected if "blank cells" in each.why], found.rejected


def test_a_workbook_that_unpacks_to_far_more_than_its_bytes_is_refused(tmp_path: Path) -> None:
    source = workbook(tmp_path, '<row r="1"><c r="A1"><v>1</v></c></row>' + " " * (64 * MIB))
    assert source.stat().st_size < MIB
    found = read_file(source, write_mapping(tmp_path), now=NOW)
    assert [each.why for each in found.rejected if "unpacks to" in each.why and "CSV" in each.why], found.rejected


def test_the_minutes_of_a_century_are_refused_before_they_are_laid_out() -> None:
    definition = PointDefinition("p", "electricity", "kWh", Kind.INTERVAL, -2, 1, "1m", "Asia/Shanghai")
    century = Interval(0, 36_525 * DAY)

    def ask() -> None:
        with pytest.raises(BadInput, match=f"more than {MAX_ROWS:,}"):
            _check_rows(definition, century, "1m")

    assert peak(ask) < MIB


def test_a_key_of_very_many_parts_is_refused() -> None:
    with pytest.raises(BadInput, match="parts"):
        parse_toml(" . ".join(["a"] * 200_000) + " = 1", "m.toml")
    with pytest.raises(BadInput, match="parts"):
        parse_toml("x = {" + ".".join(["a"] * 200_000) + " = 1}", "m.toml")
    parse_toml("x = [" + ", ".join(["0.5"] * 1000) + "]", "m.toml")


def peak(work: Callable[[], object]) -> int:
    """The most bytes that Python's objects take at a time while this is done."""
    tracemalloc.start()
    try:
        work()
    finally:
        _, found = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return found
