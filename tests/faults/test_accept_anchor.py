"""Every outside call of accepting and anchoring fails once, lost and applied; nothing is lost or doubled."""

from __future__ import annotations

from itertools import count, product
from pathlib import Path

import pytest

from veriwatt.errors import VeriwattError
from veriwatt.loghost.accept import Accepted
from veriwatt.model.chain.checkpoint import Receipt
from veriwatt.model.frames.frame import parse_frame
from veriwatt.testing.faults import Cut, Failure, FaultPlan, sweep
from veriwatt.testing.hosts import LOG_KEY, ORG, SimHost
from veriwatt.testing.power import Tail

CUTS = list(product(Tail, (False, True)))
"""What is left of unsynced bytes, and whether unsynced names are."""


class Life:
    """Frames offered in batches, with an anchor after the second and the third; `acknowledged` are accepted."""

    def __init__(self, folder: Path) -> None:
        self.host = SimHost(folder)
        frames = [self.host.frame() for _ in range(6)]
        self.batches = [frames[:2], frames[2:3], frames[3:6]]
        self.acknowledged: set[bytes] = set()

    @property
    def frames(self) -> list[bytes]:
        return [frame for batch in self.batches for frame in batch]

    def run(self, plan: FaultPlan) -> None:
        self.host.open(plan)
        for at, batch in enumerate(self.batches):
            self.offer(batch)
            if at:
                self.host.anchor()

    def offer(self, batch: list[bytes]) -> None:
        outcomes = self.host.offer(*batch).outcomes
        self.acknowledged |= {f for f, outcome in zip(batch, outcomes, strict=True) if isinstance(outcome, Accepted)}

    def run_and_repeat(self, plan: FaultPlan) -> None:
        """As `run`, by callers that repeat a call that reports a failure."""
        again(lambda: self.host.open(plan))
        for at, batch in enumerate(self.batches):
            again(lambda batch=batch: self.offer(batch))
            if at:
                again(self.host.anchor)

    def check(self) -> None:
        """Everything acknowledged is there, once, and the rest can still come."""
        host = self.host
        for frame in self.acknowledged:
            header = parse_frame(frame).header
            position, _ = host.chain.find(header.terminal, header.number)
            assert host.chain.upload(position) == frame
        assert host.chain.size >= len(self.acknowledged)
        outcomes = host.accept(*self.frames)
        assert [outcome.position for outcome in outcomes] == list(range(len(self.frames)))
        host.anchor()
        assert host.chain.anchored_size == host.chain.size == len(self.frames)
        assert [frame.upload for _, frame in host.chain.frames(0)] == self.frames
        assert [leaf.old_size for leaf in host.leaves()] == [0, *(leaf.new_size for leaf in host.leaves())][:-1]
        assert host.leaves()[-1].root == host.chain.root()


def again(step: object) -> None:
    """Call until no expected error comes back; one fault is planned, so twice is enough."""
    assert callable(step)
    try:
        step()
    except VeriwattError:
        step()


def test_a_power_cut_at_any_call_loses_nothing_acknowledged_and_doubles_nothing(worlds: Path) -> None:
    lives, numbers = [], count()

    def run(plan: FaultPlan) -> None:
        lives.append(Life(worlds / str(next(numbers))))
        lives[-1].run(plan)

    for plan in sweep(run):
        life = lives.pop()
        tail, names_kept = CUTS[(2 * plan.nth + plan.applied) % len(CUTS)]
        life.host.disk.cut_power(tail, names_kept=names_kept)
        life.host.reopen(without_index=plan.nth % 3 == 0)
        life.check()
        life.host.close()


def test_a_killed_process_and_a_power_cut_in_its_next_life_lose_nothing_acknowledged(worlds: Path) -> None:
    lives, numbers = [], count()

    def run(plan: FaultPlan) -> None:
        lives.append(Life(worlds / str(next(numbers))))
        lives[-1].run(plan)

    for _ in sweep(run):
        life = lives.pop()
        life.host.reopen()
        life.offer(life.frames)
        life.host.disk.cut_power()
        life.host.reopen()
        life.check()
        life.host.close()


def test_a_call_that_reports_failure_is_repeated_and_nothing_is_lost_or_doubled(worlds: Path) -> None:
    lives, numbers = [], count()

    def run(plan: FaultPlan) -> None:
        lives.append(Life(worlds / str(next(numbers))))
        lives[-1].run_and_repeat(plan)

    for _ in sweep(run, Failure.REPORT):
        life = lives.pop()
        assert life.acknowledged == set(life.frames)
        life.check()
        life.host.disk.cut_power()
        life.host.reopen()
        life.check()
        life.host.close()


def test_a_receipt_outlives_a_power_cut(worlds: Path) -> None:
    host = SimHost(worlds)
    frame = host.frame()
    batch = host.offer(frame)
    receipt = host.acceptance.receipt(0, batch).to_bytes()
    host.disk.cut_power()
    host.reopen()
    checkpoint = Receipt.from_bytes(receipt).verify(
        host.leaf_of(frame), f"{host.ledger.chain_id}/{ORG}", LOG_KEY.public
    )
    assert (checkpoint.size, checkpoint.root) == (host.chain.size, host.chain.root())


@pytest.mark.parametrize("room", [0, 1, 31, 47, 48, 52, 300, 500])
def test_a_full_disk_refuses_clearly_and_loses_nothing(worlds: Path, room: int) -> None:
    host = SimHost(worlds)
    first, second = host.frame(), host.frame()
    host.accept(first)
    host.disk.room = room
    with pytest.raises(VeriwattError, match="disk is full"):
        host.accept(second)
    assert host.chain.size == 1
    host.disk.room = None
    third = host.frame()
    assert [outcome.known for outcome in host.accept(first, second, third)] == [True, False, False]
    host.disk.cut_power()
    host.reopen()
    assert [frame.upload for _, frame in host.chain.frames(0)] == [first, second, third]


@pytest.mark.parametrize("room", [0, 100, 700])
def test_a_full_disk_while_anchoring_loses_nothing(worlds: Path, room: int) -> None:
    host = SimHost(worlds)
    frames = [host.frame(), host.frame()]
    host.accept(*frames)
    host.disk.room = room
    with pytest.raises(VeriwattError, match="disk is full"):
        host.anchor()
    host.disk.room = None
    host.anchor()
    host.disk.cut_power()
    host.reopen()
    assert [frame.upload for _, frame in host.chain.frames(0)] == frames
    assert host.chain.anchored_size == 2


def test_a_disk_that_is_full_for_the_mark_alone_still_keeps_the_batch(worlds: Path) -> None:
    host = SimHost(worlds)
    frames = [host.frame() for _ in range(3)]
    host.accept(frames[0])
    host.disk.room = len(frames[1]) + 4 + 48 + 10
    host.accept(frames[1])
    host.disk.room = None
    host.accept(frames[2])
    host.disk.cut_power()
    host.reopen()
    assert [frame.upload for _, frame in host.chain.frames(0)] == frames


def test_a_cut_is_no_error_of_the_product() -> None:
    assert not issubclass(Cut, VeriwattError)
