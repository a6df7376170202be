"""The machine refuses other keys, other chains, stale or altered transactions, and members without the role."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.machine.scene import Scene
from veriwatt.crypto.signing import PublicKey
from veriwatt.crypto.suites.ed25519 import ED25519
from veriwatt.encoding import parse_sign1
from veriwatt.model.members.organisation import AddMember, AddOrg, NewMember, Role
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_key, sim_point, sim_validator
from veriwatt.testing.edits import replace
from veriwatt.units import DAY


def refused(scene: Scene, raw: bytes, *, code: str, leaves_trace: bool) -> None:
    before = scene.chain.app_hashes[-1]
    outcome = scene.chain.one(raw)
    assert (outcome.code, outcome.executed) == (code, leaves_trace), outcome.text
    assert (scene.chain.app_hashes[-1] != before) == leaves_trace


def test_a_transaction_for_another_chain_is_refused(scene: Scene) -> None:
    scene.ann.chain = "sim-0000000000000000"
    refused(scene, scene.ann.open_log(), code="wrong-chain", leaves_trace=False)


def test_a_member_that_does_not_exist_is_refused(scene: Scene) -> None:
    eve = SimMember("acme", "eve", chain=scene.ann.chain)
    refused(scene, eve.open_log(), code="signer-not-found", leaves_trace=False)


def test_a_signature_by_another_key_than_the_members_is_refused(scene: Scene) -> None:
    scene.ann.key = sim_key("eve")
    refused(scene, scene.ann.open_log(), code="signer-not-found", leaves_trace=False)


def test_a_member_cannot_sign_in_anothers_name(scene: Scene) -> None:
    scene.ann.name = "oli"
    refused(scene, scene.ann.open_log(), code="signer-not-found", leaves_trace=False)


def test_a_signature_over_other_bytes_is_refused(scene: Scene) -> None:
    one, other = (parse_sign1(scene.ann.open_log(), "transaction") for _ in range(2))
    raw = replace(one, signature=other.signature).to_bytes()
    refused(scene, raw, code="bad-signature", leaves_trace=False)


def test_of_many_signatures_in_a_block_each_false_one_is_refused_and_no_other(scene: Scene) -> None:
    sent = [scene.ann.sign(AddMember(SimMember("acme", f"m{at}").new)) for at in range(300)]
    false = {0, 17, 63, 64, 127, 128, 200, 299}
    for at in false:
        sent[at] = sent[at][:-1] + bytes([sent[at][-1] ^ 1])
    codes = [outcome.code for outcome in scene.chain.block(*sent)]
    assert codes == ["bad-signature" if at in false else "ok" for at in range(300)]


def test_a_malleated_envelope_is_refused(scene: Scene) -> None:
    raw = bytearray(scene.ann.open_log())
    refused(scene, bytes(raw) + b"\x00", code="not-canonical", leaves_trace=False)
    raw[-1] ^= 1
    refused(scene, bytes(raw), code="bad-signature", leaves_trace=False)


@pytest.mark.parametrize("raw", [b"", b"\x80", b"\xff" * 50, b"\x84\x40\xa0\x40\x40"], ids=bytes.hex)
def test_bytes_that_are_no_transaction_are_refused(scene: Scene, raw: bytes) -> None:
    refused(scene, raw, code="malformed", leaves_trace=False)


def test_more_bytes_than_the_ledger_accepts_are_refused(scene: Scene) -> None:
    refused(scene, bytes(1_000_001), code="transaction-too-large", leaves_trace=False)


def test_a_transaction_that_has_expired_or_expires_beyond_the_horizon_is_refused() -> None:
    scene = Scene(expiry_horizon=10)
    scene.chain.block()
    scene.chain.block()
    refused(
        scene,
        scene.ann.sign(AddMember(SimMember("acme", "a").new), expiry=2),
        code="transaction-expired",
        leaves_trace=False,
    )
    late = scene.ann.sign(AddMember(SimMember("acme", "a").new), expiry=15)
    refused(scene, late, code="expiry-too-far", leaves_trace=False)
    scene.chain.must(scene.ann.sign(AddMember(SimMember("acme", "a").new), expiry=15))


ROLES: dict[str, tuple[Callable[[Scene, SimMember], bytes], str]] = {
    "an org": (lambda _, who: who.add_org(SimMember("cog", "cal")), "ann cora"),
    "a role": (lambda _, who: who.grant_role("bolt", Role.REGULATOR), "cora"),
    "a member": (lambda _, who: who.add_member(SimMember(who.org, "new")), "ann cora"),
    "a log": (lambda _, who: who.open_log(), "ann oli cora"),
    "a terminal": (lambda _, who: who.enrol(SimTerminal(who.org, "t9")), "ann oli cora"),
    "points": (lambda _, who: who.define("plant", sim_point()), "ann oli cora"),
    "a certificate": (lambda s, who: who.certify(s.terminal, START, START + DAY), "ann oli mia reg"),
    "a retirement": (lambda s, who: who.retire(s.terminal), "ann oli"),
    "a report": (lambda s, who: who.report_compromised(s.terminal, START + DAY), "ann oli mia reg"),
    "an answer": (lambda s, who: who.answer(s.reported(), "a false alarm"), "ann oli"),
    "an old report": (lambda s, who: who.report_compromised(s.terminal, START), "mia reg"),
}


@pytest.mark.parametrize("what", ROLES)
def test_only_members_of_the_right_role_may_sign(what: str) -> None:
    sign, allowed = ROLES[what]
    codes = {}
    for at in range(6):
        scene = Scene().enrolled()
        scene.chain.must(scene.ann.add_org(SimMember("bolt", "bob")))
        who = scene.members[at]
        codes[who.name] = scene.chain.one(sign(scene, who)).code
    assert " ".join(name for name, code in codes.items() if code == "ok") == allowed
    assert set(codes.values()) <= {"ok", "not-allowed", "not-revocable", "not-independent", "record-not-found"}


def test_only_a_founding_org_may_add_orgs(scene: Scene) -> None:
    bob = SimMember("bolt", "bob")
    scene.chain.must(scene.ann.add_org(bob))
    refused(scene, bob.add_org(SimMember("cog", "cal")), code="not-allowed", leaves_trace=True)


def test_the_first_member_of_an_org_is_an_owner(scene: Scene) -> None:
    body = AddOrg("bolt", "Bolt", SimMember("bolt", "bob", Role.READER).new)
    refused(scene, scene.ann.sign(body), code="malformed", leaves_trace=True)


def test_a_key_is_registered_once_whatever_its_purpose(scene: Scene) -> None:
    scene.enrolled().chain.must(scene.ann.open_log())
    taken = [scene.cora.key, scene.terminal.key, sim_key("log acme"), sim_validator()]
    for at, key in enumerate(taken):
        member = AddMember(NewMember(f"m{at}", Role.READER, key.public))
        refused(scene, scene.ann.sign(member), code="key-exists", leaves_trace=True)
    clone = SimTerminal("acme", "t2", key=scene.terminal.key)
    refused(scene, scene.ann.enrol(clone), code="key-exists", leaves_trace=True)


def test_a_small_order_key_is_refused(scene: Scene) -> None:
    weak = NewMember("weak", Role.READER, PublicKey(ED25519, bytes([1]) + bytes(31)))
    refused(scene, scene.ann.sign(AddMember(weak)), code="malformed", leaves_trace=False)


def test_an_existing_name_is_refused(scene: Scene) -> None:
    scene.enrolled()
    twin = SimTerminal("acme", "t1", key=sim_key("twin"))
    refused(scene, scene.ann.enrol(twin), code="record-exists", leaves_trace=True)
    refused(scene, scene.ann.add_org(SimMember("city", "carl")), code="record-exists", leaves_trace=True)
    again = AddMember(NewMember("oli", Role.OWNER, sim_key("oli2").public))
    refused(scene, scene.ann.sign(again), code="record-exists", leaves_trace=True)
