"""A followed ledger, its copy and what it submitted, used by many threads at once, as the nodes of an org use them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from threading import Barrier, Event
from time import sleep

import pytest

from veriwatt.errors import Malformed, VeriwattError
from veriwatt.ledger.follower.copied_ledger import CopiedLedger
from veriwatt.ledger.follower.peers import NoPeerAnswers
from veriwatt.ledger.open_ledger import FollowedLedger, create_followed_ledger, ledger_file
from veriwatt.ledger.rows.lock import WriterLock
from veriwatt.model.ledger.peer_answers import parse_parts, parts_answer
from veriwatt.model.ledger.state_keys import member_key
from veriwatt.ports.ledger import RESULT_WITHIN, submit
from veriwatt.testing.actors import SimMember
from veriwatt.testing.lying_peers import FollowedWorld

THREADS, BLOCKS = 4, 8
MEMBERS = b"member/acme/"


def one_by_one(raw: bytes) -> bytes:
    """A peer's answer with one part of the map alone, a moment later: taking a state in takes many answers."""
    try:
        given = parse_parts(raw)
    except Malformed:
        return raw  # the summaries of all parts
    sleep(0.005)
    return parts_answer(given[:1])


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FollowedWorld]:
    made = FollowedWorld(tmp_path / "honest")
    made.peer("main", {"parts": one_by_one})
    submit(made.ledger, [made.ann.open_log()])
    yield made
    made.close()


@contextmanager
def copied(world: FollowedWorld, folder: Path) -> Iterator[CopiedLedger]:
    folder.mkdir()
    create_followed_ledger(folder, world.genesis)
    with (
        world.follow("main", folder=str(folder / "followed")) as followed,
        CopiedLedger(ledger_file(folder), followed, "acme", world.clock) as ledger,
    ):
        ledger.bring_up_to_date()
        yield ledger


def beside(threads: int, look: Callable[[], None], work: Callable[[], None]) -> None:
    """Do the work while so many threads look again and again; raises what any of them does."""
    ended = Event()

    def looking() -> None:
        while not ended.is_set():
            look()

    with ThreadPoolExecutor(threads) as pool:
        running = [pool.submit(looking) for _ in range(threads)]
        try:
            work()
        finally:
            ended.set()
        for each in running:
            each.result()


def add_pairs(world: FollowedWorld, followed: FollowedLedger | None = None) -> None:
    """In each of some blocks, two members of one name but for the end."""
    for n in range(BLOCKS):
        pair = [world.ann.add_member(SimMember("acme", f"m{n}{side}")) for side in "ab"]
        submit(world.ledger, pair)
        if followed is not None:
            sleep(0.4)  # it has a head for 0.3 s


def test_each_scan_is_of_one_block_whatever_other_threads_take_in(world: FollowedWorld) -> None:
    with world.follow("main") as followed:

        def look() -> None:
            try:
                names = {key for key, _ in followed.scan(MEMBERS)}
            except NoPeerAnswers:  # the ledger went on in the middle of it, again and again
                return
            pairs = [{MEMBERS + f"m{n}{side}".encode() for side in "ab"} <= names for n in range(BLOCKS)]
            assert pairs == sorted(pairs, reverse=True)
            assert len(names) == 1 + 2 * sum(pairs)

        beside(THREADS, look, lambda: add_pairs(world, followed))
        sleep(0.4)
        assert len(list(followed.scan(MEMBERS))) == 1 + 2 * BLOCKS


def test_changes_that_were_not_stored_are_given_again(world: FollowedWorld) -> None:
    with world.follow("main") as followed:
        with followed.snapshot() as now, pytest.raises(OSError, match="full"), now.copied() as changes:
            assert changes
            raise OSError("the disk is full")
        submit(world.ledger, [world.ann.add_member(SimMember("acme", "bob"))])
        sleep(0.4)
        with followed.snapshot() as now, now.copied() as changes:
            assert {member_key("acme", "ann"), member_key("acme", "bob")} <= changes.keys()
        with followed.snapshot() as now, now.copied() as changes:
            assert not changes


def test_every_snapshot_of_a_copy_is_of_the_block_that_it_names(world: FollowedWorld, tmp_path: Path) -> None:
    with copied(world, tmp_path / "home") as ledger:

        def look() -> None:
            with ledger.snapshot() as now:
                now.prove([member_key("acme", "ann")])  # raises Corrupted under another root

        def bring() -> None:
            for n in range(BLOCKS):
                submit(world.ledger, [world.ann.add_member(SimMember("acme", f"m{n}"))])
                sleep(0.4)
                with ThreadPoolExecutor(2) as pool:
                    heads = [pool.submit(ledger.bring_up_to_date) for _ in range(2)]
                assert {each.result().height for each in heads} == {world.ledger.head().height}

        beside(THREADS, look, bring)
        assert dict(ledger.scan(b"")) == dict(world.ledger.scan(b""))


def test_what_a_thread_submitted_it_reads_once_it_has_the_result(world: FollowedWorld, tmp_path: Path) -> None:
    with copied(world, tmp_path / "home") as ledger:
        together = Barrier(THREADS)

        def add(name: str) -> int:
            raw = world.ann.add_member(SimMember("acme", name))
            together.wait()
            (ticket,) = ledger.broadcast([raw])
            result = ledger.await_result(ticket, RESULT_WITHIN)
            assert result.ok
            assert ledger.get(member_key("acme", name)) is not None
            return result.height

        with ThreadPoolExecutor(THREADS) as pool:
            heights = list(pool.map(add, [f"m{n}" for n in range(THREADS)]))
        assert len(list(world.ledger.scan(MEMBERS))) == 1 + THREADS
        assert max(heights) <= ledger.head().height


def test_what_two_threads_submit_alike_is_executed_once_and_both_have_its_result(world: FollowedWorld) -> None:
    with world.follow("main") as followed:
        raw, together = world.ann.add_member(SimMember("acme", "bob")), Barrier(THREADS)

        def send(_: int) -> tuple[bool, int]:
            together.wait()
            (ticket,) = followed.broadcast([raw])
            result = followed.await_result(ticket, RESULT_WITHIN)
            return result.ok, result.height

        with ThreadPoolExecutor(THREADS) as pool:
            results = set(pool.map(send, range(THREADS)))
    assert len(results) == 1
    assert next(iter(results))[0]


def code_of_second(file: Path) -> str:
    """What another process is told that opens a copy for writing."""
    try:
        WriterLock(file).release()
    except VeriwattError as error:
        return error.code
    return "opened"


def test_a_second_process_does_not_keep_the_same_copy(world: FollowedWorld, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with ProcessPoolExecutor(1, get_context("spawn")) as other:
        with copied(world, home):
            assert other.submit(code_of_second, ledger_file(home)).result() == "ledger-locked"
        assert other.submit(code_of_second, ledger_file(home)).result() == "opened"
