"""The owner of a follower's home changes rows of its copy: the audit finds it, and the next copy mends it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from veriwatt.errors import Corrupted, Unavailable
from veriwatt.ledger.follower.copied_ledger import CopiedLedger
from veriwatt.ledger.open_ledger import audit_ledger, create_followed_ledger, ledger_file, open_reader
from veriwatt.machine.members import queries
from veriwatt.ports.ledger import StaleHead, submit
from veriwatt.testing.actors import SimMember
from veriwatt.testing.lying_peers import FollowedWorld
from veriwatt.testing.node_process import until
from veriwatt.units import MINUTE

MEMBER = "key = CAST('member/acme/ann' AS BLOB)"
SQL = {
    "a member's record is another": f"UPDATE state SET value = x'00' WHERE {MEMBER}",
    "a member is left out": f"DELETE FROM state WHERE {MEMBER}",
    "a record of its own": "INSERT INTO state VALUES (CAST('suspended/acme' AS BLOB), x'00')",
    "a leaf of the root log": "UPDATE log_leaves SET leaf = x'00'",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FollowedWorld]:
    made = FollowedWorld(tmp_path / "honest")
    made.peer("main")
    submit(made.ledger, [made.ann.open_log()])
    (tmp_path / "home").mkdir()
    create_followed_ledger(tmp_path / "home", made.genesis)
    yield made
    made.close()


@contextmanager
def copied(world: FollowedWorld, folder: Path, *peers: str) -> Iterator[CopiedLedger]:
    """The ledger of a home that follows these peers."""
    names = peers or ("main",)
    with (
        world.follow(*names, folder=str(folder / "followed")) as followed,
        CopiedLedger(ledger_file(folder), followed, "acme", world.clock) as ledger,
    ):
        yield ledger


@pytest.mark.parametrize("change", SQL)
def test_a_changed_row_is_found_and_proves_nothing(world: FollowedWorld, tmp_path: Path, change: str) -> None:
    folder = tmp_path / "home"
    with copied(world, folder) as ledger:
        ledger.bring_up_to_date()
    assert audit_ledger(folder).ok
    with closing(sqlite3.connect(ledger_file(folder))) as db, db:
        db.execute(SQL[change])
    assert not audit_ledger(folder).ok
    if "leaf" not in change:
        with open_reader(folder) as reader, reader.snapshot() as now, pytest.raises(Corrupted):
            now.prove([b"chain"])
        submit(world.ledger, [world.ann.add_member(SimMember("acme", "bea"))])
        with copied(world, folder) as ledger:
            until(lambda: ledger.bring_up_to_date().height == world.ledger.head().height)
            assert queries.member(ledger, "acme", "ann") == queries.member(world.ledger, "acme", "ann")
        assert audit_ledger(folder).ok


def test_without_peers_it_answers_as_of_its_copy_and_says_how_old_that_is(world: FollowedWorld, tmp_path: Path) -> None:
    folder = tmp_path / "home"
    with copied(world, folder) as ledger:
        ledger.bring_up_to_date()
        ledger.check_followed()
        head = ledger.head()
    world.peer("mute", {"head": lambda _: b"", "block": lambda _: b""})
    with copied(world, folder, "mute") as ledger:
        with pytest.raises(Unavailable):
            ledger.bring_up_to_date()
        assert ledger.head() == head
        assert queries.member(ledger, "acme", "ann") is not None
        with ledger.snapshot() as now:
            assert now.prove([b"chain"]).light.header.height == head.height
        with pytest.raises(Unavailable, match="acme/mute"):
            ledger.check_followed()
        world.clock.advance_to(world.clock.now() + 4 * MINUTE)
        with pytest.raises(StaleHead):
            ledger.check_followed()
