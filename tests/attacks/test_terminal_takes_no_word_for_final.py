"""A log host that lies about what is final, signs two histories, or belongs to another ledger: the spool keeps all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.encoding import encode
from veriwatt.errors import NotProven, VeriwattError
from veriwatt.ids import Digest
from veriwatt.loghost.accept import Accepted
from veriwatt.loghost.chain_proofs import BeyondChain, prove_anchored, prove_number, prove_one_history
from veriwatt.loghost.group_question import answer_group_question
from veriwatt.membership.new_ledger import trust_of
from veriwatt.merkle.compact_range import CompactRange
from veriwatt.merkle.tree import path_of, tree_root
from veriwatt.model.chain.anchored import AnchoredProof
from veriwatt.model.chain.checkpoint import Checkpoint, Receipt, open_note
from veriwatt.model.chain.log_epochs import LogName
from veriwatt.model.chain.sent_again import SentAgain
from veriwatt.model.frames.frame import parse_frame
from veriwatt.model.frames.number import FrameNumber, FrameRef
from veriwatt.model.points.status import Status
from veriwatt.reading.root_log_head import prove_root_log_head
from veriwatt.terminal.delivery.chain_watch import LogHostContradicts, PromiseBroken
from veriwatt.terminal.delivery.continuity import SpoolBehind
from veriwatt.terminal.delivery.delivery import Delivery, FrameRefused
from veriwatt.terminal.delivery.log_host_client import (
    Delivered,
    EndedLogEpoch,
    HostState,
    LogHostBehind,
    NewLogEpoch,
    VerifiedReceipt,
)
from veriwatt.terminal.delivery.trusted_head import TrustedHead
from veriwatt.terminal.framing.framer import Framer
from veriwatt.terminal.framing.restate import GivenUp
from veriwatt.terminal.remedies import remedies
from veriwatt.terminal.sampling.samples import Sample
from veriwatt.terminal.spool.aside_book import AsideBook, PutAside
from veriwatt.terminal.spool.receipt_book import ReceiptBook
from veriwatt.terminal.spool.spool import RETENTION, Spool
from veriwatt.terminal.spool.spooled_frame import FrameState, PreparedFrame, SpooledFrame
from veriwatt.testing.actors import START, SimTerminal
from veriwatt.testing.frames import Edit
from veriwatt.testing.hosts import LOG_KEY, ORG, SimHost
from veriwatt.testing.worlds import SimWorld
from veriwatt.units import DAY, HOUR, MINUTE, UtcMillis
from veriwatt.verify.frame_checks import CLOCK_TOLERANCE
from veriwatt.verify.frame_refusals import WrongLedger


class HonestClient:
    """A `LiveLogHostClient` of a log host in this process; receipts are verified as over HTTP."""

    def __init__(self, host: SimHost) -> None:
        self.host, self.log = host, LogName(host.ledger.chain_id, ORG)

    @property
    def origin(self) -> str:
        return self.log.origin

    def send(self, uploads: Sequence[bytes]) -> list[Delivered]:
        batch = self.host.offer(*uploads)
        return [
            self.delivered(self.host.acceptance.receipt(outcome.position, batch), upload)
            if isinstance(outcome, Accepted)
            else Delivered(None, outcome.code, str(outcome))
            for outcome, upload in zip(batch.outcomes, uploads, strict=True)
        ]

    def delivered(self, receipt: Receipt, upload: bytes) -> Delivered:
        self.check_epoch(receipt.note)
        checkpoint = receipt.verify(parse_frame(upload).leaf, self.origin, LOG_KEY.public)
        return Delivered(receipt.position, receipt=VerifiedReceipt.of(receipt, checkpoint))

    def has_seen(self, size: int) -> None:
        pass

    def follow_epoch(self, epoch: int) -> None:
        self.log = self.log.in_epoch(epoch)

    def check_epoch(self, note: str) -> None:
        if (epoch := self.log.epoch_of(note)) != self.log.epoch:
            raise (NewLogEpoch if epoch > self.log.epoch else EndedLogEpoch)(epoch, self.log.epoch)

    def send_again(self, note: str, sent: Sequence[SentAgain]) -> HostState:
        assert not sent, "nothing is lost here"
        self.check_epoch(self.host.acceptance.checkpoint(self.clock()))
        return HostState(max(self.host.chain.size, open_note(note, self.origin, LOG_KEY.public).size), ())

    def newest_frame(self, terminal: str) -> FrameRef | None:
        return self.host.chain.tips.get(terminal)

    def clock(self) -> UtcMillis:
        return self.host.clock.now()

    def root_log(self) -> bytes:
        return prove_root_log_head(self.host.ledger).to_bytes()

    def successions(self) -> tuple[bytes, ...]:
        return ()

    def anchored(self, position: int, size: int) -> bytes:
        return self.proof(position, size).to_bytes()

    def proof(self, position: int, size: int) -> AnchoredProof:
        there = min(size, self.host.chain.size)
        proof = prove_anchored(self.host.ledger, self.host.chain, position, there)
        return proof if there == size else replace(proof, consistency=())

    def number_record(self, terminal: str, number: FrameNumber) -> bytes:
        return prove_number(self.host.ledger, ORG, terminal, number).to_bytes()

    def group_version(self, question: bytes) -> bytes:
        return answer_group_question(self.host.ledger, question).to_bytes()

    def consistency(self, old: int, new: int) -> tuple[Digest, ...]:
        try:
            return prove_one_history(self.host.chain, old, new)
        except BeyondChain as error:
            raise LogHostBehind(error.size, error.asked) from None


class Unrelated(HonestClient):
    """Each delivery gets a receipt under a signed checkpoint of a tree of its own."""

    trees = 0

    def send(self, uploads: Sequence[bytes]) -> list[Delivered]:
        self.trees += 1
        leaves = [sha256(bytes([self.trees, at])) for at in range(self.trees)] + [parse_frame(u).leaf for u in uploads]
        note = Checkpoint(self.origin, len(leaves), tree_root(leaves), START + 900 * DAY).sign(LOG_KEY)
        made = [Receipt(note, at, path_of(leaves, at)) for at in range(self.trees, len(leaves))]
        return [self.delivered(receipt, upload) for receipt, upload in zip(made, uploads, strict=True)]


class Site:
    """A terminal's spool and delivery beside its log host."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.host = folder, SimHost(folder / "host")
        self.trust = trust_of(self.host.ledger, self.host.ledger.genesis, self.host.clock.now())
        self.client: HonestClient = HonestClient(self.host)
        self.values, self.reported = GivenUp((), 0), list[str]()
        self.open()

    def open(self) -> None:
        self.spool = Spool(self.folder / "spool.db")

    def restart(self) -> None:
        self.spool.close()
        self.open()

    def delivery(self, client: HonestClient | None = None) -> Delivery:
        name, clock, head = self.host.terminal.name, self.host.clock, TrustedHead(self.trust, None, lambda _: None)
        host, told = client or self.client, self.reported
        return Delivery(
            name,
            self.spool,
            self.framer,
            host,
            head,
            clock,
            lambda _: self.values,
            lambda _, message: told.append(message),
        )

    @property
    def framer(self) -> Framer:
        terminal, chain = self.host.terminal, self.host.ledger.chain_id
        return Framer(chain, ORG, terminal.name, 1, terminal.key, self.spool, bytes)

    def upload(self, frame: SpooledFrame) -> bytes:
        return self.framer.upload(frame)

    def sign(self, count: int = 1, edit: Edit | None = None) -> None:
        """The terminal's next frames, signed in its spool."""
        for _ in range(count):
            frame = parse_frame(self.host.frame(edit=edit))
            payloads = encode(list(frame.payloads))
            made = PreparedFrame(frame.number, frame.frame_id, frame.place.end, frame.envelope.payload, payloads)
            self.spool.prepare_frames([made], [])
            self.spool.set_signatures([(frame.number, frame.signature)])

    def check_nothing_is_let_go(self) -> None:
        assert FrameState.FINAL not in self.spool.counts()
        assert self.spool.purge(self.host.clock.now() + 2 * RETENTION) == 0

    @property
    def book(self) -> ReceiptBook:
        return ReceiptBook(self.spool.file)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.spool.close()
    made.host.close()


