"""Root log heads of the vectors prove what the vectors say, and no lie passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.vectors.make_root_log import vectors
from veriwatt.errors import NotProven
from veriwatt.model.evidence.trust_file import parse_trust
from veriwatt.model.ledger.root_log import RootLogHeadProof
from veriwatt.verify.root_log_head import verify_root_log

SAID: dict[str, Any] = json.loads(Path(__file__).with_name("root_log.json").read_text(encoding="utf-8"))
TRUST, NOW = parse_trust(SAID["trust"].encode()), SAID["now"]


def test_the_head_proves_the_newest_leaf() -> None:
    known = verify_root_log(RootLogHeadProof.from_bytes(bytes.fromhex(SAID["head"])), TRUST, NOW)
    assert (known.size, known.leaf.hex()) == (SAID["size"], SAID["leaf"])


@pytest.mark.parametrize("name", SAID["refused"])
def test_a_false_root_log_head_is_refused(name: str) -> None:
    with pytest.raises(NotProven):
        verify_root_log(RootLogHeadProof.from_bytes(bytes.fromhex(SAID["refused"][name])), TRUST, NOW)


def test_the_vectors_equal_the_generated_ones() -> None:
    assert json.loads(json.dumps(vectors())) == SAID
