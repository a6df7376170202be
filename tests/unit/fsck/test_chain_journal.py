"""A journal as it lies on the disk: torn tails are excused, rot is a problem, nothing is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.fsck.chain_journal import StoredJournal, read_journal
from veriwatt.fsck.report import Findings, Report
from veriwatt.store.journal import Journal
from veriwatt.system.files import DiskFiles

RECORDS = [b"first" * 9, b"second" * 9, b"third" * 9]


def add(journal: Journal, records: list[bytes]) -> None:
    journal.append(records, [sha256(record) for record in records])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files: records 4 and 5, then record 6."""
    folder = tmp_path / "journal"
    folder.mkdir()
    journal = Journal(DiskFiles(), folder, 4)
    add(journal, RECORDS[:2])
    journal.rotate()
    add(journal, RECORDS[2:])
    return folder


def read(folder: Path) -> tuple[StoredJournal, Report]:
    findings = Findings(folder.parent)
    return read_journal(folder, sha256, findings), findings.report()


def newest(folder: Path) -> Path:
    return max(folder.iterdir())


def test_every_record_is_read_at_its_position(folder: Path) -> None:
    journal, report = read(folder)
    assert {at: journal.get(at) for at in journal.positions(0)} == dict(enumerate(RECORDS, 4))
    assert journal.get(3) is journal.get(7) is None
    assert (journal.first, journal.end, report.ok) == (4, 7, True)
    assert report.checked["journal_batches"] == 2
    assert journal.has_all(4, 7)
    assert not journal.has_all(3, 5)


def test_a_torn_tail_is_excused_and_left_as_it_is(folder: Path) -> None:
    path = newest(folder)
    whole = path.read_bytes()
    for cut in range(1, 60):
        path.write_bytes(whole + whole[:cut])
        journal, report = read(folder)
        assert report.ok
        assert journal.end == 7
        assert (
            f"its last {cut} bytes are a torn write"
            in {each.path: each.why for each in report.not_vouched}[f"journal/{path.name}"]
        )
        assert path.read_bytes() == whole + whole[:cut]


def test_a_flipped_byte_of_a_marked_batch_is_a_problem(folder: Path) -> None:
    path = newest(folder)
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        _, report = read(folder)
        assert [p.where for p in report.problems] == [f"journal/{path.name}"], at


def test_a_missing_file_in_the_middle_is_a_problem(folder: Path) -> None:
    add(Journal(DiskFiles(), folder, 7), [b"fourth"])
    (folder / f"{6:016d}.journal").unlink()
    _, report = read(folder)
    assert [p.where for p in report.problems] == [f"journal/{7:016d}.journal"]


def test_a_foreign_file_among_journal_files_is_a_problem_and_an_unfinished_one_is_not(folder: Path) -> None:
    (folder / "notes.journal").write_text("hello")
    (folder / ".x.new").write_text("cut")
    _, report = read(folder)
    assert [p.where for p in report.problems] == ["journal/notes.journal"]