def test_frames_are_final_once_the_ledger_proves_their_anchor_and_receipts_are_kept(site: Site) -> None:
    delivery = site.delivery()
    for count in (1, 3, 2):
        site.sign(count)
        assert delivery.send_and_confirm() == count
        site.host.anchor()
        assert delivery.send_and_confirm() == 0
        assert delivery.unfinished() == 0
    newest = site.book.newest()
    assert newest is not None
    assert newest.head == (6, site.host.chain.root())
    site.restart()
    for _, frame in site.host.chain.frames(0):
        raw = site.book.receipt(frame.number)
        assert raw is not None
        Receipt.from_bytes(raw).verify(frame.leaf, site.client.origin, LOG_KEY.public)
    assert site.spool.purge(site.host.clock.now() + 2 * RETENTION) == 6
    assert site.book.receipt(frame.number) is None


def test_an_anchored_size_made_up_by_the_host_makes_nothing_final(site: Site) -> None:
    """2**62 frames anchored, it says."""

    class Boaster(HonestClient):
        def proof(self, position: int, size: int) -> AnchoredProof:
            true = super().proof(position, size)
            claimed = CompactRange(1 << 62, (Digest(bytes(32)),))
            return replace(true, state=replace(true.state, values=(encode(claimed.fields()), None)))

    site.sign(2)
    with pytest.raises(NotProven):
        site.delivery(Boaster(site.host)).send_and_confirm()
    site.check_nothing_is_let_go()


