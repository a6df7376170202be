"""An origin that can be made can be read back: no terminal signs what a log host then refuses for good."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from veriwatt.encoding import decode, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.frames.origin import Bridge, File, Manual, Origin, parse_origin

SHA = Digest(bytes(32))


@pytest.mark.parametrize(
    "origin", [File(SHA, "n" * 255, SHA), Bridge("b" * 64), Manual("实验室", "r" * 1024), Manual("a" * 64, "r")]
)
def test_the_longest_origins_are_read_back(origin: Origin) -> None:
    assert parse_origin(decode(encode(origin.fields()), "origin")) == origin


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Manual("lab", ""), "reason has 1 to 1,024 characters, this one has 0"),
        (lambda: Manual("lab", "r" * 1025), "reason"),
        (lambda: Manual("", "wrong ratio"), "author"),
        (lambda: Manual("a" * 65, "wrong ratio"), "author"),
        (lambda: Manual("lab", "\udcff"), "reason is not Unicode text"),
        (lambda: File(SHA, "n" * 256, SHA), "file's name"),
        (lambda: File(SHA, "readings\udcff.csv", SHA), "file's name is not Unicode text"),
        (lambda: Bridge(""), "bridge's name"),
    ],
)
def test_an_origin_that_no_log_host_reads_cannot_be_made(make: Callable[[], Origin], words: str) -> None:
    with pytest.raises(Malformed, match=words):
        make()
