"""What strangers send is logged by its number, not by a line each: nobody outside fills a disk by the log."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from veriwatt.cli.bench.rig import rig
from veriwatt.testing.floods.served_node import served_node

REFUSED, RUBBISH, MALFORMED = 800, 400, 300
CBOR = {"content-type": "application/cbor"}

pytestmark = pytest.mark.slow


def test_lines_of_a_kind_are_few_and_tell_how_many_there_were(tmp_path: Path) -> None:
    written = tmp_path / "log"
    with rig() as built:
        root = built.home.paths.root
        built.home.close()
        with served_node(root, 1_024, log=written) as node:
            _ask(node.port)
    lines = [json.loads(line) for line in written.read_text().splitlines() if line.startswith("{")]
    told: Counter[tuple[str, object]] = Counter()
    for line in lines:
        what = line["of"] if line["event"] == "lines-left-out" else line["event"]
        told[what, line.get("status", line.get("code", line.get("logger")))] += line.get("lines", 1)
    assert told["request-refused", 401] == REFUSED
    assert told["frames-refused", "malformed"] == RUBBISH
    assert told["library", "uvicorn.error"] == MALFORMED
    assert written.stat().st_size < 30_000


def _ask(port: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        for _ in range(REFUSED):
            connection.request("GET", "/api/v1/status")
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 401
        for _ in range(RUBBISH):
            connection.request("POST", "/api/v1/frames", b"\x82\x84", CBOR)
            connection.getresponse().read()
    for _ in range(MALFORMED):
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.putrequest("GET", "/api/v1/status")
            connection.putheader("content-length", "x")
            connection.endheaders()
            assert connection.getresponse().status == 400
