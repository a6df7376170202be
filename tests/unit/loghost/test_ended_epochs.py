"""What the log host signed in an epoch that ended requires nothing of it any more; of a later epoch, everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.loghost.accept import Accepted
from veriwatt.loghost.acknowledged import Acknowledged, LogEpochOver
from veriwatt.loghost.giving_up import AnchoredFramesLost, Loss, LossNotSigned
from veriwatt.model.chain.checkpoint import Checkpoint
from veriwatt.model.chain.log_epochs import LogName
from veriwatt.model.chain.sent_again import SentAgain
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.store.high_water import HighWater, LogEpochLost
from veriwatt.testing.hosts import HOME, LOG_KEY, ORG, SimHost
from veriwatt.testing.power import ForgetfulFiles

MARK, MARKED = HOME / "high-water", HOME / "marked"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SimHost]:
    made = SimHost(tmp_path)
    yield made
    made.close()


def log_in(host: SimHost, epoch: int) -> LogName:
    return LogName(host.ledger.chain_id, ORG, epoch)


def note(host: SimHost, epoch: int, size: int) -> str:
    return Checkpoint(log_in(host, epoch).origin, size, Digest(bytes(32)), 0).sign(LOG_KEY)


def acknowledged(host: SimHost, epoch: int) -> Acknowledged:
    log = log_in(host, epoch)
    mark = HighWater(host.disk, MARK, MARKED, log, LOG_KEY.public)
    return Acknowledged(host.chain, LedgerCache(host.ledger), log, LOG_KEY.public, mark, may_refill=False)


def test_a_mark_of_an_ended_epoch_requires_nothing_and_gives_way_to_a_smaller_one(host: SimHost) -> None:
    files = ForgetfulFiles()
    HighWater(files, MARK, MARKED, log_in(host, 1), LOG_KEY.public).raise_to(note(host, 1, 40))
    mark = HighWater(files, MARK, MARKED, log_in(host, 2), LOG_KEY.public)
    assert (mark.checkpoint, mark.size, mark.note) == (None, 0, "")
    mark.raise_to(note(host, 2, 7))
    assert HighWater(files, MARK, MARKED, log_in(host, 2), LOG_KEY.public).size == 7
    with pytest.raises(LogEpochLost):
        HighWater(files, MARK, MARKED, log_in(host, 1), LOG_KEY.public)


def test_a_checkpoint_of_an_ended_epoch_shows_no_loss_and_its_receipt_gives_no_position(host: SimHost) -> None:
    upload = host.frame()
    batch = host.offer(upload)
    (outcome,) = batch.outcomes
    assert isinstance(outcome, Accepted)
    sent = SentAgain(upload, host.acceptance.receipt(outcome.position, batch))
    present = acknowledged(host, 2)
    present.show(note(host, 1, 40))
    present.check()
    (refused,) = present.take_again([sent])
    assert isinstance(refused, LogEpochOver)
    (known,) = acknowledged(host, 1).take_again([sent])
    assert known == Accepted(0, outcome.frame, known=True)


def test_a_checkpoint_of_a_later_epoch_shows_that_the_ledger_lost_blocks(host: SimHost) -> None:
    present = acknowledged(host, 2)
    with pytest.raises(LogEpochLost):
        present.show(note(host, 3, 1))
    with pytest.raises(LogEpochLost):
        present.check()


@pytest.mark.parametrize("origin", ["", "/0", "/1", "/02", "/2/", "/-2", "/x", "/2 ", "x/2"])
def test_an_epoch_has_one_spelling(origin: str) -> None:
    log = LogName("sim-0123456789abcdef", "acme")
    text = f"{log.origin}{origin}\n1\n"
    if not origin:
        assert log.epoch_of(text) == 1
        return
    with pytest.raises(Malformed):
        log.epoch_of(text)
    assert log.epoch_of(f"{log.origin}/2\n1\n") == 2


def test_what_is_anchored_or_was_never_signed_cannot_be_given_up(host: SimHost) -> None:
    signed = note(host, 1, 9)
    Loss(ORG, 1, 5, 5, 9, signed).check_can_be_given_up()
    with pytest.raises(AnchoredFramesLost):
        Loss(ORG, 1, 6, 5, 9, signed).check_can_be_given_up()
    with pytest.raises(LossNotSigned):
        Loss(ORG, 1, 5, 5, 9, "").check_can_be_given_up()
