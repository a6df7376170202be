"""A log host after its ledger moved: which frames that were signed for the old ledger it takes, and which not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.ledger.open_ledger import create_ledger
from veriwatt.machine.anchors.queries import data_chain
from veriwatt.machine.terminals.queries import number_record
from veriwatt.model.chain.log_epochs import LogName
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.header import FrameHeader
from veriwatt.ports.ledger import submit
from veriwatt.testing.actors import SimMember, sim_validator
from veriwatt.testing.edits import replace
from veriwatt.testing.hosts import LOG_KEY, ORG, SimHost
from veriwatt.testing.moves import close, sim_plan


class MovedHost(SimHost):
    """A host with a frame that is anchored, one accepted and one spooled when its ledger moved."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "old")
        self.old_ledger, self.old_chain = self.ledger, self.ledger.chain_id
        anchored, self.accepted = self.frame(), self.frame()
        self.accept(anchored)
        self.anchor()
        (accepted,) = self.accept(self.accepted)
        batch = self.offer(self.accepted)
        self.receipt = self.acceptance.receipt(accepted.position, batch)
        self.rival = self.frame(edit=_rival, advance=False)
        self.spooled = self.frame()
        max_ = SimMember("metro", "max", chain=self.old_chain)
        genesis, export = close(self.ledger, sim_plan(self.ledger.genesis), self.owner, max_)
        (folder / "new").mkdir()
        self.ledger = create_ledger(folder / "new", genesis, sim_validator(), self.clock, export)
        self.owner.chain = self.inspector.chain = genesis.chain_id
        self.open()

    def close(self) -> None:
        super().close()
        self.old_ledger.close()


def _rival(header: FrameHeader) -> FrameHeader:
    return replace(header, collected_at=header.collected_at + 1)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[MovedHost]:
    host = MovedHost(tmp_path)
    yield host
    host.close()


def test_frames_spooled_for_the_old_ledger_are_accepted_late_and_later_ones_continue_them(host: MovedHost) -> None:
    assert parse_frame(host.spooled).template.chain == host.old_chain
    (first,) = host.accept(host.spooled)
    new = host.frame()
    assert parse_frame(new).template.chain == host.ledger.chain_id
    (second,) = host.accept(new)
    assert (first.position, second.position) == (2, 3)
    host.anchor()
    assert data_chain(host.ledger, ORG).size == 4
    assert data_chain(host.old_ledger, ORG).size == 1


def test_what_the_old_ledger_acknowledged_is_known_and_its_receipt_is_of_the_same_log(host: MovedHost) -> None:
    (again,) = host.accept(host.accepted)
    assert again.known
    log = LogName(host.old_chain, ORG)
    host.receipt.verify(host.leaf_of(host.accepted), log.origin, LOG_KEY.public)
    host.accept(host.spooled)
    assert host.offer(host.spooled).note.startswith(f"{log.origin}\n3\n")


def test_no_second_frame_of_a_number_comes_in_through_the_move(host: MovedHost) -> None:
    host.accept(host.spooled)
    assert host.refusal(host.rival).code == "equivocation"


def test_the_rival_instead_of_the_spooled_frame_is_one_frame_of_its_number(host: MovedHost) -> None:
    """Which of two signed frames comes first is the terminal's own doing, and the other one convicts it."""
    host.accept(host.rival)
    assert host.refusal(host.spooled).code == "equivocation"
    report = host.owner.report_equivocation(host.terminal, host.rival, host.spooled)
    assert [result.code for result in submit(host.ledger, [report])] == ["ok"]
    record = number_record(host.ledger, ORG, "t1", parse_frame(host.spooled).number)
    assert record is not None
    assert record.equivocation is not None


def test_a_number_signed_for_the_old_ledger_and_for_the_new_one_is_an_equivocation(host: MovedHost) -> None:
    chain, first = host.ledger.chain_id, parse_frame(host.spooled)
    twin = host.frame(edit=lambda h: replace(h, chain=chain, number=first.number, prev=first.prev), advance=False)
    host.accept(host.spooled)
    assert host.refusal(twin).code == "equivocation"
    report = host.owner.report_equivocation(host.terminal, host.spooled, twin)
    assert [result.code for result in submit(host.ledger, [report])] == ["ok"]


def test_a_frame_of_a_third_ledger_is_refused(host: MovedHost) -> None:
    genesis = sha256(b"another genesis").hex()[:16]
    foreign = host.frame(edit=lambda header: replace(header, chain=f"other-{genesis}"), advance=False)
    assert host.refusal(foreign).code == "wrong-ledger"


def test_a_terminal_that_knows_of_the_end_signs_for_the_old_ledger_in_vain(host: MovedHost) -> None:
    """It names a leaf of after the end: it had the proof of the move."""
    host.accept(host.spooled)
    knowing = host.frame(edit=lambda header: replace(header, chain=host.old_chain), advance=False)
    assert host.refusal(knowing).code == "wrong-ledger"


def test_frames_are_no_frames_of_a_ledger_that_they_precede(host: MovedHost) -> None:
    """The old ledger's host, if it goes on, takes no frame that was signed for the successor."""
    new = host.frame()
    host.ledger, host.old_ledger = host.old_ledger, host.ledger
    host.open()
    assert host.refusal(new).code == "wrong-ledger"
