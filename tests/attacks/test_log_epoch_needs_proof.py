"""A log epoch frees a log host of nothing that it does not prove by the ledger, and lets go of no frame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.test_terminal_takes_no_word_for_final import HonestClient, Site, Unrelated
from veriwatt.errors import NotProven
from veriwatt.ids import Digest
from veriwatt.loghost.accept import Acceptance
from veriwatt.loghost.quarantine import Quarantine
from veriwatt.model.chain.anchored import AnchoredProof
from veriwatt.model.chain.log_epochs import LogEpochs, Recovered
from veriwatt.node.own_spools import open_spool, spooled_frames
from veriwatt.readmodel.ledger_cache import LedgerCache
from veriwatt.terminal.delivery.chain_watch import LogHostContradicts
from veriwatt.terminal.delivery.log_epoch import LogEpochNotProven
from veriwatt.terminal.delivery.log_host_client import EndedLogEpoch
from veriwatt.terminal.spool.spooled_frame import FrameState
from veriwatt.testing.actors import SimTerminal
from veriwatt.testing.edits import replace
from veriwatt.testing.hosts import LOG_KEY, ORG, QUARANTINE


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.spool.close()
    made.host.close()


def signing_in(site: Site, epoch: int) -> None:
    """The log host signs for this log epoch, whatever the ledger has."""
    cache, quarantine = LedgerCache(site.host.ledger), Quarantine(site.host.disk, QUARANTINE)
    site.host.acceptance = Acceptance(site.host.chain, cache, LOG_KEY, quarantine, epoch)


def given_up(site: Site, lost: int) -> None:
    """The org gives up what is not anchored, and its host goes on in the next epoch without losing anything."""
    kept = site.host.chain.anchored_size
    site.host.must(site.host.owner.recover(kept, site.host.owner.lost(lost)))
    site.host.reopen()


def test_an_epoch_that_the_ledger_does_not_have_frees_the_host_of_no_receipt(site: Site) -> None:
    site.sign(2)
    site.delivery().send_and_confirm()
    receipts = [site.book.receipt(frame.number) for frame in site.spool.placed(0)]
    signing_in(site, 2)
    site.sign()
    with pytest.raises(LogEpochNotProven):
        site.delivery().send_and_confirm()
    assert site.book.log_epoch() == 1
    assert [site.book.receipt(frame.number) for frame in site.spool.placed(0)] == receipts
    assert site.spool.counts() == {FrameState.ACCEPTED: 2, FrameState.SIGNED: 1}


def test_a_record_made_up_by_the_host_begins_no_epoch(site: Site) -> None:
    made_up = LogEpochs((Recovered(1, 1, 0, 9, site.host.chain.root(), "ann"),)).to_bytes()

    class Forger(HonestClient):
        def proof(self, position: int, size: int) -> AnchoredProof:
            true = super().proof(position, size)
            return replace(true, state=replace(true.state, values=(true.state.values[0], made_up)))

    site.sign()
    site.delivery().send_and_confirm()
    signing_in(site, 2)
    site.sign()
    with pytest.raises(NotProven):
        site.delivery(Forger(site.host)).send_and_confirm()
    assert site.book.log_epoch() == 1


def test_in_a_proven_epoch_what_is_not_anchored_is_sent_again_and_old_receipts_are_kept(site: Site) -> None:
    delivery = site.delivery()
    site.sign(2)
    delivery.send_and_confirm()
    site.host.anchor()
    delivery.send_and_confirm()
    site.sign(3)
    delivery.send_and_confirm()
    old = {frame.number: site.book.receipt(frame.number) for frame in site.spool.placed(2)}
    given_up(site, 5)
    site.sign()
    assert site.delivery().send_and_confirm() == 4
    assert site.reported
    assert "3 acknowledged frames of this terminal" in site.reported[0]
    assert site.book.log_epoch() == 2
    for number, receipt in old.items():
        assert site.book.given_up(number) == [receipt]
        assert site.book.receipt(number) not in (None, receipt)
    site.host.anchor()
    site.delivery().send_and_confirm()
    assert site.spool.counts() == {FrameState.FINAL: 6}


def test_a_host_that_goes_on_in_the_ended_epoch_is_found_out_by_the_proof_of_what_is_anchored(site: Site) -> None:
    """It gives the terminal receipts of epoch 1 after the record, and never anchors what they promise."""
    given_up(site, 5)
    signing_in(site, 1)
    site.sign(2)
    with pytest.raises(EndedLogEpoch):
        site.delivery().send_and_confirm()
    assert site.book.log_epoch() == 2
    assert site.spool.counts() == {FrameState.SIGNED: 2}


def test_a_receipt_of_an_ended_epoch_is_none(site: Site) -> None:
    site.sign()
    given_up(site, 5)
    site.delivery().send_and_confirm()
    signing_in(site, 1)
    site.sign()
    with pytest.raises(EndedLogEpoch):
        site.delivery().send_and_confirm()
    assert site.spool.counts() == {FrameState.ACCEPTED: 1, FrameState.SIGNED: 1}


def test_two_histories_of_one_epoch_stay_in_the_terminal_when_the_next_one_begins(site: Site) -> None:
    """The record is no excuse for them; but the terminal goes on, and its frames are not lost."""
    site.sign()
    site.delivery().send_and_confirm()
    site.sign()
    with pytest.raises(LogHostContradicts):
        site.delivery(Unrelated(site.host)).send_and_confirm()
    given_up(site, 5)
    site.delivery().send_and_confirm()
    names = {name for (name,) in site.spool.file.read("SELECT name FROM statements")}
    assert {"newest of epoch 1", "first of epoch 1", "second of epoch 1", "newest"} == names
    site.host.anchor()
    site.delivery().send_and_confirm()
    assert site.spool.counts() == {FrameState.FINAL: 2}


def test_frames_of_a_homes_own_spool_wait_to_be_sent_again_once_for_each_epoch(site: Site) -> None:
    """Their positions of before would contradict what the chain has there now."""
    site.sign(3)
    site.spool.mark_accepted([(frame.number, 4 + at) for at, frame in enumerate(site.spool.pending())])
    site.spool.mark_final(5)
    site.spool.close()
    path, key = site.folder / "spool.db", site.host.terminal.key
    epochs = LogEpochs((Recovered(1, 1, 5, 9, Digest(bytes(32)), "ann"),))
    placed, loose = spooled_frames([(path, key)], 5, LogEpochs())
    assert ([position for position, _ in placed], loose) == ([5, 6], [])
    placed, loose = spooled_frames([(path, key)], 5, epochs)
    assert (placed, len(loose)) == ([], 2)
    with open_spool(path, None, epochs) as spool:
        assert spool.counts() == {FrameState.SIGNED: 2, FrameState.FINAL: 1}
        spool.mark_accepted([(frame.number, 7) for frame in spool.pending()])
    with open_spool(path, None, epochs) as spool:
        assert FrameState.SIGNED not in spool.counts()


def test_a_host_that_anchored_another_frame_and_then_opens_an_epoch_is_reported(site: Site) -> None:
    """It gave the terminal a position in one tree, anchored another frame there, and says that it lost everything."""

    class Forgetful(Unrelated):
        """Its trees begin with no frame of others."""

        def __init__(self, made: Site) -> None:
            super().__init__(made.host)
            self.trees = -1

    site.sign()
    site.delivery(Forgetful(site)).send_and_confirm()
    (frame,) = site.spool.placed(0)
    assert frame.position == 0
    other = SimTerminal(ORG, "t2")
    site.host.admit(other)
    site.host.accept(site.host.frame(other))
    site.host.anchor()
    given_up(site, 5)
    site.delivery().send_and_confirm()
    assert any("signed two histories" in text for text in site.reported)
    assert site.book.given_up(frame.number)
    site.host.anchor()
    site.delivery().send_and_confirm()
    assert site.spool.counts() == {FrameState.FINAL: 1}
