"""A ledger and a log host that do not tell the same story: the host stops, and forgets nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.errors import Corrupted
from veriwatt.ids import Digest, ObjectId
from veriwatt.loghost.anchoring import AnchorRefused
from veriwatt.loghost.data_chain import ChainForked
from veriwatt.model.chain.manifest import Manifest
from veriwatt.store.high_water import ChainBehind, LedgerBehind
from veriwatt.store.journal import SUFFIX
from veriwatt.testing.hosts import CHAIN, SimHost


@pytest.fixture
def host(tmp_path: Path) -> Iterator[SimHost]:
    made = SimHost(tmp_path)
    yield made
    made.close()


def test_an_anchor_whose_subtrees_do_not_fit_stops_the_log_host(host: SimHost) -> None:
    """Somebody who may sign for the org anchors what is not its chain; the machine cannot know."""
    frames = [host.frame(), host.frame()]
    host.accept(*frames)
    host.must(host.owner.anchor([Digest(sha256(b"x")), Digest(sha256(b"y"))], 0))
    with pytest.raises(ChainForked, match="another home of acme"):
        host.anchor()
    with pytest.raises(ChainBehind, match="another home of acme"):  # the remedy of both, and not --refill alone
        host.reopen()
    assert any(name.endswith(SUFFIX) for name in host.disk.names(CHAIN / "journal"))
    assert [frame.upload for _, frame in host.chain.frames(0)] == frames


def test_an_anchor_of_more_frames_than_there_are_stops_the_log_host(host: SimHost) -> None:
    host.accept(host.frame())
    host.must(host.owner.anchor([Digest(sha256(bytes([n]))) for n in range(3)], 0))
    with pytest.raises(ChainForked):
        host.anchor()


def test_a_forked_data_chain_is_found_when_it_is_opened(host: SimHost) -> None:
    """The disk is restored from before the anchor, and other frames are in the place of those anchored."""
    old = {path: host.disk.read(path) for path in host.disk.paths()}
    host.accept(host.frame(advance=False))
    host.anchor()
    for path in host.disk.paths():
        host.disk.unlink(path)
    for path, data in old.items():
        host.disk.edit(path, data)
    with pytest.raises(ChainBehind, match="lost frames 0 to 0"):
        host.reopen(without_index=True)


def test_an_index_with_rows_beyond_the_ledger_is_refused(host: SimHost) -> None:
    host.accept(host.frame())
    leaf = host.anchor()
    assert leaf is not None
    rows = list(host.index.rows("acme"))
    host.index.add([replace(rows[0], position=1)])
    with pytest.raises(LedgerBehind, match="anchors of frames 1 to 1 of acme"):
        host.reopen()


def test_an_anchor_the_ledger_refuses_leaves_the_chain_as_it_was(host: SimHost) -> None:
    frame = host.frame()
    host.accept(frame)
    host.owner.chain = "sim-0000000000000000"
    with pytest.raises(AnchorRefused):
        host.anchor()
    host.owner.chain = host.ledger.chain_id
    host.anchor()
    assert host.chain.anchored_size == 1


def test_a_wrong_leaf_in_the_index_is_made_right_when_the_chain_is_opened(host: SimHost) -> None:
    host.accept(host.frame(), host.frame())
    host.anchor()
    (first, _) = host.index.rows("acme")
    host.index.add([replace(first, leaf=Digest(sha256(b"another")))])
    host.reopen()
    assert next(iter(host.index.rows("acme"))) == first


def test_a_damaged_segment_is_found_when_the_index_is_rebuilt(host: SimHost) -> None:
    host.accept(host.frame())
    leaf = host.anchor()
    assert leaf is not None
    segment = Manifest.from_bytes(host.blobs.get(leaf.manifest)).segments[0].name
    path = host.blobs.path(segment)
    host.disk.edit(path, host.disk.read(path)[:-1] + b"\0")
    with pytest.raises(Corrupted):
        host.reopen(without_index=True)


def test_a_manifest_of_another_anchor_is_not_indexed(host: SimHost) -> None:
    host.accept(host.frame())
    first = host.anchor()
    host.accept(host.frame())
    second = host.anchor()
    assert first is not None
    assert second is not None
    host.index.clear()
    with pytest.raises(Corrupted):
        host.chain.anchored([replace(second, manifest=ObjectId(first.manifest))])
