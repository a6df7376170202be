"""A torn write, which was never acknowledged, is dropped; rot in acknowledged records is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Unavailable
from veriwatt.store.journal import Journal, JournalDamaged, journal_files, read_batches, recover
from veriwatt.testing.faults import FILE_CHANGES, Failure, FaultPlan, sweep
from veriwatt.testing.power import ForgetfulFiles, Tail

FOLDER = Path("/chain/journal")
FIRST = FOLDER / "0000000000000000.journal"
BATCHES = [[b"one", b"two"], [b"three"], [b"", b"VWC1 in a record", b"five" * 50]]
RECORDS = [record for batch in BATCHES for record in batch]


def add(journal: Journal, records: list[bytes]) -> None:
    journal.append(records, [sha256(record) for record in records])


def written(disk: ForgetfulFiles) -> Journal:
    journal, _ = recover(disk, FOLDER, 0, sha256)
    for batch in BATCHES:
        add(journal, batch)
    return journal


def test_records_come_back_in_order_after_a_clean_stop() -> None:
    disk = ForgetfulFiles()
    written(disk)
    journal, tail = recover(disk, FOLDER, 0, sha256)
    assert (journal.size, tail) == (6, RECORDS)


@pytest.mark.parametrize("names_kept", [False, True])
@pytest.mark.parametrize("tail", Tail)
def test_appended_records_outlive_a_power_cut(tail: Tail, names_kept: bool) -> None:
    disk = ForgetfulFiles()
    written(disk)
    disk.cut_power(tail, names_kept=names_kept)
    assert recover(disk, FOLDER, 0, sha256)[1] == RECORDS


def test_every_cut_of_the_last_batch_is_a_torn_tail() -> None:
    disk = ForgetfulFiles()
    written(disk)
    raw = disk.read(FIRST)
    ends = [batch.end for batch in read_batches(raw, FIRST, sha256)]
    for cut in range(len(raw)):
        disk.edit(FIRST, raw[:cut])
        whole = sum(1 for end in ends if end <= cut)
        assert recover(disk, FOLDER, 0, sha256)[1] == [record for batch in BATCHES[:whole] for record in batch], cut


def test_a_torn_tail_is_cut_off_once_and_for_all() -> None:
    disk = ForgetfulFiles()
    written(disk)
    disk.edit(FIRST, disk.read(FIRST)[:-40])
    journal, tail = recover(disk, FOLDER, 0, sha256)
    assert tail == RECORDS[:3]
    add(journal, [b"after"])
    disk.cut_power()
    assert recover(disk, FOLDER, 0, sha256)[1] == [*RECORDS[:3], b"after"]


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_every_flipped_byte_that_was_acknowledged_is_found(flip: int) -> None:
    disk = ForgetfulFiles()
    written(disk)
    raw = disk.read(FIRST)
    for at in range(len(raw)):
        rotten = raw[:at] + bytes([raw[at] ^ flip]) + raw[at + 1 :]
        disk.edit(FIRST, rotten)
        try:
            tail = recover(disk, FOLDER, 0, sha256)[1]
        except JournalDamaged:
            continue
        assert tail == RECORDS, at  # only a mark that could be half written is written again


def test_a_zeroed_stretch_before_a_mark_is_rot_not_a_torn_tail() -> None:
    disk = ForgetfulFiles()
    written(disk)
    raw = disk.read(FIRST)
    for at in range(len(raw) - 64):
        disk.edit(FIRST, raw[:at] + bytes(32) + raw[at + 32 :])
        with pytest.raises(JournalDamaged):
            recover(disk, FOLDER, 0, sha256)


def test_a_missing_file_between_others_is_found() -> None:
    disk = ForgetfulFiles()
    journal = written(disk)
    journal.rotate()
    add(journal, [b"six"])
    journal.rotate()
    add(journal, [b"seven"])
    disk.unlink(FOLDER / "0000000000000006.journal")
    with pytest.raises(JournalDamaged, match="end at 6"):
        recover(disk, FOLDER, 0, sha256)


def test_two_files_for_the_same_positions_are_found() -> None:
    disk = ForgetfulFiles()
    written(disk)
    disk.edit(FOLDER / "0000000000000003.journal", disk.read(FIRST))
    with pytest.raises(JournalDamaged):
        recover(disk, FOLDER, 0, sha256)


def test_other_files_in_the_folder_are_left_alone() -> None:
    disk = ForgetfulFiles()
    written(disk)
    disk.edit(FOLDER / "notes.journal", b"mine")
    assert recover(disk, FOLDER, 0, sha256)[1] == RECORDS
    assert disk.read(FOLDER / "notes.journal") == b"mine"


def test_what_an_anchor_covers_is_dropped_and_the_rest_stays() -> None:
    disk = ForgetfulFiles()
    journal = written(disk)
    journal.rotate()
    add(journal, [b"six"])
    journal.drop(6)
    assert journal_files(disk, FOLDER) == [6]
    assert recover(disk, FOLDER, 6, sha256)[1] == [b"six"]


def test_a_file_dropped_whole_does_not_number_later_records_wrongly() -> None:
    disk = ForgetfulFiles()
    journal = written(disk)
    journal.drop(6)
    add(journal, [b"six"])
    disk.cut_power()
    assert recover(disk, FOLDER, 6, sha256)[1] == [b"six"]


def test_a_removal_that_a_power_cut_undid_does_no_harm() -> None:
    disk = ForgetfulFiles()
    journal = written(disk)
    journal.rotate()
    journal.drop(6)
    disk.cut_power()
    again, tail = recover(disk, FOLDER, 6, sha256)
    assert (again.size, tail, journal_files(disk, FOLDER)) == (6, [], [])


def test_a_failed_append_is_as_if_it_never_was() -> None:
    """Also when the next batch goes to another file, and when the power then fails."""

    def run(plan: FaultPlan) -> None:
        disks.append(ForgetfulFiles())
        journal, kept = Journal(plan.around(disks[-1], FILE_CHANGES), FOLDER, 0), []
        disks[-1].make_folder(FOLDER)
        for at, batch in enumerate(BATCHES):
            for _ in range(2):
                try:
                    add(journal, batch)
                except Unavailable:
                    continue
                kept += batch
                break
            if at == rotate_after:
                for _ in range(2):
                    try:
                        journal.rotate()
                    except Unavailable:
                        continue
                    break
        assert kept == RECORDS

    for rotate_after in range(3):
        for names_kept in (False, True):
            for tail in Tail:
                disks: list[ForgetfulFiles] = []
                for plan in sweep(run, Failure.REPORT):
                    disks[-1].cut_power(tail, names_kept=names_kept)
                    assert recover(disks[-1], FOLDER, 0, sha256)[1] == RECORDS, (plan, rotate_after, tail)


@pytest.mark.parametrize("names_kept", [False, True])
@pytest.mark.parametrize("tail", Tail)
def test_a_batch_that_was_never_acknowledged_does_not_stand_beside_its_successor(tail: Tail, names_kept: bool) -> None:
    disk, plan = ForgetfulFiles(), FaultPlan(8, applied=True, failure=Failure.REPORT)
    journal, _ = recover(plan.around(disk, FILE_CHANGES), FOLDER, 0, sha256)
    with pytest.raises(Unavailable):
        for record in (b"a", b"b"):
            add(journal, [record])
    journal.rotate()
    add(journal, [b"c"])
    disk.cut_power(tail, names_kept=names_kept)
    assert recover(disk, FOLDER, 0, sha256)[1] == [b"a", b"c"]
