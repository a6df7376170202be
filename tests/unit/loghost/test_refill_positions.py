"""A chain filled again: each frame at its old position, or nothing at all."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.ids import Digest
from veriwatt.loghost.accept import Accepted
from veriwatt.loghost.data_chain import ChainForked
from veriwatt.loghost.refill import Refill, Refilling
from veriwatt.model.frames.frame import Frame, parse_frame
from veriwatt.testing.actors import SimTerminal
from veriwatt.testing.hosts import CHAIN, ORG, SimHost

KEPT = 3


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SimHost]:
    made = SimHost(tmp_path)
    yield made
    made.close()


class Loss:
    """Frames of three terminals, accepted in batches; the host lost all but the first `KEPT`."""

    def __init__(self, host: SimHost, batches: Sequence[int], seed: int = 1) -> None:
        draw = random.Random(seed)
        terminals = [host.terminal, SimTerminal(ORG, "t2"), SimTerminal(ORG, "t3")]
        for terminal in terminals[1:]:
            host.admit(terminal)
        self.frames, self.roots = list[Frame](), dict[int, Digest]()
        for count in (KEPT, *batches):
            first, second = draw.sample(terminals, 2)
            posted = draw.randint(0, count)
            runs = [first] * posted + [second] * (count - posted)
            uploads = [host.frame(terminal) for terminal in runs]
            host.accept(*uploads)
            self.frames += map(parse_frame, uploads)
            self.roots[host.chain.size] = host.chain.root()
            if len(self.frames) == KEPT:
                journal = {n: host.disk.read(CHAIN / "journal" / n) for n in host.disk.names(CHAIN / "journal")}
        self.root, self.size = host.chain.root(), host.chain.size
        for name in host.disk.names(CHAIN / "journal"):
            host.disk.unlink(CHAIN / "journal" / name)
        for name, data in journal.items():
            host.disk.append(CHAIN / "journal" / name, data)
            host.disk.sync(CHAIN / "journal" / name)
        host.disk.sync_folder(CHAIN / "journal")
        host.reopen()
        assert host.chain.size == KEPT
        self.refill = Refill(host.chain)


def test_frames_come_back_in_any_order_to_their_positions(host: SimHost) -> None:
    loss = Loss(host, [2, 3, 1, 4])
    loss.refill.know(loss.size, loss.root)
    order = list(range(KEPT, loss.size))
    random.Random(7).shuffle(order)
    for position in order:
        assert not loss.refill.is_done
        loss.refill.place(position, loss.frames[position])
        loss.refill.drain()
    assert loss.refill.is_done
    assert host.chain.root() == loss.root
    assert [host.chain.upload(p) for p in range(loss.size)] == [frame.upload for frame in loss.frames]


def test_what_is_complete_up_to_a_signed_size_does_not_wait_for_the_rest(host: SimHost) -> None:
    loss = Loss(host, [2, 2])
    for size, root in loss.roots.items():
        loss.refill.know(size, root)
    for position in (KEPT, KEPT + 1):
        loss.refill.place(position, loss.frames[position])
    assert loss.refill.drain()
    assert host.chain.size == KEPT + 2
    assert list(loss.refill.missing()) == [KEPT + 2, KEPT + 3]


@pytest.mark.parametrize("seed", range(6))
def test_frames_without_a_receipt_find_their_positions_by_the_root(host: SimHost, seed: int) -> None:
    loss = Loss(host, [4, 1, 5], seed)
    loss.refill.know(loss.size, loss.root)
    loss.refill.place(KEPT + 4, loss.frames[KEPT + 4])
    for frame in reversed(loss.frames[KEPT : KEPT + 4] + loss.frames[KEPT + 5 :]):
        assert isinstance(loss.refill.take(frame), Refilling)
    loss.refill.drain()
    assert host.chain.root() == loss.root
    assert isinstance(loss.refill.take(loss.frames[-1]), Accepted)


def test_a_frame_that_was_never_acknowledged_takes_no_position(host: SimHost) -> None:
    loss = Loss(host, [2])
    loss.refill.know(loss.size, loss.root)
    loss.refill.place(KEPT, loss.frames[KEPT])
    stranger = SimTerminal(ORG, "t4")
    host.admit(stranger)
    loss.refill.take(parse_frame(host.frame(stranger)))
    assert not loss.refill.drain()
    assert host.chain.size == KEPT


def test_two_roots_under_one_size_show_two_histories(host: SimHost) -> None:
    loss = Loss(host, [2])
    loss.refill.know(loss.size, loss.root)
    with pytest.raises(ChainForked):
        loss.refill.know(loss.size, Digest(sha256(b"another")))
    with pytest.raises(ChainForked):
        loss.refill.know(KEPT, Digest(sha256(b"another")))


def test_frames_that_do_not_lead_to_the_signed_root_are_not_appended(host: SimHost) -> None:
    loss = Loss(host, [2])
    loss.refill.know(loss.size, Digest(sha256(b"another")))
    for position in range(KEPT, loss.size):
        loss.refill.place(position, loss.frames[position])
    with pytest.raises(ChainForked):
        loss.refill.drain()
    assert host.chain.size == KEPT
