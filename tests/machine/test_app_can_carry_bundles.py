"""Bundles: no relay couples, forges or uses up what is another's, and nothing is carried for nothing."""

from __future__ import annotations

import pytest

from tests.machine.scene import Scene
from veriwatt.crypto.signing import PublicKey
from veriwatt.crypto.suites.ed25519 import ED25519
from veriwatt.errors import BadSignature, VeriwattError
from veriwatt.machine import authenticate
from veriwatt.machine.admission import admit, screen
from veriwatt.machine.app import execute_block
from veriwatt.machine.bundle_opening import BUNDLES_OF_ORG
from veriwatt.machine.envelopes import Envelope, Envelopes
from veriwatt.machine.state import BlockContext
from veriwatt.merkle.tree import leaf_hash
from veriwatt.model.ledger.bundle import MOST_BYTES
from veriwatt.model.ledger.transaction import Body, Transaction
from veriwatt.model.members.organisation import AddMember
from veriwatt.testing.actors import SimMember, SimTerminal, sim_key


def add(scene: Scene, name: str, who: SimMember | None = None) -> bytes:
    who = who or scene.ann
    return who.add_member(SimMember(who.org, name))


def new_block(scene: Scene) -> BlockContext:
    chain = scene.chain
    return BlockContext(chain.height + 1, chain.time + 1, chain.app_hashes[-1])


def screened(scene: Scene, *items: bytes) -> list[str]:
    found = screen(scene.chain.rows, new_block(scene), items)
    return ["" if refusal is None else refusal.code for refusal in found]


def admitted(scene: Scene, raw: bytes) -> str:
    try:
        admit(scene.chain.rows, new_block(scene), raw)
    except VeriwattError as refusal:
        return refusal.code
    return ""


def unsigned(raw: bytes) -> bytes:
    return raw[:-64] + bytes(64)


def test_a_refused_transaction_takes_none_of_the_others_with_it(scene: Scene) -> None:
    outcome = scene.chain.one(scene.cora.bundle(scene.rae.open_log(), scene.ann.open_log(), scene.cora.open_log()))
    assert [each.outcome.code for each in outcome.carried] == ["not-allowed", "ok", "ok"]
    assert [(event.kind, event.org) for event in outcome.events] == [("log-opened", "acme"), ("log-opened", "city")]


def test_a_member_that_changes_its_key_in_time_voids_no_bundle(scene: Scene) -> None:
    carried = scene.cora.bundle(scene.oli.open_log(), add(scene, "bea"))
    scene.chain.must(scene.ann.rekey("oli", sim_key("oli again")))
    assert (screened(scene, carried), admitted(scene, carried)) == ([""], "")
    assert [each.outcome.code for each in scene.chain.one(carried).carried] == ["signer-not-found", "ok"]


def test_a_client_id_is_not_used_up_by_a_twin_without_a_signature(scene: Scene) -> None:
    raw = add(scene, "bea")
    hostile, honest = scene.mia, scene.cora.bundle(raw)
    for item in (unsigned(raw), scene.cora.bundle(unsigned(raw)), hostile.bundle(unsigned(raw))):
        assert screened(scene, item, honest)[1] == ""
        assert not scene.chain.one(item).executed
    assert scene.chain.one(honest).carried[0].outcome.code == "ok"


def test_one_copied_transaction_keeps_no_other_bundle_out_of_the_block(scene: Scene) -> None:
    mine = [add(scene, f"m{at}") for at in range(6)]
    bundles = [scene.ann.bundle(*mine[at : at + 2]) for at in (0, 2, 4)]
    copies = scene.cora.bundle(mine[0], mine[2], mine[4])
    assert screened(scene, copies, *bundles) == [""] * 4
    outcomes = scene.chain.block(copies, *bundles)
    assert [[each.outcome.executed for each in outcome.carried] for outcome in outcomes] == [
        [True, True, True],
        *([[False, True]] * 3),
    ]


