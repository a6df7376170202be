"""The same promises from a node that follows the embedded ledger of another process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.comet_program import comet_program
from tests.contracts.ledger.ledger_contract import LedgerContract
from veriwatt.ledger.open_ledger import (
    HttpPeer,
    PeerAddress,
    Submitter,
    audit_ledger,
    create_followed_ledger,
    follow_ledger,
    open_followed_ledger,
)
from veriwatt.membership.new_ledger import trust_of
from veriwatt.model.ledger.genesis import Genesis
from veriwatt.ports.ledger import Ledger
from veriwatt.reading.peer_answers import PeerAnswers
from veriwatt.system.clock import SystemClock
from veriwatt.testing.actors import SimMember
from veriwatt.testing.comet_network import CometNetwork, height_of, wait_until
from veriwatt.testing.lying_peers import PeerTransport
from veriwatt.testing.peer_process import NODE, ORG, peer_process


class TestFollowedLedger(LedgerContract):
    @pytest.fixture
    def ledger(self, genesis: Genesis, ann: SimMember, tmp_path: Path) -> Iterator[Ledger]:
        (tmp_path / "peer").mkdir()
        with peer_process(tmp_path / "peer", genesis) as (url, trust):
            submitter = Submitter(ann.org, ann.name, ann.key)
            peers = [PeerAddress(ORG, NODE, url)]
            with follow_ledger(tmp_path / "follower", trust, peers, submitter, SystemClock()) as ledger:
                yield ledger


class TestCopiedLedger(LedgerContract):
    """The same from a home that follows: it reads a copy of the proven state."""

    @pytest.fixture
    def ledger(self, genesis: Genesis, ann: SimMember, tmp_path: Path) -> Iterator[Ledger]:
        (tmp_path / "peer").mkdir()
        with peer_process(tmp_path / "peer", genesis) as (url, trust):
            folder = tmp_path / "follower"
            folder.mkdir()
            create_followed_ledger(folder, genesis)
            submitter, peers = Submitter(ann.org, ann.name, ann.key), [PeerAddress(ORG, NODE, url)]
            with open_followed_ledger(folder, trust, peers, submitter, SystemClock()) as ledger:
                ledger.bring_up_to_date()
                yield ledger
            assert audit_ledger(folder).problems == ()


@pytest.mark.engine
class TestFollowedCometLedger(LedgerContract):
    """The same from a node that follows a network of CometBFT through one of its validators."""

    @pytest.fixture
    def ledger(self, genesis: Genesis, ann: SimMember, tmp_path: Path) -> Iterator[Ledger]:
        with CometNetwork(tmp_path, genesis, comet_program()) as network:
            validator = network.run(0)
            wait_until(lambda: height_of(validator) > 0)
            clock = SystemClock()
            # the first block has the time of the genesis, which simulated ones set long ago
            trust = replace(trust_of(validator, genesis, clock.now()), trust_period_days=3650)
            answers = PeerAnswers(validator, ORG, NODE, clock.now)
            submitter, peer = Submitter(ann.org, ann.name, ann.key), PeerAddress(ORG, NODE, "http://validator")
            transport = PeerTransport(answers, {})
            with follow_ledger(
                tmp_path / "follower", trust, [peer], submitter, clock, lambda each: HttpPeer(each, transport)
            ) as ledger:
                yield ledger
            answers.close()
