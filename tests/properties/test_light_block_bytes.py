"""No byte of a proven light block can change, and broken bytes are Malformed and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.encoding import encode
from veriwatt.errors import Malformed, NotProven
from veriwatt.model.ledger.block import LightBlock
from veriwatt.verify.light_block import verify_commit

_FILES = Path(__file__).parents[1] / "vectors"
_VECTORS = json.loads((_FILES / "light_block.json").read_text())
_FURTHER = json.loads((_FILES / "light_client.json").read_text())
CHAIN = _VECTORS["light_blocks"][0]["chain_id"]
PROVEN = [bytes.fromhex(case["cbor"]) for case in _VECTORS["light_blocks"] if case["verdict"] == "proven"]
COFACTORED = next(bytes.fromhex(case["cbor"]) for case in _FURTHER["commits"] if "cofactored" in case["name"])
SMALL, LARGE = min(PROVEN, key=len), max(PROVEN, key=len)


def refused(raw: bytes) -> bool:
    try:
        verify_commit(LightBlock.from_bytes(raw), CHAIN)
    except (Malformed, NotProven):
        return True
    return False


@pytest.mark.parametrize("raw", PROVEN, ids=lambda raw: f"{len(raw)} bytes")
def test_every_byte_of_a_light_block_counts(raw: bytes) -> None:
    assert not refused(raw)

    survivors = [at for at in range(len(raw)) if not refused(flipped(raw, at, 1 << at % 8))]

    assert survivors == []


def test_every_byte_counts_where_votes_need_the_cofactored_rule_but_in_a_vote_that_anybody_can_sign() -> None:
    light = LightBlock.from_bytes(COFACTORED)
    assert not refused(COFACTORED)
    weak = encode(light.commit.signatures[-1].fields())  # its key is of small order: many signatures fit any message
    begin = COFACTORED.index(weak)

    survivors = [at for at in range(len(COFACTORED)) if not refused(flipped(COFACTORED, at, 1 << at % 8))]

    assert set(survivors) <= set(range(begin, begin + len(weak)))


def test_every_bit_of_a_light_block_counts() -> None:
    survivors = [bit for bit in range(8 * len(SMALL)) if not refused(flipped(SMALL, bit // 8, 1 << bit % 8))]

    assert survivors == []


@given(st.integers(0, len(LARGE) - 1), st.integers(1, 255))
def test_every_changed_byte_value_is_refused(at: int, mask: int) -> None:
    assert refused(flipped(LARGE, at, mask))


@given(st.integers(0, len(LARGE) - 1), st.binary(max_size=3))
def test_truncated_or_extended_bytes_are_refused(length: int, tail: bytes) -> None:
    assert refused(LARGE[:length])
    assert refused(LARGE + tail) == bool(tail)


@given(st.binary(max_size=200))
def test_random_bytes_are_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        LightBlock.from_bytes(raw)


def flipped(raw: bytes, at: int, mask: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ mask]) + raw[at + 1 :]