def test_what_carries_nothing_new_at_its_place_is_screened_out(scene: Scene) -> None:
    done, first, second = add(scene, "done"), add(scene, "a"), add(scene, "b")
    scene.chain.must(done)
    assert screened(scene, done, scene.cora.bundle(done)) == ["nothing-new", "nothing-new"]
    items = [first, first, scene.cora.bundle(first), scene.cora.bundle(first, second), scene.ann.bundle(second), second]
    assert screened(scene, *items) == ["", "nothing-new", "nothing-new", "", "nothing-new", "nothing-new"]


def test_a_bundle_is_admitted_only_with_a_transaction_that_would_be_accepted(scene: Scene) -> None:
    refused = [scene.rae.open_log(), scene.ann.anchor([leaf_hash(b"")] * 4, 3), scene.ann.add_member(scene.oli)]
    assert [admitted(scene, raw) for raw in refused] == ["not-allowed", "record-not-found", "record-exists"]
    assert admitted(scene, scene.cora.bundle(*refused)) == "nothing-new"
    assert admitted(scene, scene.cora.bundle(*refused, add(scene, "bea"))) == ""
    assert scene.chain.app_hashes[-1] == scene.chain.app_hashes[0]


def test_transactions_that_never_expire_are_refused_at_the_door(scene: Scene) -> None:
    raw = scene.ann.sign(AddMember(SimMember("acme", "bea").new), expiry=1 << 40)
    assert (admitted(scene, raw), admitted(scene, scene.cora.bundle(raw))) == ("expiry-too-far", "nothing-new")


def test_a_client_id_is_free_once_its_transaction_has_expired_also_before_the_record_is_purged(scene: Scene) -> None:
    scene.chain.must(scene.ann.sign(AddMember(SimMember("acme", "a").new), client_id=bytes(16), expiry=1))
    raw = scene.ann.sign(AddMember(SimMember("acme", "b").new), client_id=bytes(16), expiry=9)
    assert (admitted(scene, raw), screened(scene, raw)) == ("", [""])
    assert scene.chain.one(scene.cora.bundle(raw)).carried[0].outcome.code == "ok"


def test_the_quota_of_an_org_is_used_up_by_its_own_new_bundles_alone(scene: Scene) -> None:
    done = add(scene, "done")
    scene.chain.must(done)
    own = [(scene.ann if at % 2 else scene.oli).bundle(add(scene, f"m{at}"), done) for at in range(BUNDLES_OF_ORG + 1)]
    other = scene.cora.bundle(add(scene, "c", scene.cora))
    items = [scene.ann.bundle(done), *own, other]
    assert screened(scene, *items) == ["nothing-new", *[""] * BUNDLES_OF_ORG, "relay-quota", ""]
    codes = [outcome.code for outcome in scene.chain.block(*items)]
    assert codes == ["nothing-new", *["ok"] * BUNDLES_OF_ORG, "relay-quota", "ok"]
    assert scene.chain.one(own[-1]).code == "ok"


def test_a_bundle_of_too_many_bytes_is_refused_before_it_is_parsed(scene: Scene) -> None:
    raw = scene.cora.bundle(bytes(MOST_BYTES))
    assert (screened(scene, raw), admitted(scene, raw)) == (["transaction-too-large"], "transaction-too-large")


def test_a_relay_whose_key_changed_within_the_block_carries_no_more(scene: Scene) -> None:
    carried = add(scene, "bea")
    items = [scene.cora.rekey("cora", sim_key("cora again")), scene.cora.bundle(carried)]
    assert screened(scene, *items) == ["", ""]
    assert [outcome.code for outcome in scene.chain.block(*items)] == ["ok", "signer-not-found"]
    assert scene.chain.one(carried).code == "ok"


