"""A witness cosigns the requests of the vectors, or refuses them, as they say; and their forks are proven."""

from __future__ import annotations

import hashlib
import json
import struct
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.vectors.make_witness import NAME, SIGNER, WITNESS, vectors
from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.errors import VeriwattError
from veriwatt.model.evidence.trust_file import parse_trust, render
from veriwatt.model.ledger.cosignature import WitnessKey, cosign, cosignature_in, parse_note, write_note
from veriwatt.model.ledger.root_log import RootLogHeadProof
from veriwatt.model.ledger.witness_request import ForkProof, WitnessRequest
from veriwatt.verify.witness import WitnessState, cosign_request, verify_fork

SAID: dict[str, Any] = json.loads(Path(__file__).with_name("witness.json").read_text(encoding="utf-8"))
KNOWN = SAID["known answer"]


def state_of(said: dict[str, Any]) -> WitnessState:
    head = None if said["head"] is None else RootLogHeadProof.from_bytes(bytes.fromhex(said["head"]))
    return WitnessState(parse_trust(said["trust"].encode()), head, said["seconds"])


def told(state: WitnessState) -> dict[str, Any]:
    head = None if state.head is None else state.head.to_bytes().hex()
    return {"trust": render(state.trust).decode(), "head": head, "seconds": state.seconds}


@pytest.mark.parametrize("case", SAID["asked"], ids=lambda case: case["name"])
def test_a_request_has_the_answer_of_the_vectors(case: dict[str, Any]) -> None:
    state, request = state_of(case["state"]), WitnessRequest.from_bytes(bytes.fromhex(case["request"]))
    if "refused" in case:
        with pytest.raises(VeriwattError) as refused:
            cosign_request(state, request, WITNESS, SIGNER, case["now"])
        assert refused.value.code == case["refused"]
        return
    after, made = cosign_request(state, request, WITNESS, SIGNER, case["now"])
    assert told(after) == case["after"]
    checkpoint, lines = parse_note(case["note"])
    assert after.cosigned is not None
    assert (checkpoint, lines) == (after.cosigned.root_log, [made.line(WITNESS)[:-1]])
    made.verify(checkpoint, WITNESS)


@pytest.mark.parametrize("name", SAID["forks"])
def test_a_fork_is_proven_to_whoever_has_the_trust_file(name: str) -> None:
    case = next(each for each in SAID["asked"] if each["name"] == name)
    said, trust = SAID["forks"][name], parse_trust(SAID["asked"][0]["state"]["trust"].encode())
    for reader in (trust, state_of(case["state"]).trust):
        fork = verify_fork(ForkProof.from_bytes(bytes.fromhex(said["proof"])), reader, case["now"])
        assert (fork.first, fork.second) == (said["first"], said["second"])


@pytest.mark.parametrize(
    "case", [c for c in SAID["asked"] if "note" in c and c["state"]["head"]], ids=lambda c: c["name"]
)
def test_an_honest_growth_proves_no_fork(case: dict[str, Any]) -> None:
    state, request = state_of(case["state"]), WitnessRequest.from_bytes(bytes.fromhex(case["request"]))
    assert state.head is not None
    with pytest.raises(VeriwattError) as refused:
        verify_fork(ForkProof(state.head, request), state.trust, case["now"])
    assert refused.value.code == "malformed"


def test_the_known_cosignature() -> None:
    signer, witness = Ed25519Signer(bytes.fromhex(KNOWN["seed"])), WitnessKey.parse(KNOWN["key"])
    checkpoint, lines = parse_note(KNOWN["note"])
    found = cosignature_in(lines, witness)
    assert found is not None
    assert found.signature == signer.sign(KNOWN["signed"].encode())
    assert (
        write_note(checkpoint, [cosign(checkpoint, witness.name, signer, found.seconds).line(witness)]) == KNOWN["note"]
    )


def test_the_known_cosignature_is_c2sps_byte_for_byte() -> None:
    """By the words of c2sp.org/signed-note and c2sp.org/tlog-cosignature, and none of the product's code."""
    name, key_hash, encoded = KNOWN["key"].split("+", 2)
    key = b64decode(encoded)
    assert key[0] == 4
    assert hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() == key_hash
    body, line = KNOWN["note"].split("\n\n")
    dash, named, signed = line.removesuffix("\n").split(" ")
    raw = b64decode(signed)
    assert (dash, named, raw[:4].hex(), len(raw)) == ("\u2014", name, key_hash, 4 + 8 + 64)
    (seconds,) = struct.unpack(">Q", raw[4:12])
    message = f"cosignature/v1\ntime {seconds}\n{body}\n".encode()
    assert message.decode() == KNOWN["signed"]
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[12:], message)


def test_the_vectors_equal_the_generated_ones() -> None:
    assert (SAID["witness"]["name"], SAID["witness"]["key"]) == (NAME, str(WITNESS))
    assert json.loads(json.dumps(vectors())) == SAID
