from __future__ import annotations

from tests.machine.scene import Scene
from veriwatt.machine.members import queries
from veriwatt.model.members.organisation import Role
from veriwatt.testing.actors import SimMember


def test_an_owner_of_a_founder_adds_an_org_that_adds_its_own_members(scene: Scene) -> None:
    bob, bea = SimMember("bolt", "bob"), SimMember("bolt", "bea", Role.OPERATOR)
    scene.chain.must(scene.ann.add_org(bob), bob.add_member(bea), bea.open_log())
    added = queries.organisation(scene.chain.rows, "bolt")
    assert added is not None
    assert (added.admitted_by, added.founder, added.height) == ("acme", False, 1)
    assert [each.name for each in queries.members(scene.chain.rows, "bolt")] == ["bea", "bob"]


def test_a_member_may_sign_in_the_block_that_registers_it(scene: Scene) -> None:
    bob = SimMember("bolt", "bob")
    outcomes = scene.chain.block(scene.ann.add_org(bob), bob.open_log())
    assert [outcome.code for outcome in outcomes] == ["ok", "ok"]


def test_a_refused_transaction_leaves_the_others_of_its_block_alone(scene: Scene) -> None:
    bob = SimMember("bolt", "bob")
    logs = [member.open_log() for member in (scene.ann, scene.ann, scene.cora)]
    outcomes = scene.chain.block(scene.rae.add_org(bob), *logs)
    assert [outcome.code for outcome in outcomes] == ["not-allowed", "ok", "record-exists", "ok"]
    assert queries.organisation(scene.chain.rows, "bolt") is None
