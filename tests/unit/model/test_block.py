"""What a block's records refuse to be, and how time and the wire are read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from veriwatt.crypto.signers.ed25519 import Ed25519Signer
from veriwatt.encoding import Value, encode
from veriwatt.errors import Malformed
from veriwatt.ids import Digest
from veriwatt.model.ledger.block import (
    EMPTY_ROOT,
    NO_TIME,
    BlockId,
    Commit,
    CommitSig,
    Header,
    LightBlock,
    Timestamp,
    Validator,
    ValidatorSet,
    VoteFlag,
    part_set_hash,
    vote_sign_bytes,
)
from veriwatt.model.ledger.protowire import bytes_field, delimited, message_field, sfixed64_field, varint_field

VALIDATOR = Validator.of(Ed25519Signer(bytes(32)).public.raw, 1)
ID = BlockId(EMPTY_ROOT, 1, EMPTY_ROOT)
HEADER = Header(
    11,
    1,
    "plant-0123456789abcdef",
    1,
    Timestamp(1, 2),
    ID,
    EMPTY_ROOT,
    EMPTY_ROOT,
    EMPTY_ROOT,
    EMPTY_ROOT,
    EMPTY_ROOT,
    b"",
    EMPTY_ROOT,
    EMPTY_ROOT,
    VALIDATOR.address,
)
COMMIT = Commit(1, 0, ID, (CommitSig(VoteFlag.NIL, VALIDATOR.address, Timestamp(1, 0), bytes(64)), CommitSig.absent()))
LIGHT = LightBlock(HEADER, COMMIT, ValidatorSet((VALIDATOR,)))


def test_times_are_read_in_whole_milliseconds_and_made_from_them() -> None:
    assert Timestamp(1, 1_999_999).millis == 1_001
    assert Timestamp.of_millis(1_001) == Timestamp(1, 1_000_000)
    assert Timestamp.of_millis(-1) == Timestamp(-1, 999_000_000)
    assert Timestamp.of_millis(-1).millis == -1


@pytest.mark.parametrize("seconds, nanos", [(0, -1), (0, 10**9), (NO_TIME.seconds - 1, 0), (253_402_300_800, 0)])
def test_an_instant_outside_the_years_1_to_9999_is_malformed(seconds: int, nanos: int) -> None:
    with pytest.raises(Malformed):
        Timestamp(seconds, nanos)


@pytest.mark.parametrize(
    "changes",
    [
        {"chain_id": ""},
        {"chain_id": "x" * 51},
        {"chain_id": "no spaces"},
        {"height": 0},
        {"height": 2**63},
        {"version_app": -1},
        {"version_block": 2**64},
        {"app_hash": bytes(65)},
        {"proposer_address": bytes(19)},
    ],
)
def test_a_header_out_of_range_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        replace(HEADER, **changes)


@pytest.mark.parametrize("parts", [0, 2**32])
def test_a_block_id_without_parts_or_with_too_many_is_malformed(parts: int) -> None:
    with pytest.raises(Malformed):
        BlockId(EMPTY_ROOT, parts, EMPTY_ROOT)


@pytest.mark.parametrize(
    "changes", [{"height": 0}, {"height": 2**63}, {"round": -1}, {"round": 2**31}, {"signatures": ()}]
)
def test_a_commit_out_of_range_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        replace(COMMIT, **changes)


@pytest.mark.parametrize(
    "changes", [{"validator_address": VALIDATOR.address}, {"timestamp": Timestamp(0, 0)}, {"signature": bytes(64)}]
)
def test_an_absent_vote_with_address_time_or_signature_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        replace(CommitSig.absent(), **changes)


@pytest.mark.parametrize("changes", [{"validator_address": b""}, {"signature": bytes(63)}])
def test_a_vote_without_address_or_whole_signature_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        replace(COMMIT.signatures[0], **changes)


def test_sign_bytes_of_an_absent_vote_are_a_bug() -> None:
    with pytest.raises(RuntimeError):
        vote_sign_bytes("plant", COMMIT, 1)


def test_a_validator_without_power_or_under_anothers_address_is_malformed() -> None:
    broken: list[dict[str, Any]] = [{"power": 0}, {"power": 2**60}, {"address": bytes(20)}, {"public_key": bytes(31)}]
    for changes in broken:
        with pytest.raises(Malformed):
            replace(VALIDATOR, **changes)


def test_a_set_without_validators_or_with_too_much_power_is_malformed() -> None:
    strong = [Validator.of(Ed25519Signer(bytes([n]) * 32).public.raw, 2**59) for n in (1, 2)]

    for validators in ((), tuple(strong)):
        with pytest.raises(Malformed):
            ValidatorSet(validators)


def test_every_record_reads_back_as_it_was_written() -> None:
    assert Header.from_bytes(HEADER.to_bytes()) == HEADER
    assert Commit.from_bytes(COMMIT.to_bytes()) == COMMIT
    assert ValidatorSet.from_bytes(LIGHT.validators.to_bytes()) == LIGHT.validators
    assert LightBlock.from_bytes(LIGHT.to_bytes()) == LIGHT


def test_a_light_block_of_another_version_or_with_an_unknown_flag_is_malformed() -> None:
    header, commit, validators = HEADER.fields(), COMMIT.fields(), LIGHT.validators.fields()
    unknown_flag: list[Value] = [*commit[:3], [[4, b"", [0, 0], b""]]]

    broken: list[list[Value]] = [
        [1, header, commit, validators],
        [2, header, unknown_flag, validators],
        [2, header, commit],
    ]
    for fields in broken:
        with pytest.raises(Malformed):
            LightBlock.from_bytes(encode(fields))


def test_an_embedded_block_has_one_part() -> None:
    assert part_set_hash(b"") == Digest.from_hex("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")


@pytest.mark.parametrize(
    "encoded, expected",
    [
        (varint_field(1, 0), ""),
        (varint_field(1, 150), "089601"),
        (varint_field(2, -1), "10ffffffffffffffffff01"),
        (varint_field(16, 1), "800101"),
        (sfixed64_field(2, 0), ""),
        (sfixed64_field(2, 258), "110201000000000000"),
        (bytes_field(2, b""), ""),
        (bytes_field(2, b"testing"), "120774657374696e67"),
        (message_field(3, b""), "1a00"),
        (message_field(3, b"\x08\x96\x01"), "1a03089601"),
        (delimited(bytes(128)), "8001" + "00" * 128),
    ],
)
def test_protobuf_fields_are_spelled_as_their_encoding_rules_say(encoded: bytes, expected: str) -> None:
    assert encoded.hex() == expected