def test_two_unrelated_trees_are_a_contradiction(site: Site) -> None:
    liar = Unrelated(site.host)
    site.sign()
    site.delivery(liar).send_and_confirm()  # the ledger has neither, and there is nothing yet to compare it with
    site.sign()
    with pytest.raises(LogHostContradicts):
        site.delivery(liar).send_and_confirm()
    site.check_nothing_is_let_go()


def test_a_contradiction_is_stored_with_both_notes_and_outlives_restarts(site: Site) -> None:
    site.sign()
    site.delivery().send_and_confirm()
    site.sign()
    with pytest.raises(LogHostContradicts):
        site.delivery(Unrelated(site.host)).send_and_confirm()
    site.host.anchor()
    for _ in range(2):
        site.restart()
        found = site.book.contradiction()
        assert found is not None
        assert [stated.statement.decode().split("\n")[1] for stated in found] == ["1", "2"]
        with pytest.raises(LogHostContradicts):
            site.delivery(Unrelated(site.host)).send_and_confirm()
        site.check_nothing_is_let_go()
    head = TrustedHead(site.trust, None, lambda _: None).newest()
    assert any("contradicts what it signed" in text for text in remedies(site.spool, head, 30, {}, START))


def test_one_size_with_two_roots_is_a_contradiction(site: Site) -> None:
    class SameSize(HonestClient):
        def send(self, uploads: Sequence[bytes]) -> list[Delivered]:
            leaves = [parse_frame(upload).leaf for upload in uploads]
            note = Checkpoint(self.origin, len(leaves), tree_root(leaves), START + 900 * DAY).sign(LOG_KEY)
            made = [Receipt(note, at, path_of(leaves, at)) for at in range(len(leaves))]
            return [self.delivered(receipt, upload) for receipt, upload in zip(made, uploads, strict=True)]

    site.sign()
    site.delivery().send_and_confirm()
    site.sign()
    with pytest.raises(LogHostContradicts):
        site.delivery(SameSize(site.host)).send_and_confirm()
    with pytest.raises(LogHostContradicts):
        site.delivery().send_and_confirm()  # nothing can settle it
    site.check_nothing_is_let_go()


def test_an_anchor_of_another_history_than_the_receipts_is_a_contradiction(site: Site) -> None:
    """The host receipts one tree and anchors another, which has the terminal's frames at the same positions."""

    class TwoFaced(HonestClient):
        def send(self, uploads: Sequence[bytes]) -> list[Delivered]:
            super().send(uploads)
            leaves = [parse_frame(upload).leaf for upload in uploads] + [sha256(b"never anchored")]
            note = Checkpoint(self.origin, len(leaves), tree_root(leaves), START + 900 * DAY).sign(LOG_KEY)
            made = [Receipt(note, at, path_of(leaves, at)) for at in range(len(uploads))]
            return [self.delivered(receipt, upload) for receipt, upload in zip(made, uploads, strict=True)]

    liar = TwoFaced(site.host)
    site.sign(2)
    site.delivery(liar).send_and_confirm()
    site.host.accept(site.host.frame(), site.host.frame())
    site.host.anchor()
    with pytest.raises(LogHostContradicts):
        site.delivery(liar).send_and_confirm()
    site.check_nothing_is_let_go()


def test_a_host_that_proves_one_history_after_all_is_believed_again(site: Site) -> None:
    """Somebody on the way changed an answer."""

    class Garbled(HonestClient):
        def consistency(self, old: int, new: int) -> tuple[Digest, ...]:
            return (sha256(b"garbled"), *super().consistency(old, new)[1:])

    site.sign()
    site.delivery().send_and_confirm()
    site.sign()
    with pytest.raises(LogHostContradicts):
        site.delivery(Garbled(site.host)).send_and_confirm()
    site.restart()
    site.delivery().send_and_confirm()
    site.host.anchor()
    site.delivery().send_and_confirm()
    assert site.book.contradiction() is None
    assert site.spool.counts() == {FrameState.FINAL: 2}


@pytest.mark.parametrize(
    "lie",
    [
        lambda proof: replace(proof, path=None),
        lambda proof: replace(proof, path=(sha256(b"x"), *proof.path[1:])),
        lambda proof: replace(proof, light=replace(proof.light, header=replace(proof.light.header, height=9))),
        lambda proof: replace(proof, state=replace(proof.state, values=(None,))),
    ],
    ids=["no path", "another path", "another header", "no chain"],
)
def test_a_proof_with_one_part_changed_makes_nothing_final(
    site: Site, lie: Callable[[AnchoredProof], AnchoredProof]
) -> None:
    class Liar(HonestClient):
        def proof(self, position: int, size: int) -> AnchoredProof:
            return lie(super().proof(position, size))

    site.sign(3)
    site.delivery().send_and_confirm()
    site.host.anchor()
    with pytest.raises(VeriwattError):
        site.delivery(Liar(site.host)).send_and_confirm()
    site.check_nothing_is_let_go()


