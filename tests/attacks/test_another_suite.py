"""A suite is one file and one line of the registry: whoever verifies takes it from the registered key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from veriwatt.crypto.hashing import sha256
from veriwatt.crypto.signing import Protection, PublicKey, parse_public_key, verify_signature
from veriwatt.crypto.suites.ed25519 import ED25519
from veriwatt.encoding import Sign1, parse_sign1, protected_header, to_be_signed
from veriwatt.errors import BadSignature, Malformed
from veriwatt.ids import KeyId
from veriwatt.machine.refusals import SignerNotFound
from veriwatt.machine.terminals.queries import present_passport
from veriwatt.machine.transaction_kinds import parse
from veriwatt.model.chain.checkpoint import Checkpoint, open_note
from veriwatt.model.members.organisation import Role
from veriwatt.testing.actors import START, SimMember, SimTerminal, sim_genesis
from veriwatt.testing.es256 import ES256, ORDER, Es256Signer, es256_registered
from veriwatt.testing.hosts import ORG, SimHost
from veriwatt.testing.mock_consensus import MockConsensus
from veriwatt.testing.worlds import SimWorld
from veriwatt.units import DAY
from veriwatt.verify.procedure import verify_evidence
from veriwatt.verify.verdict import Verdict

KEY = Es256Signer(sha256(b"a key in a token"))


@pytest.fixture(autouse=True)
def _es256() -> Iterator[None]:
    with es256_registered():
        yield


def test_a_frame_of_a_terminal_with_a_key_of_the_suite_is_accepted(tmp_path: Path) -> None:
    host = SimHost(tmp_path)
    terminal = SimTerminal(ORG, "t2", KEY)
    host.admit(terminal)
    assert [each.position for each in host.accept(host.frame(terminal), host.frame(terminal))] == [0, 1]
    host.close()


def test_a_frame_that_another_key_of_the_suite_signed_is_refused(tmp_path: Path) -> None:
    host = SimHost(tmp_path)
    terminal = SimTerminal(ORG, "t2", KEY)
    host.admit(terminal)
    forged = host.frame(terminal, key=Es256Signer(sha256(b"another")))
    assert isinstance(host.refusal(forged), Malformed)
    host.close()


def test_evidence_of_a_terminal_with_a_key_of_the_suite_is_proven(tmp_path: Path) -> None:
    world = SimWorld(tmp_path, key=KEY)
    world.day(0)
    world.anchor()
    assert present_passport(world.ledger, "acme", "t1").newest_key.key == KEY.public
    proven = verify_evidence(world.evidence(0, 3).to_bytes(), world.trust(), world.clock.now())
    assert proven.verdict is Verdict.PROVEN
    world.close()


def test_a_member_with_a_key_of_the_suite_signs_transactions() -> None:
    ann, bob = SimMember("acme", "ann"), SimMember("acme", "bob", Role.OPERATOR)
    bob.key = KEY
    chain = MockConsensus(sim_genesis(ann, bob))
    chain.must(bob.enrol(SimTerminal("acme", "t1")))


def test_a_transaction_whose_algorithm_is_not_that_of_its_key_is_refused() -> None:
    ann = SimMember("acme", "ann")
    chain = MockConsensus(sim_genesis(ann))
    envelope = parse_sign1(ann.enrol(SimTerminal("acme", "t1")), "transaction")
    protected = protected_header(ES256.cose_algorithm, "veriwatt/transaction", ann.key.public.key_id)
    signature = ann.key.sign(to_be_signed(protected, envelope.payload))
    raw = Sign1(protected, envelope.payload, signature).to_bytes()
    assert parse(raw).key_id == ann.key.public.key_id
    assert chain.one(raw).code == SignerNotFound.code


def test_a_log_whose_key_is_of_the_suite_signs_checkpoints() -> None:
    checkpoint = Checkpoint("sim/acme", 7, sha256(b"root"), START + DAY)
    note = checkpoint.sign(KEY)
    assert open_note(note, "sim/acme", KEY.public) == checkpoint
    with pytest.raises(Malformed):
        open_note(note, "sim/acme", PublicKey(ED25519, KEY.public.raw[1:]))


def test_the_same_bytes_under_two_suites_are_two_keys() -> None:
    assert PublicKey(ES256, bytes(32)).key_id != PublicKey(ED25519, bytes(32)).key_id
    assert isinstance(KEY.public.key_id, KeyId)


def test_the_suite_decides_which_keys_may_be_registered() -> None:
    assert parse_public_key(3, KEY.public.raw) == KEY.public
    for raw in (KEY.public.raw[1:], b"\x02" + b"\xff" * 32, bytes(33)):
        with pytest.raises(Malformed):
            parse_public_key(3, raw)


def test_the_malleated_twin_of_a_signature_is_refused() -> None:
    signature = KEY.sign(b"message")
    verify_signature(KEY.public, b"message", signature, "it")
    high = ORDER - int.from_bytes(signature[32:], "big")
    with pytest.raises(BadSignature):
        verify_signature(KEY.public, b"message", signature[:32] + high.to_bytes(32, "big"), "it")


def test_the_signer_says_how_its_key_is_protected() -> None:
    assert KEY.protection is Protection.TPM
