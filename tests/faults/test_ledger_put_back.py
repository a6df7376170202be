"""A ledger that was put back to an earlier day, below a chain that was not: its frames are anchored again."""

from __future__ import annotations

from pathlib import Path

import pytest

from veriwatt.loghost.recovery import IndexNeeded
from veriwatt.merkle.tree import tree_root
from veriwatt.store.high_water import LedgerBehind
from veriwatt.testing.faults import Cut, FaultPlan, sweep
from veriwatt.testing.hosts import CHAIN, ORG, SimHost


def host_with_an_older_ledger(folder: Path, *, waiting: int) -> tuple[SimHost, list[bytes]]:
    """A host whose ledger lost two of three anchors; `waiting` more frames were accepted after them."""
    host = SimHost(folder)
    frames = [host.frame() for _ in range(9 + waiting)]
    host.accept(*frames[:2])
    host.anchor()
    backup = host.back_up_ledger()
    host.open()
    for start, end in ((2, 4), (4, 9)):
        host.accept(*frames[start:end])
        host.anchor()
    if waiting:
        host.accept(*frames[9:])
    host.put_back_ledger(backup)
    return host, frames


@pytest.mark.parametrize("waiting", [0, 3])
def test_the_chain_is_not_opened_unless_it_is_asked_for(tmp_path: Path, waiting: int) -> None:
    host, _ = host_with_an_older_ledger(tmp_path, waiting=waiting)
    with pytest.raises(LedgerBehind, match="anchors of frames 2 to 8 of acme.*--refill"):
        host.open()


@pytest.mark.parametrize("waiting", [0, 3])
def test_every_frame_keeps_its_position_and_is_anchored_again(tmp_path: Path, waiting: int) -> None:
    host, frames = host_with_an_older_ledger(tmp_path, waiting=waiting)
    host.open(refill=True)
    assert (host.chain.anchored_size, host.chain.size) == (2, 9 + waiting)
    assert host.chain.root() == tree_root([host.leaf_of(frame) for frame in frames])
    assert all(outcome.known for outcome in host.accept(*frames))
    following = host.frame()
    host.accept(following)
    host.anchor()
    assert [leaf.new_size for leaf in host.leaves()] == [2, 10 + waiting]
    host.open()
    assert [host.chain.upload(n) for n in range(host.chain.size)] == [*frames, following]


def test_a_damaged_row_of_the_index_puts_back_nothing_and_keeps_the_index(tmp_path: Path) -> None:
    host, frames = host_with_an_older_ledger(tmp_path, waiting=1)
    journal, rows = journal_of(host), list(host.index.rows(ORG))
    host.move_row(3, by=1)
    for _ in range(2):
        with pytest.raises(IndexNeeded, match="anchors of acme after 2 frames"):
            host.open(refill=True)
    assert journal_of(host) == journal
    host.move_row(3, by=-1)
    assert list(host.index.rows(ORG)) == rows
    host.open(refill=True)
    assert [host.chain.upload(n) for n in range(host.chain.size)] == frames


def journal_of(host: SimHost) -> dict[str, bytes]:
    folder = CHAIN / "journal"
    return {name: host.disk.read(folder / name) for name in host.disk.names(folder)}


def test_a_loss_of_blocks_is_survived_at_every_point_of_its_mending(tmp_path: Path) -> None:
    folders = iter(range(1000))

    def mend(plan: FaultPlan) -> None:
        host, frames = host_with_an_older_ledger(tmp_path / str(next(folders)), waiting=1)
        try:
            host.open(plan, refill=True)
        except Cut:
            host.disk.cut_power()
            host.open(refill=True)
        assert host.chain.anchored_size == 2
        assert [host.chain.upload(n) for n in range(host.chain.size)] == frames

    assert len(list(sweep(mend))) > 4
