"""Few log lines of a kind are written; the others are counted and told."""

from __future__ import annotations

from typing import Any

import structlog
from structlog.testing import capture_logs

from veriwatt.node.few_alike import FewAlike


class Log:
    """A log at a time that is set."""

    def __init__(self) -> None:
        self.now = 0.0
        self.alike = FewAlike(lambda: self.now)

    def writes(self, level: str, **line: Any) -> bool:
        try:
            self.alike("", level, line)
        except structlog.DropEvent:
            return False
        return True

    def told(self) -> list[tuple[str, int]]:
        with capture_logs() as lines:
            self.alike.tell()
        return [(line["of"], line["lines"]) for line in lines]


def test_lines_of_a_kind_are_few_whoever_the_peer_is_and_the_others_are_counted_once() -> None:
    log = Log()
    written = [log.writes("warning", event="refused", status=401, peer=f"10.0.{n}") for n in range(100)]
    assert written == [True] * 20 + [False] * 80
    assert log.told() == [("refused", 80)]
    assert not log.told()
    log.now = 59.0
    assert [log.writes("warning", event="refused", status=401) for _ in range(2)] == [True, False]
    assert log.told() == [("refused", 1)]


def test_another_kind_is_written_beside_one_that_floods() -> None:
    log = Log()
    for _ in range(100):
        log.writes("warning", event="refused", status=429)
    assert log.writes("warning", event="refused", status=503)
    assert log.writes("error", event="bug", at="a.py:1")


def test_what_was_accepted_and_what_ends_the_node_is_always_written() -> None:
    log = Log()
    assert all(log.writes("info", event="anchored") for _ in range(100))
    assert all(log.writes("critical", event="giving-up") for _ in range(100))
