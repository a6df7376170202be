"""Senders verified in several processes: the same outcomes, in the same order, as in this one alone."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from veriwatt.cli.bench.rig import ORG, Rig, rig
from veriwatt.errors import Corrupted, VeriwattError
from veriwatt.ledger.open_ledger import open_reader
from veriwatt.loghost.accept import Accepted
from veriwatt.loghost.checker_pool import PART, CheckerPool
from veriwatt.model.terminals.passport import Passport
from veriwatt.model.terminals.revocation import Reason, Revoke
from veriwatt.ports.ledger import LedgerEngine
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.units import DAY
from veriwatt.verify.frame_checks import CheckedFrame, check_uploads
from veriwatt.verify.frame_refusals import KeyCompromised


@pytest.fixture(scope="module")
def built() -> Iterator[Rig]:
    with rig() as made:
        yield made


@pytest.fixture(scope="module")
def pool(built: Rig) -> Iterator[CheckerPool]:
    with CheckerPool(2, partial(open_reader, built.home.paths.ledger), built.home.ledger_cache) as running:
        yield running


def test_helpers_find_what_the_node_itself_finds(built: Rig, pool: CheckerPool) -> None:
    uploads = built.frames(18)
    assert len(uploads) > 4 * PART
    uploads[5] = uploads[5][:-1]
    uploads[200] = uploads[200][:80] + bytes([uploads[200][80] ^ 1]) + uploads[200][81:]

    pool.begin(uploads, built.home.clock.now())
    found = pool.finish()

    here = list(check_uploads(uploads, built.home.ledger_cache, built.home.clock.now()))
    assert [_found(each) for each in found] == [_found(each) for each in here]
    assert [i for i, each in enumerate(found) if isinstance(each, VeriwattError)] == [5, 200]


def test_batches_under_way_together_are_finished_in_order_and_accepted(built: Rig, pool: CheckerPool) -> None:
    uploads, org_log, now = built.frames(6), built.home.org_log(ORG), built.home.clock.now()
    pool.begin(uploads[:100], now)
    pool.begin(uploads[100:], now)

    outcomes = [o for _ in range(2) for o in org_log.acceptance.accept_checked(pool.finish(), now).outcomes]

    assert [o.position if isinstance(o, Accepted) else o for o in outcomes] == list(range(len(uploads)))


def test_parts_are_checked_while_the_disk_syncs_and_nothing_is_accepted_before_it_has() -> None:
    with rig() as built, CheckerPool(0, partial(open_reader, built.home.paths.ledger), built.home.ledger_cache) as pool:
        uploads, org_log, now = built.frames(2), built.home.org_log(ORG), built.home.clock.now()
        seen = list[tuple[int, bool]]()
        pool.begin(uploads[:1], now)
        pool.begin(uploads[1:], now)

        def meanwhile() -> None:
            seen.append((org_log.chain.size, pool.check_next()))

        outcomes = [o for _ in range(2) for o in org_log.accept_checked(pool.finish(), now, meanwhile).outcomes]

    assert [o.position if isinstance(o, Accepted) else o for o in outcomes] == list(range(len(uploads)))
    assert seen == [(0, True), (1, False)]


def test_a_batch_is_not_accepted_when_what_is_done_beside_its_sync_fails() -> None:
    def meanwhile() -> None:
        raise Corrupted("a row of the ledger is damaged")

    with rig() as built:
        uploads, org_log, now = built.frames(1), built.home.org_log(ORG), built.home.clock.now()
        checked = list(check_uploads(uploads, built.home.ledger_cache, now))
        with pytest.raises(Corrupted, match="damaged"):
            org_log.accept_checked(checked, now, meanwhile)
        assert org_log.chain.size == 0

        outcomes = org_log.accept_checked(checked, now).outcomes

    assert [o[::2] if isinstance(o, Accepted) else o for o in outcomes] == [(i, False) for i in range(len(uploads))]


def test_what_a_dead_helper_had_is_checked_by_others(built: Rig, pool: CheckerPool) -> None:
    uploads = built.frames(16)
    pool.begin(uploads, built.home.clock.now())
    pool.finish()
    for pid in pool.pids():
        os.kill(pid, signal.SIGKILL)
    for _ in range(2):
        pool.begin(uploads, built.home.clock.now())
    for _ in range(2):
        assert [_found(each) for each in pool.finish()] == [
            _found(each) for each in check_uploads(uploads, built.home.ledger_cache, built.home.clock.now())
        ]
    assert len(pool.pids()) == 2


def test_a_helper_that_never_answered_is_not_replaced(built: Rig, tmp_path: Path) -> None:
    uploads = built.frames(2)
    with CheckerPool(1, partial(open_reader, tmp_path), built.home.ledger_cache) as pool:
        pool.begin(uploads, built.home.clock.now())

        assert len(pool.finish()) == len(uploads)
        assert pool.pids() == []


def test_a_block_between_begin_and_finish_is_known_when_the_batch_is_accepted() -> None:
    with rig() as built, CheckerPool(1, partial(open_reader, built.home.paths.ledger), built.home.ledger_cache) as pool:
        (upload, *_), org_log, now = built.frames(1), built.home.org_log(ORG), built.home.clock.now()
        pool.begin([upload], built.home.clock.now())
        built.home.member_client(ORG).submit(Revoke(ORG, "t0", Reason.COMPROMISED, since=now + DAY))

        (outcome,) = org_log.acceptance.accept_checked(pool.finish(), now).outcomes

        assert isinstance(outcome, KeyCompromised)


def test_a_batch_that_could_not_be_begun_is_not_checked_later(built: Rig) -> None:
    uploads, now = built.frames(1)[:4], built.home.clock.now()
    ledger_cache, reader = CountingCache(built.home.ledger), Reader(built.home.paths.ledger)
    with CheckerPool(1, reader, ledger_cache) as pool:
        pool.begin(uploads, now)
        pool.finish()
        (pid,) = pool.pids()
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        reader.can_start = False
        with pytest.raises(OSError, match="no more processes"):
            pool.begin(uploads, now)
        reader.can_start = True

        pool.begin(uploads[:1], now)
        found = pool.finish()

    assert len(found) == 1
    assert ledger_cache.passports_read == 1, "the three other uploads were checked too"


class CountingCache(LedgerCache):
    """Counts the frames whose sender is verified in this process."""

    passports_read = 0

    def passport(self, org: str, terminal: str) -> Passport:
        self.passports_read += 1
        return super().passport(org, terminal)


class Reader:
    """Opens a ledger in a helper; while `can_start` is false, no helper can be started."""

    can_start = True

    def __init__(self, folder: Path) -> None:
        self._open = partial(open_reader, folder)

    def __call__(self) -> LedgerEngine:
        return self._open()

    def __reduce__(self) -> tuple[object, ...]:
        if not self.can_start:
            raise OSError("no more processes")
        return partial, (open_reader, *self._open.args)


def _found(outcome: CheckedFrame | VeriwattError) -> object:
    """An outcome as it can be compared: errors by what they say, frames with the digests that a helper made."""
    if isinstance(outcome, VeriwattError):
        return outcome.code, str(outcome)
    frame = outcome.frame
    return frame.frame_id, frame.leaf, frame.upload, frame.org, frame.ref, frame.prev, frame.header