def test_the_node_of_another_ledger_lets_a_restored_terminal_sign_nothing(site: Site, tmp_path: Path) -> None:
    """It has no frame of the terminal, so by its answers no number is used; the terminal's own log host has three."""
    site.sign(3)
    site.delivery().send_and_confirm()
    site.spool.close()
    (site.folder / "spool.db").unlink()
    site.open()
    other = SimWorld(tmp_path / "other", founder="bob")
    other.must(other.inspector.certify(other.terminal, START, START + DAY))

    class OtherNode(HonestClient):
        def root_log(self) -> bytes:
            return prove_root_log_head(other.ledger).to_bytes()

        def newest_frame(self, _: str) -> FrameRef | None:
            return None

    with pytest.raises(WrongLedger, match="node"):
        site.delivery(OtherNode(site.host)).check_newest()
    with pytest.raises(SpoolBehind):
        site.delivery().check_newest()
    other.close()


def test_values_of_the_future_in_a_void_frame_are_put_aside_and_what_cannot_be_opened_is_counted(site: Site) -> None:
    """They were read by a clock that was ahead: stated again as they are, they would block the terminal again."""
    site.sign(edit=lambda header: header._replace(root_log_size=10**6))
    (frame,) = site.spool.pending()
    end, later = frame.window_end, site.host.clock.now() + CLOCK_TOLERANCE + 1
    early = Sample("p000", end - 15 * MINUTE, end, 7, Status.MEASURED, later - 1)
    late = Sample("p001", end - 15 * MINUTE, end, 8, Status.MEASURED, later)
    site.values = GivenUp((early, late), 3)
    site.host.must(site.host.owner.void(site.host.terminal, site.upload(frame), "wrong clock"))

    site.delivery().send_and_confirm()

    waiting = site.spool.unframed(["p000", "p001"], end)
    assert {point: columns.values.tolist() for point, columns in waiting.items()} == {"p000": [7]}
    assert AsideBook(site.spool.file).counts() == PutAside(1, end, 1, 3)
    (told,) = site.reported
    assert "of it 1 slot read while the clock was ahead and 3 slots of definitions that this terminal no lon" in told
    assert "are not stated again: they stay in the frame that was put aside, which its owner can open" in told


def test_a_terminal_blocked_by_what_it_signed_goes_on_after_a_proven_void_and_states_its_values_again(
    site: Site,
) -> None:
    site.sign()
    site.sign(edit=lambda header: header._replace(root_log_size=10**6))
    site.sign(2)
    delivery = site.delivery()
    with pytest.raises(FrameRefused, match="void") as refused:
        delivery.send_and_confirm()
    frame = refused.value.frame
    end = frame.window_end
    site.values = GivenUp((Sample("p000", end - 15 * MINUTE, end, 7, Status.MEASURED, end),), 0)
    site.host.must(
        site.host.owner.void(site.host.terminal, site.upload(frame), "it names a leaf that the ledger never had")
    )
    assert delivery.send_and_confirm() == 2
    site.host.anchor()
    delivery.send_and_confirm()
    assert site.spool.counts() == {FrameState.FINAL: 3}
    assert site.spool.unframed(["p000"], end)["p000"].values.tolist() == [7]
    assert site.spool.tip().number == FrameNumber(0, 4)


def test_a_void_that_only_the_host_claims_gives_up_no_frame(site: Site) -> None:
    class Liar(HonestClient):
        def send(self, uploads: Sequence[bytes]) -> list[Delivered]:
            return [Delivered(None, "voided-number", "so I say") for _ in uploads]

    site.sign(2)
    with pytest.raises(NotProven):
        site.delivery(Liar(site.host)).send_and_confirm()
    assert site.spool.counts() == {FrameState.SIGNED: 2}


def test_a_promise_that_is_broken_by_the_ledgers_time_is_named(site: Site) -> None:
    site.sign()
    delivery = site.delivery()
    delivery.send_and_confirm()
    site.host.clock.advance_to(site.host.clock.now() + 2 * HOUR)
    delivery.send_and_confirm()  # no block since then: nothing says that it is late
    site.host.admit(SimTerminal(ORG, "t2"))
    with pytest.raises(PromiseBroken):
        delivery.send_and_confirm()
    site.check_nothing_is_let_go()
    site.host.anchor()
    delivery.send_and_confirm()
    assert site.spool.counts() == {FrameState.FINAL: 1}