def test_what_is_admitted_screened_and_executed_is_verified_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    verified = list[bytes]()

    def counted(key: PublicKey, message: bytes, signature: bytes, what: str) -> None:
        verified.append(signature)
        ED25519.verify(key.raw, message, signature, what)

    monkeypatch.setattr(authenticate, "verify_signature", counted)
    envelopes, block, rows = Envelopes(limit=1 << 20), new_block(scene), scene.chain.rows
    alone, items = add(scene, "a"), [add(scene, "b"), scene.cora.bundle(add(scene, "c"), add(scene, "d"))]
    for raw in (alone, *items):
        admit(rows, block, raw, envelopes=envelopes)
    items.append(scene.ann.bundle(alone, add(scene, "e")))
    for _ in range(2):
        assert list(screen(rows, block, items, envelopes=envelopes)) == [None, None, None]
    done = execute_block(rows, block, items, envelopes=envelopes)
    assert [outcome.code for outcome in done.outcomes] == ["ok"] * 3
    assert len(verified) == len(set(verified)) == 7
    forged = unsigned(add(scene, "f"))
    assert [o.code for o in execute_block(rows, block, [forged, forged]).outcomes] == ["bad-signature"] * 2
    assert verified.count(bytes(64)) == 2
    for _ in range(3):
        assert execute_block(rows, block, [forged], envelopes=envelopes).outcomes[0].code == "bad-signature"
    assert verified.count(bytes(64)) == 3


def test_the_transactions_of_a_bundle_are_looked_up_once(scene: Scene) -> None:
    asked = list[bytes]()

    class Counted(Envelopes):
        def transaction(self, raw: bytes) -> Envelope[Transaction[Body]]:
            asked.append(raw)
            return super().transaction(raw)

    envelopes, block, rows = Counted(limit=1 << 20), new_block(scene), scene.chain.rows
    one, other = add(scene, "a"), add(scene, "b")
    bundle, unfit = scene.cora.bundle(one, other), scene.cora.bundle(one, one)
    admit(rows, block, bundle, envelopes=envelopes)
    assert list(screen(rows, block, [bundle], envelopes=envelopes)) == [None]
    assert execute_block(rows, block, [bundle], envelopes=envelopes).outcomes[0].code == "ok"
    assert asked == [one, other]
    for _ in range(2):
        assert execute_block(rows, block, [unfit], envelopes=envelopes).outcomes[0].code == "bundle-unfit"


def test_a_cached_signature_is_no_signature_of_another_key_or_of_other_bytes(scene: Scene) -> None:
    envelopes, rows = Envelopes(limit=1 << 20), scene.chain.rows
    raw = scene.oli.open_log()
    admit(rows, new_block(scene), raw, envelopes=envelopes)
    with pytest.raises(BadSignature):
        admit(rows, new_block(scene), unsigned(raw), envelopes=envelopes)
    scene.chain.must(scene.ann.rekey("oli", sim_key("oli again")))
    (refusal,) = screen(rows, new_block(scene), [raw], envelopes=envelopes)
    assert refusal is not None
    assert refusal.code == "signer-not-found"


def test_the_cache_of_envelopes_is_bounded(scene: Scene) -> None:
    sent = [add(scene, f"m{at}") for at in range(64)]
    envelopes = Envelopes(limit=8 * len(sent[0]))
    parsed = [envelopes.transaction(raw) for raw in sent]
    kept = [envelopes.transaction(raw) is before for raw, before in zip(reversed(sent), reversed(parsed), strict=True)]
    assert 8 <= sum(kept) <= 16
    assert kept == sorted(kept, reverse=True)


def test_a_terminal_and_its_anchor_come_in_bundles_of_other_orgs(scene: Scene) -> None:
    leaves = [leaf_hash(bytes([at])) for at in range(3)]
    scene.chain.must(scene.cora.bundle(scene.ann.open_log(), scene.ann.enrol(SimTerminal("acme", "t1"))))
    scene.chain.must(scene.cora.bundle(scene.ann.anchor(leaves, 0), scene.cora.open_log()))
    assert len(scene.chain.logs[b"anchors/acme"]) == 1
