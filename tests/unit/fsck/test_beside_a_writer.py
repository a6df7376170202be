"""What a writer does between two reads of the same check is no damage; what stays is."""

from __future__ import annotations

import threading
from itertools import count
from pathlib import Path

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.fsck.chain_journal import read_journal
from veriwatt.fsck.report import Findings, Report
from veriwatt.fsck.tree import TreeCheck
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.tiles import TILE_BYTES
from veriwatt.store.journal import Journal
from veriwatt.system.files import DiskFiles
from veriwatt.system.quiet_copy import copy_quiet


def test_files_of_the_journal_that_are_anchored_while_it_is_read_leave_no_hole(tmp_path: Path) -> None:
    journal = Journal(DiskFiles(), tmp_path, 0)
    for record in (b"first" * 9, b"second" * 9, b"third" * 9):
        journal.append([record], [sha256(record)])
        journal.rotate()

    def digest(record: bytes) -> bytes:
        journal.drop(2)  # an anchor covers the first two while the first is read
        return sha256(record)

    findings = Findings(tmp_path)
    with read_journal(tmp_path, digest, findings) as found:
        assert findings.report().ok, findings.report().problems
        assert list(found.positions(0)) == [2]
        assert (found.first, found.get(2), found.has_all(2, 3)) == (2, b"third" * 9, True)


def test_a_record_is_read_after_its_file_is_gone(tmp_path: Path) -> None:
    journal = Journal(DiskFiles(), tmp_path, 0)
    journal.append([b"first" * 9], [sha256(b"first" * 9)])
    with read_journal(tmp_path, sha256, Findings(tmp_path)) as found:
        journal.drop(1)
        assert list(tmp_path.iterdir()) == []
        assert found.get(0) == b"first" * 9


@pytest.mark.parametrize("grown", [True, False])
def test_a_tile_that_a_newer_anchor_filled_is_no_foreign_file(tmp_path: Path, grown: bool) -> None:
    (tmp_path / "tile" / "0").mkdir(parents=True)
    (tmp_path / "tile" / "0" / "000").write_bytes(bytes(TILE_BYTES))
    findings = Findings(tmp_path)
    TreeCheck(tmp_path, CompactRange.empty(), None, lambda: grown, findings).finish()
    assert [p.where for p in findings.report().problems] == ([] if grown else ["tile/0/000"])


def test_a_problem_of_a_home_in_use_is_one_that_stays() -> None:
    root = Path("/home-of-acme")

    def found(*places: str) -> Report:
        findings = Findings(root)
        for place in places:
            findings.problem(root / place, f"one of {len(places)}")
        return findings.report()

    assert [p.where for p in found("a", "b").confirmed(found("b", "c", "d")).problems] == ["b"]


def test_a_copy_is_of_one_moment_or_none(tmp_path: Path) -> None:
    source, copies = tmp_path / "view", tmp_path / "copies"
    copies.mkdir()
    source.write_bytes(b"quiet" * 1000)
    assert copy_quiet([source, tmp_path / "missing"], copies)
    assert (copies / "view").read_bytes() == source.read_bytes()
    stop, size = threading.Event(), 4 << 20

    def write() -> None:
        with source.open("r+b") as file:
            for n in count():
                file.seek(0)
                file.write(bytes([n % 256]) * size)
                file.flush()
                if stop.wait(0.01):
                    return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        if copy_quiet([source], copies):  # the writer was not given the processor for a while
            assert len(set((copies / "view").read_bytes())) == 1
    finally:
        stop.set()
        writer.join()
    assert copy_quiet([source], copies)
    assert (copies / "view").read_bytes() == source.read_bytes()
