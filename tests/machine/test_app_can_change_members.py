"""Members are removed and get other keys: from then on, and never backwards."""

from __future__ import annotations

import pytest

from tests.machine.scene import Scene
from veriwatt.machine.members import queries
from veriwatt.machine.terminals import queries as terminals
from veriwatt.model.members.organisation import Role
from veriwatt.testing.actors import START, SimMember, sim_key
from veriwatt.units import DAY


def code(scene: Scene, raw: bytes) -> str:
    return scene.chain.one(raw).code


def test_a_removed_member_signs_nothing_more_and_what_it_signed_stays(scene: Scene) -> None:
    scene.enrolled().chain.must(scene.mia.certify(scene.terminal, START, START + 100 * DAY))
    scene.chain.must(scene.cora.remove("mia"))
    assert queries.member(scene.chain.rows, "city", "mia") is None
    assert code(scene, scene.mia.certify(scene.terminal, START, START + 200 * DAY)) == "signer-not-found"
    passport = terminals.passport(scene.chain.rows, "acme", "t1")
    assert passport is not None
    assert [(each.org, each.member) for each in passport.certifications] == [("city", "mia")]


def test_a_member_removed_earlier_in_the_block_signs_nothing_later_in_it(scene: Scene) -> None:
    outcomes = scene.chain.block(scene.ann.remove("oli"), scene.oli.open_log())
    assert [outcome.code for outcome in outcomes] == ["ok", "signer-not-found"]


def test_neither_name_nor_key_of_a_removed_member_serves_another(scene: Scene) -> None:
    scene.chain.must(scene.ann.remove("oli"))
    assert code(scene, scene.ann.add_member(scene.oli)) == "record-exists"
    scene.oli.name = "olaf"
    assert code(scene, scene.ann.add_member(scene.oli)) == "key-exists"
    olaf = SimMember("acme", "olaf", Role.OPERATOR)
    assert code(scene, scene.ann.add_member(olaf)) == "ok"


def test_the_last_owner_stays_and_with_another_it_may_go(scene: Scene) -> None:
    assert code(scene, scene.ann.remove("ann")) == "last-owner"
    eve = SimMember("acme", "eve", Role.OWNER)
    scene.chain.must(scene.ann.add_member(eve), scene.ann.remove("ann"))
    assert code(scene, eve.remove("eve")) == "last-owner"
    assert [each.name for each in queries.members(scene.chain.rows, "acme")] == ["eve", "oli", "rae"]


def test_two_owners_that_remove_each_other_in_one_block_leave_one(scene: Scene) -> None:
    eve = SimMember("acme", "eve", Role.OWNER)
    scene.chain.must(scene.ann.add_member(eve))
    outcomes = scene.chain.block(scene.ann.remove("eve"), eve.remove("ann"))
    assert [outcome.code for outcome in outcomes] == ["ok", "signer-not-found"]


@pytest.mark.parametrize("who", ["oli", "rae"])
def test_only_an_owner_removes(scene: Scene, who: str) -> None:
    member = {"oli": scene.oli, "rae": scene.rae}[who]
    assert code(scene, member.remove("ann")) == "not-allowed"
    assert code(scene, scene.cora.remove(who)) == "record-not-found"  # of another org


def test_a_rekeyed_member_signs_by_its_new_key_alone(scene: Scene) -> None:
    old, new = scene.oli.key, sim_key("oli again")
    scene.chain.must(scene.ann.rekey("oli", new))
    assert code(scene, scene.oli.open_log()) == "signer-not-found"
    scene.oli.key = new
    assert code(scene, scene.oli.open_log()) == "ok"
    assert code(scene, scene.ann.rekey("oli", old)) == "key-exists"  # a key given up does not come back
    record = queries.member(scene.chain.rows, "acme", "oli")
    assert record is not None
    assert (record.key, record.role, record.height) == (new.public, Role.OPERATOR, 1)


def test_a_member_rekeys_itself_and_nobody_but_an_owner_another(scene: Scene) -> None:
    assert code(scene, scene.rae.rekey("rae", sim_key("rae again"))) == "ok"
    assert code(scene, scene.oli.rekey("rae", sim_key("oli's"))) == "not-allowed"
    assert code(scene, scene.oli.rekey("ann", sim_key("oli's"))) == "not-allowed"
    assert code(scene, scene.ann.rekey("nobody", sim_key("n"))) == "record-not-found"
    assert code(scene, scene.ann.rekey("oli", scene.ann.key)) == "key-exists"


def test_the_last_owner_may_get_another_key(scene: Scene) -> None:
    new = sim_key("ann again")
    scene.chain.must(scene.ann.rekey("ann", new))
    scene.ann.key = new
    assert code(scene, scene.ann.open_log()) == "ok"
