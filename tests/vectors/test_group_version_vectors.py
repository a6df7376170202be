"""The version proof of the vectors proves what the vectors say, and no lie passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.make_group_version import vectors
from veriwatt.errors import Malformed, NotProven
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.model.terminals.handover import HandedVersion
from veriwatt.model.terminals.version_proof import VersionProof
from veriwatt.verify.group_version import verify_group_version

SAID: dict[str, Any] = json.loads(Path(__file__).with_name("group_version.json").read_text(encoding="utf-8"))
TRUST = parse_trust(SAID["trust"].encode())


def verified(raw: str, n: int = SAID["n"]) -> HandedVersion | None:
    """The version, by all four steps."""
    proof = VersionProof.from_bytes(bytes.fromhex(raw))
    return verify_group_version(proof, SAID["org"], SAID["group"], n, TRUST, SAID["now"])


def test_the_proof_leads_to_the_version() -> None:
    version = verified(SAID["version"])
    assert version is not None
    assert (version.n, version.in_force_from) == (SAID["n"], SAID["in_force_from"])
    assert [definition.to_bytes().hex() for definition in version.definitions] == SAID["definitions"]


def test_a_version_that_the_ledger_does_not_have_is_proven_absent() -> None:
    assert verified(SAID["no_version_after_it"], SAID["n"] + 1) is None


@pytest.mark.parametrize("name", SAID["refused"])
def test_a_false_version_is_refused(name: str) -> None:
    with pytest.raises((Malformed, NotProven)):
        verified(SAID["refused"][name])


def test_any_flipped_byte_is_refused() -> None:
    raw = bytes.fromhex(SAID["version"])
    for at in range(0, len(raw), 3):
        with pytest.raises((Malformed, NotProven)):
            verified((raw[:at] + bytes([raw[at] ^ 0x01]) + raw[at + 1 :]).hex())


def test_the_vectors_equal_the_generated_ones() -> None:
    assert json.loads(json.dumps(vectors())) == SAID
