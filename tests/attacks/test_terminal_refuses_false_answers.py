"""A log host that lies about the ledger: no leaf that the ledger never had gets into a terminal's header."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.errors import Malformed, NotProven, Unavailable
from veriwatt.model.evidence.paths import PlacedLeaf
from veriwatt.model.ledger.root_log import RootLogHeadProof
from veriwatt.model.ledger.state_keys import ROOT_LOG
from veriwatt.reading.root_log_head import prove_root_log_head
from veriwatt.terminal.delivery.trusted_head import TrustedHead
from veriwatt.testing.actors import START
from veriwatt.testing.edits import replace
from veriwatt.testing.worlds import SimWorld
from veriwatt.units import DAY, UtcMillis
from veriwatt.verify.block_refusals import TrustExpired
from veriwatt.verify.frame_refusals import WrongLedger
from veriwatt.verify.root_log_head import NO_HEAD, verify_root_log


class Terminal:
    """The trusted head of a terminal in a world; `saved` are the versions of its file."""

    def __init__(self, world: SimWorld) -> None:
        self.world, self.trust, self.saved = world, world.trust(), list[bytes]()
        self.restart()

    def restart(self) -> None:
        self.ledger = TrustedHead(self.trust, self.saved[-1] if self.saved else None, self.saved.append)

    def ask(self, head: RootLogHeadProof | None = None, now: UtcMillis | None = None) -> None:
        shown = head or prove_root_log_head(self.world.ledger)
        self.ledger.take(shown.to_bytes(), self.world.clock.now() if now is None else now)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[SimWorld]:
    made = SimWorld(tmp_path)
    yield made
    made.close()


@pytest.fixture
def terminal(world: SimWorld) -> Terminal:
    return Terminal(world)


def grow(world: SimWorld, day: int = 0) -> None:
    """One more block that changes the state."""
    world.clock.advance_to(max(world.clock.now(), START + day * DAY))
    world.must(world.inspector.certify(world.terminal, START, START + DAY))


def test_the_newest_leaf_is_stored_and_survives_a_restart(world: SimWorld, terminal: Terminal) -> None:
    assert terminal.ledger.newest() == NO_HEAD
    grow(world)
    terminal.ask()
    trusted, head = terminal.ledger.newest(), world.ledger.head()
    assert (trusted.size, trusted.leaf) == (head.root_log_size, head.root_log_leaf)
    terminal.restart()
    assert terminal.ledger.newest() == trusted


def test_a_proof_with_any_flipped_byte_is_refused(world: SimWorld, terminal: Terminal) -> None:
    grow(world)
    raw, trust = prove_root_log_head(world.ledger).to_bytes(), terminal.trust
    now = world.clock.now()
    for at in range(len(raw)):
        flipped = raw[:at] + bytes([raw[at] ^ 0x01]) + raw[at + 1 :]
        with pytest.raises((Malformed, NotProven)):
            verify_root_log(RootLogHeadProof.from_bytes(flipped), trust, now)


def test_a_leaf_that_is_not_the_last_is_refused(world: SimWorld, terminal: Terminal) -> None:
    grow(world)
    head = prove_root_log_head(world.ledger)
    with world.ledger.snapshot() as now:
        before = now.log_proof(ROOT_LOG, head.newest.index - 1)
    for index in (before.index, head.newest.index):
        with pytest.raises(NotProven):
            terminal.ask(replace(head, newest=PlacedLeaf(before.leaf, index, before.path)))
    assert terminal.ledger.newest() == NO_HEAD


def test_a_leaf_of_another_ledger_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    other = SimWorld(tmp_path / "other", founder="bob")
    grow(other)
    with pytest.raises(WrongLedger, match=other.ledger.chain_id):
        terminal.ask(prove_root_log_head(other.ledger))
    other.close()


def test_a_second_history_of_the_trusted_block_is_refused(world: SimWorld, terminal: Terminal, tmp_path: Path) -> None:
    """An operator restored its ledger from a backup and continued from there."""
    twin = SimWorld(tmp_path / "twin")
    grow(world)
    grow(twin, day=1)
    terminal.ask()
    trusted = terminal.ledger.newest()
    with pytest.raises(NotProven):
        terminal.ask(prove_root_log_head(twin.ledger))
    assert terminal.ledger.newest() == trusted
    twin.close()


def test_an_older_head_does_not_replace_a_newer_one(world: SimWorld, terminal: Terminal) -> None:
    old = prove_root_log_head(world.ledger)
    grow(world)
    terminal.ask()
    with pytest.raises(NotProven, match="older"):
        terminal.ask(old)
    assert terminal.ledger.newest().size == old.newest.index + 2


def test_each_proven_block_is_trusted_for_another_trust_period(world: SimWorld, terminal: Terminal) -> None:
    for day in (100, 200, 300):
        grow(world, day)
        terminal.ask()
        terminal.restart()
    grow(world, 500)
    with pytest.raises(TrustExpired):
        terminal.ask()


def test_a_slow_clock_does_not_keep_a_terminal_from_learning(world: SimWorld, terminal: Terminal) -> None:
    grow(world, 20)
    terminal.ask(now=START)
    assert terminal.ledger.newest().size == world.ledger.head().root_log_size


def test_a_damaged_file_counts_as_absent(world: SimWorld, terminal: Terminal) -> None:
    grow(world)
    terminal.ask()
    terminal.saved.append(terminal.saved[-1][:-1])
    terminal.restart()
    assert terminal.ledger.newest() == NO_HEAD
    terminal.ask()
    assert terminal.ledger.newest().size == world.ledger.head().root_log_size


def test_a_head_that_cannot_be_saved_is_trusted_in_this_process(world: SimWorld) -> None:
    def full(_: bytes) -> None:
        raise Unavailable("the disk is full")

    ledger = TrustedHead(world.trust(), None, full)
    with pytest.raises(Unavailable):
        ledger.take(prove_root_log_head(world.ledger).to_bytes(), world.clock.now())
    assert ledger.newest().size == world.ledger.head().root_log_size
