from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.errors import NotFound
from veriwatt.merkle.tiles import tile_path
from veriwatt.merkle.tree import tree_root
from veriwatt.model.chain.checkpoint import Receipt
from veriwatt.model.chain.manifest import Manifest
from veriwatt.model.frames.number import FrameNumber
from veriwatt.store.journal import journal_files
from veriwatt.testing.actors import SimTerminal
from veriwatt.testing.hosts import CHAIN, LOG_KEY, ORG, SimHost


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SimHost]:
    made = SimHost(tmp_path)
    yield made
    made.close()


def test_the_root_is_that_of_the_frames_leaves(host: SimHost) -> None:
    frames = [host.frame() for _ in range(5)]
    host.accept(*frames[:2])
    host.anchor()
    host.accept(*frames[2:])
    assert host.chain.root() == tree_root([host.leaf_of(frame) for frame in frames])


def test_frames_accepted_while_an_anchor_is_under_way_wait_for_the_next(host: SimHost) -> None:
    first, second, third = (host.frame() for _ in range(3))
    host.accept(first)
    anchor = host.chain.prepare_anchor(host.clock.now())
    assert anchor is not None
    host.accept(second)
    assert host.submit(anchor).ok
    host.accept(third)
    host.chain.anchored(host.leaves())
    assert (host.chain.anchored_size, host.chain.size) == (1, 3)
    assert journal_files(host.disk, CHAIN / "journal") == [1]
    assert [frame.upload for _, frame in host.chain.frames(0)] == [first, second, third]
    assert [host.chain.upload(n) for n in range(3)] == [first, second, third]
    host.disk.cut_power()
    host.reopen()
    assert (host.chain.anchored_size, host.chain.size) == (1, 3)
    leaf = host.anchor()
    assert leaf is not None
    assert (leaf.old_size, leaf.new_size) == (1, 3)


def test_an_anchor_made_in_an_earlier_try_is_found_and_the_rest_follows(host: SimHost) -> None:
    """The first try was lost on the way back, and more frames came before the second."""
    host.accept(host.frame())
    anchor = host.chain.prepare_anchor(host.clock.now())
    assert anchor is not None
    host.submit(anchor)
    host.accept(host.frame())
    leaf = host.anchor()
    assert leaf is not None
    assert [each.new_size for each in host.leaves()] == [1, 2]


def test_preparing_twice_gives_the_same_anchor(host: SimHost) -> None:
    host.accept(host.frame(), host.frame())
    assert host.chain.prepare_anchor(host.clock.now()) == host.chain.prepare_anchor(host.clock.now())


def test_nothing_new_needs_no_anchor(host: SimHost) -> None:
    assert host.anchor() is None
    host.accept(host.frame())
    assert host.anchor() is not None
    assert host.anchor() is None


def test_a_manifest_names_every_frame_and_the_newest_of_each_terminal(host: SimHost) -> None:
    other = SimTerminal(ORG, "a-first")
    host.admit(other)
    frames = [host.frame(), host.frame(other), host.frame()]
    host.accept(*frames)
    leaf = host.anchor()
    assert leaf is not None
    manifest = Manifest.from_bytes(host.blobs.get(leaf.manifest))
    assert [(tip.terminal, tip.number.seq) for tip in manifest.tips] == [("a-first", 1), ("t1", 2)]
    assert manifest.tips_root() == leaf.tips_root
    assert sum(segment.count for segment in manifest.segments) == 3


def test_a_rebuilt_index_equals_the_one_that_was_written(host: SimHost) -> None:
    for _ in range(3):
        host.accept(host.frame(), host.frame())
        host.anchor()
    before = list(host.index.rows(ORG))
    host.reopen(without_index=True)
    assert list(host.index.rows(ORG)) == before
    assert [row.position for row in before] == list(range(6))


def test_tips_are_the_same_after_a_restart(host: SimHost) -> None:
    other = SimTerminal(ORG, "t2")
    host.admit(other)
    host.accept(host.frame(), host.frame(other), host.frame(other))
    host.anchor()
    host.accept(host.frame())
    tips = dict(host.chain.tips)
    host.reopen()
    assert host.chain.tips == tips
    assert {name: tip.number.seq for name, tip in tips.items()} == {"t1": 2, "t2": 2}


def test_a_receipt_proves_a_frame_old_or_new_under_the_newest_checkpoint(host: SimHost) -> None:
    frames = [host.frame() for _ in range(4)]
    host.accept(*frames[:2])
    host.anchor()
    batch = host.offer(*frames)
    host.accept(host.frame())
    for position, frame in enumerate(frames):
        receipt = Receipt.from_bytes(host.acceptance.receipt(position, batch).to_bytes())
        checkpoint = receipt.verify(host.leaf_of(frame), f"{host.ledger.chain_id}/{ORG}", LOG_KEY.public)
        assert checkpoint.size == 4


def test_a_position_beyond_the_end_is_missing(host: SimHost) -> None:
    with pytest.raises(NotFound):
        host.chain.upload(0)
    with pytest.raises(NotFound):
        host.chain.find("t1", FrameNumber(0, 1))


@pytest.mark.slow
def test_full_tiles_are_stored_and_written_again_when_they_are_lost(host: SimHost) -> None:
    frames = [host.frame() for _ in range(300)]
    host.accept(*frames[:290])
    host.anchor()
    host.accept(*frames[290:])
    path = CHAIN / tile_path(0, 0)
    tile = host.disk.read(path)
    assert tile == b"".join(host.leaf_of(frame) for frame in frames[:256])
    host.disk.unlink(path)
    host.reopen()
    assert host.disk.read(path) == tile
    assert host.chain.root() == tree_root([host.leaf_of(frame) for frame in frames])
    batch = host.offer(frames[0])
    receipt = host.acceptance.receipt(3, batch)
    receipt.verify(host.leaf_of(frames[3]), f"{host.ledger.chain_id}/{ORG}", LOG_KEY.public)


def test_uploads_are_read_from_any_position_on(host: SimHost) -> None:
    frames = [host.frame() for _ in range(4)]
    host.accept(*frames[:2])
    host.anchor()
    host.accept(*frames[2:])
    for start in range(5):
        assert [frame.upload for _, frame in host.chain.frames(start)] == frames[start:]
        assert all(frame.number.seq == at + 1 for at, frame in host.chain.frames(start))
