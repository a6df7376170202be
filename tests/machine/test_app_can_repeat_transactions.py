"""Exactly once: repeats are answered with the first result, until the transaction has expired."""

from __future__ import annotations

from tests.machine.scene import Scene
from veriwatt.model.ledger.state_keys import EXPIRY, ONCE
from veriwatt.model.members.organisation import AddMember
from veriwatt.testing.actors import SimMember


def test_a_repeat_is_answered_with_the_first_result_and_changes_nothing(scene: Scene) -> None:
    raw = scene.ann.open_log()
    first = scene.chain.one(raw)
    before = scene.chain.app_hashes[-1]
    again = scene.chain.one(raw)
    assert (again.code, again.height, again.executed) == (first.code, 1, False)
    assert scene.chain.app_hashes[-1] == before


def test_a_repeat_of_a_refused_transaction_has_the_same_refusal(scene: Scene) -> None:
    raw = scene.rae.open_log()
    scene.chain.one(raw)
    again = scene.chain.one(raw)
    assert (again.code, again.height) == ("not-allowed", 1)


def test_a_repeat_in_the_same_block_is_answered_too(scene: Scene) -> None:
    raw = scene.ann.open_log()
    assert [outcome.code for outcome in scene.chain.block(raw, raw)] == ["ok", "ok"]


def test_empty_blocks_leave_the_state_unchanged(scene: Scene) -> None:
    scene.ann.expiry = 2
    scene.chain.must(scene.ann.open_log())
    for _ in range(5):
        scene.chain.block()
    assert set(scene.chain.app_hashes[1:]) == {scene.chain.app_hashes[1]}


def test_expired_records_are_gone_after_the_next_block_with_transactions(scene: Scene) -> None:
    scene.ann.expiry = 2
    scene.chain.must(scene.ann.open_log())
    scene.chain.block()
    scene.chain.block()
    assert len(list(scene.chain.rows.scan(ONCE))) == 1
    scene.chain.must(scene.cora.open_log())
    assert len(list(scene.chain.rows.scan(ONCE))) == 1
    assert len(list(scene.chain.rows.scan(EXPIRY))) == 1


def test_a_client_id_is_free_again_once_its_transaction_has_expired(scene: Scene) -> None:
    scene.chain.must(scene.ann.sign(AddMember(SimMember("acme", "a").new), client_id=bytes(16), expiry=1))
    scene.chain.must(scene.ann.sign(AddMember(SimMember("acme", "b").new), client_id=bytes(16), expiry=5))
    third = scene.chain.one(scene.ann.sign(AddMember(SimMember("acme", "c").new), client_id=bytes(16), expiry=5))
    assert third.code == "client-id-used"
