"""The anchored chain of the vectors proves what the vectors say, and no lie passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.make_anchored import vectors
from veriwatt.errors import Malformed, NotProven
from veriwatt.ids import Digest
from veriwatt.merkle.tree import verify_inclusion
from veriwatt.model.chain.anchored import AnchoredProof
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.verify.anchored import TreeHead, verify_anchored, verify_one_history

SAID: dict[str, Any] = json.loads(Path(__file__).with_name("anchored.json").read_text(encoding="utf-8"))
TRUST, NOW, ORG = parse_trust(SAID["trust"].encode()), SAID["now"], SAID["org"]
LEAF, POSITION = Digest(bytes.fromhex(SAID["leaf"])), SAID["position"]
CHECKPOINT = TreeHead(SAID["checkpoint"][0], Digest(bytes.fromhex(SAID["checkpoint"][1])))


def verified(raw: str) -> int:
    """The anchored size, by all five steps."""
    proof = AnchoredProof.from_bytes(bytes.fromhex(raw))
    head = verify_anchored(proof, ORG, TRUST, NOW).head
    verify_one_history(head, CHECKPOINT, proof.consistency)
    verify_inclusion(LEAF, POSITION, head.size, proof.path or (), head.root)
    return head.size


def test_the_proof_leads_to_the_anchored_size() -> None:
    assert verified(SAID["anchored"]) == SAID["size"]


def test_the_proof_has_the_log_epochs() -> None:
    said = SAID["given_up"]
    for raw, epoch in ((SAID["anchored"], SAID["log_epoch"]), (said["anchored"], said["log_epoch"])):
        epochs = verify_anchored(AnchoredProof.from_bytes(bytes.fromhex(raw)), ORG, TRUST, NOW).epochs
        assert epochs.present == epoch
    (record,) = epochs.recovered
    assert (record.kept, [record.lost_size, record.lost_root.hex()]) == (said["kept"], said["lost"])
    assert verified(said["anchored"]) == said["size"]


@pytest.mark.parametrize("name", SAID["refused"])
def test_a_false_anchored_chain_is_refused(name: str) -> None:
    with pytest.raises((Malformed, NotProven)):
        verified(SAID["refused"][name])


def test_any_flipped_byte_is_refused() -> None:
    raw = bytes.fromhex(SAID["anchored"])
    for at in range(len(raw)):
        with pytest.raises((Malformed, NotProven)):
            verified((raw[:at] + bytes([raw[at] ^ 0x01]) + raw[at + 1 :]).hex())


def test_the_vectors_equal_the_generated_ones() -> None:
    assert json.loads(json.dumps(vectors())) == SAID
