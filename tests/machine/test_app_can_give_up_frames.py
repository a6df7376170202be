"""An org gives up acknowledged frames that its log lost: never what is anchored, never quietly."""

from __future__ import annotations

import pytest

from tests.machine.scene import Scene
from veriwatt.machine.anchors import queries
from veriwatt.merkle.tree import leaf_hash, tree_root
from veriwatt.model.chain.checkpoint import Checkpoint
from veriwatt.model.chain.log_epochs import MOST_RECOVERED, LogEpochs, LogName, Recover
from veriwatt.model.members.organisation import Role
from veriwatt.testing.actors import SimMember, sim_key

LEAVES = [leaf_hash(bytes([at])) for at in range(20)]


@pytest.fixture
def logged(scene: Scene) -> Scene:
    """Acme's log has five anchored frames."""
    scene.chain.must(scene.ann.open_log(), scene.ann.anchor(LEAVES[:5], 0))
    return scene


def epochs(scene: Scene) -> LogEpochs:
    return queries.log_epochs(scene.chain.rows, "acme")


def test_a_log_that_lost_frames_goes_on_in_the_next_epoch_after_what_is_anchored(logged: Scene) -> None:
    assert epochs(logged).present == 1
    logged.chain.must(logged.ann.recover(5, logged.ann.lost(9)))
    (record,) = epochs(logged).recovered
    assert (epochs(logged).present, record.kept, record.lost_size, record.frames) == (2, 5, 9, 4)
    assert (record.member, record.height) == ("ann", logged.chain.height)
    logged.chain.must(logged.ann.anchor(LEAVES[:8], 5))
    assert queries.data_chain(logged.chain.rows, "acme").root() == tree_root(LEAVES[:8])


@pytest.mark.parametrize("kept", [0, 4, 6, 9, 2**62])
def test_only_what_is_not_anchored_is_given_up_and_all_of_it(logged: Scene, kept: int) -> None:
    assert logged.chain.one(logged.ann.recover(kept, logged.ann.lost(10**17))).code == "recover-out-of-sequence"
    assert epochs(logged).present == 1


@pytest.mark.parametrize("size", [0, 4, 5])
def test_a_checkpoint_of_anchored_frames_alone_gives_nothing_up(logged: Scene, size: int) -> None:
    assert logged.chain.one(logged.ann.recover(5, logged.ann.lost(size))).code == "nothing-lost"


def test_one_loss_is_recorded_once(logged: Scene) -> None:
    logged.chain.must(logged.ann.recover(5, logged.ann.lost(9)))
    assert logged.chain.one(logged.ann.recover(5, logged.ann.lost(9))).code == "recover-out-of-sequence"
    of_the_first = Recover(3, 5, logged.ann.lost(9).sign(sim_key("log acme")), "again")
    assert logged.chain.one(logged.ann.sign(of_the_first)).code == "malformed"
    logged.chain.must(logged.ann.recover(5, logged.ann.lost(7, epoch=2), epoch=3))
    assert [each.lost_size for each in epochs(logged).recovered] == [9, 7]


@pytest.mark.parametrize("epoch", [0, 1, 3, 2**62])
def test_no_epoch_is_left_out_or_begun_again(logged: Scene, epoch: int) -> None:
    lost = logged.ann.lost(9, epoch=max(epoch - 1, 1))
    code = logged.chain.one(logged.ann.recover(5, lost, epoch=epoch)).code
    assert code == ("malformed" if epoch < 2 else "recover-out-of-sequence")


def test_only_an_owner_of_the_org_gives_its_frames_up(logged: Scene) -> None:
    for signer in (logged.oli, logged.rae):
        assert logged.chain.one(signer.recover(5, signer.lost(9))).code == "not-allowed"


def test_the_checkpoint_is_one_that_the_orgs_own_log_signed(logged: Scene) -> None:
    lost, reason = logged.ann.lost(9), "the disk failed"
    other_key = lost.sign(sim_key("log city"))
    other_org = Checkpoint(LogName(logged.ann.chain, "city").origin, 9, lost.root, 0).sign(sim_key("log acme"))
    other_chain = Checkpoint(LogName("other-0123456789abcdef", "acme").origin, 9, lost.root, 0)
    for note in (other_org, other_chain.sign(sim_key("log acme")), "", lost.text()):
        assert logged.chain.one(logged.ann.sign(Recover(2, 5, note, reason))).code == "malformed"
    forged = lost.sign(sim_key("log acme")).replace("\n9\n", "\n8\n")
    assert logged.chain.one(logged.ann.sign(Recover(2, 5, forged, reason))).code == "bad-signature"
    assert logged.chain.one(logged.ann.sign(Recover(2, 5, other_key, reason))).code in {"malformed", "bad-signature"}
    assert epochs(logged).present == 1


def test_a_loss_without_a_reason_or_without_a_log_is_refused(scene: Scene) -> None:
    assert scene.chain.one(scene.ann.recover(0, scene.ann.lost(9))).code == "record-not-found"
    scene.chain.must(scene.ann.open_log())
    assert scene.chain.one(scene.ann.recover(0, scene.ann.lost(9), " \n")).code == "malformed"
    scene.chain.must(scene.ann.recover(0, scene.ann.lost(9)))


def test_promises_are_not_paused_without_end(logged: Scene) -> None:
    for n in range(MOST_RECOVERED):
        logged.chain.must(logged.ann.recover(5, logged.ann.lost(9, epoch=n + 1), epoch=n + 2))
    last = logged.ann.recover(5, logged.ann.lost(9, epoch=MOST_RECOVERED + 1), epoch=MOST_RECOVERED + 2)
    assert logged.chain.one(last).code == "too-many-log-epochs"
    raw = epochs(logged).to_bytes()
    assert LogEpochs.from_bytes(raw) == epochs(logged)
    assert len(raw) < 64 * 160


def test_an_owner_of_another_org_gives_up_its_own_alone(logged: Scene) -> None:
    cora: SimMember = logged.cora
    logged.chain.must(cora.open_log())
    assert cora.role is Role.OWNER
    logged.chain.must(cora.recover(0, cora.lost(3)))
    assert epochs(logged).present == 1
