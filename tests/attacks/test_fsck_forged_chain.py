"""What a log host with all its keys may do to its own files, fsck finds: it trusts signatures and hashes, not rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.faults.fsck_home import check, import_into, make_home, problem_lines, write_source
from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.sealing import content_keys
from veriwatt.machine.anchors.queries import data_chain
from veriwatt.model.frames.build import UnsignedFrame
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.header import FrameHeader
from veriwatt.model.frames.sealed_group import FrameIdentity
from veriwatt.node.home import Home
from veriwatt.ports.key_agent import Purpose


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make_home(tmp_path / "home", write_source(tmp_path, 3), frames_per_anchor=3, view=False)


def last_upload(opened: Home) -> bytes:
    chain = opened.org_log("Works").chain
    return chain.upload(chain.size - 1)


def append(opened: Home, upload: bytes) -> None:
    """Put a frame into the chain as if acceptance had let it pass, and anchor it."""
    org_log = opened.org_log("Works")
    org_log.chain.append([parse_frame(upload)])
    org_log.anchor()


def signed(opened: Home, header: FrameHeader, payloads: tuple[bytes, ...], key: Any = None) -> bytes:
    return UnsignedFrame(header, payloads).sign(key or opened.keys.terminal("Works", "software"))


def test_a_frame_twice_in_the_chain_is_found(home: Path) -> None:
    with Home(home) as opened:
        append(opened, last_upload(opened))
    assert "does not continue its chain" in problem_lines(check(home))


def test_a_frame_under_a_foreign_key_is_found(home: Path) -> None:
    with Home(home) as opened:
        frame = parse_frame(last_upload(opened))
        header = frame.header._replace(number=frame.header.number.next(), prev=frame.frame_id)
        append(opened, signed(opened, header, frame.payloads, opened.keys.log("Works")))
    assert "passport's key" in problem_lines(check(home))


def test_a_payload_that_does_not_open_convicts_its_signer(home: Path) -> None:
    with Home(home) as opened:
        frame = parse_frame(last_upload(opened))
        header, payload = (
            frame.header._replace(number=frame.header.number.next(), prev=frame.frame_id),
            bytes(len(frame.payloads[0])),
        )
        entry = header.groups[0]
        known = opened.points.stated("Works", entry.group, entry.version, entry.definition_root).version
        number = known.calendar.key_window(known.key_window, header.window.start)
        keys = content_keys(
            opened.keys.agent.window_key("Works", entry.group, number, Purpose.SEAL),
            FrameIdentity.of(header, 1).context(entry.group),
        )
        group = entry._replace(payload_hash=sha256(payload), commitment=keys.commitment)
        append(opened, signed(opened, header._replace(groups=(group,)), (payload,)))
    report = check(home)
    assert "does not open to what its signed header commits to" in problem_lines(report)
    assert report.checked["groups_opened"] == 3


def test_a_frame_of_an_unknown_root_log_leaf_is_found(home: Path) -> None:
    with Home(home) as opened:
        frame = parse_frame(last_upload(opened))
        header = frame.header._replace(
            number=frame.header.number.next(), prev=frame.frame_id, root_log_leaf=sha256(b"another ledger")
        )
        append(opened, signed(opened, header, frame.payloads))
    assert "of the root log is not the one that it names" in problem_lines(check(home))


def test_a_chain_of_which_the_ledger_was_set_back_is_found(home: Path, tmp_path: Path) -> None:
    before = (home / "ledger" / "ledger.db").read_bytes()
    with Home(home) as opened:
        assert data_chain(opened.ledger, "Works").size == 3
    import_into(home, write_source(tmp_path, 2, first=3), frames_per_anchor=3)
    for tail in ("-wal", "-shm"):
        (home / "ledger" / f"ledger.db{tail}").unlink(missing_ok=True)
    (home / "ledger" / "ledger.db").write_bytes(before)
    report = check(home)
    wheres = {p.where for p in report.problems}
    assert {"index.db#frames", "terminals/Works.software/spool.db#frames"} <= wheres, problem_lines(report)


def test_two_rows_swapped_whole_are_found(home: Path) -> None:
    with closing(sqlite3.connect(home / "index.db")) as db, db:
        db.execute("update frames set position = position + 100 where position in (0, 1)")
        db.execute("update frames set position = 101 - position where position in (100, 101)")
    assert {p.where for p in check(home).problems} == {"index.db#frames"}
