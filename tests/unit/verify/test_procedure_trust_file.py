"""A trust file has one rendering; what is not that is refused with the place that is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veriwatt.errors import BadInput, Malformed, WrongFormat
from veriwatt.ids import Digest
from veriwatt.model.evidence.trust_file import Trust, parse_trust, render
from veriwatt.model.ledger.block import Validator, ValidatorSet
from veriwatt.testing.actors import sim_key
from veriwatt.testing.worlds import SimWorld
from veriwatt.utc_text import LAST, parse_utc, utc_date, utc_text


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    return SimWorld(tmp_path_factory.mktemp("trust")).trust()


def test_a_trust_file_reads_back_as_it_was_written(trust: Trust) -> None:
    assert parse_trust(render(trust)) == trust


def test_no_byte_of_a_trust_file_can_change_unnoticed(trust: Trust) -> None:
    raw = render(trust)
    for at in range(len(raw)):
        with pytest.raises((BadInput, WrongFormat)):
            parse_trust(raw[:at] + bytes([raw[at] ^ 1 << at % 8]) + raw[at + 1 :])
        with pytest.raises(BadInput):
            parse_trust(raw[:at] + raw[at + 1 :])


def test_a_trust_file_names_its_operator_in_words(trust: Trust) -> None:
    said = json.loads(render(trust))
    assert said["operator"] == "single operator"
    assert said["chain_id"] == trust.chain_id
    assert said["checkpoint"]["height"] == trust.header.height
    assert said["checkpoint"]["time"] == utc_text(trust.header.time_ms)
    assert (said["predecessors"], said["cosigners"]) == ([], [])


def test_the_fingerprint_is_in_the_file_and_short_enough_to_read_aloud(trust: Trust) -> None:
    assert json.loads(render(trust))["fingerprint"] == trust.fingerprint.hex()
    assert trust.short_fingerprint.replace(" ", "") == trust.fingerprint.hex()[:16]
    assert replace(trust, written=trust.written + 1).fingerprint != trust.fingerprint


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("format", "another file", "format"),
        ("genesis_hash", "00" * 31, "genesis_hash"),
        ("genesis_hash", "00" * 32, "genesis"),
        ("machine_version", True, "machine_version"),
        ("machine_version", 1.0, "machine_version"),
        ("trust_period_days", 0, "trust period"),
        ("trust_period_days", 99_999, "trust period"),
        ("trust_period_days", "180", "trust_period_days"),
        ("validators", [], "validator"),
        ("validators", [{"key": "zz", "power": 1}], "validators"),
        ("validators", [{"key": "00" * 32}], "power"),
        ("validators", {"key": 1}, "validators"),
        ("predecessors", ["older-0000000000000000"], "predecessors"),
        ("cosigners", [{}], "operators"),
        ("operators", ["acme"], "operators"),
        ("written", "2026-01-01", "written"),
        ("written", "2026-02-30T00:00:00.000Z", "written"),
        ("written", 5, "written"),
        ("operator", "4 validators", "not as it was written"),
        ("chain_id", "sim-0000000000000000", "not as it was written"),
        ("fingerprint", "00" * 32, "not as it was written"),
        ("checkpoint", None, "checkpoint"),
        ("surplus", 1, "surplus"),
    ],
)
def test_a_wrong_field_is_named(trust: Trust, field: str, value: object, word: str) -> None:
    said = json.loads(render(trust))
    said[field] = value
    with pytest.raises(BadInput) as refused:
        parse_trust(json.dumps(said, indent=2).encode() + b"\n", "trust.json")
    assert word in str(refused.value)
    assert "trust.json" in str(refused.value)


@pytest.mark.parametrize("fields", [{}, {"surplus": 1}, {"fingerprint": None}])
def test_a_trust_file_of_another_format_is_refused_by_name(trust: Trust, fields: dict[str, object]) -> None:
    said = {**json.loads(render(trust)), "format": "veriwatt trust file 1", **fields}
    with pytest.raises(WrongFormat, match=r"trust\.json is of format 1, .* reads format 2; take the file again"):
        parse_trust(json.dumps(said).encode(), "trust.json")


@pytest.mark.parametrize("field", ["format", "checkpoint", "fingerprint", "cosigners"])
def test_a_missing_field_is_named(trust: Trust, field: str) -> None:
    said = json.loads(render(trust))
    del said[field]
    with pytest.raises(BadInput, match=field):
        parse_trust(json.dumps(said, indent=2).encode() + b"\n")


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b"[" * 100_000, b"\xff\xfe", b"9" * 10_000, b" " * (1 << 21), b'{"a":1,"a":1}']
)
def test_bytes_that_are_not_a_trust_file_are_refused(raw: bytes) -> None:
    with pytest.raises(BadInput, match="trust"):
        parse_trust(raw)


@given(st.binary(max_size=64))
def test_random_bytes_raise_only_bad_input(raw: bytes) -> None:
    with pytest.raises(BadInput):
        parse_trust(raw)


def test_validators_other_than_those_of_the_checkpoint_are_refused(trust: Trust) -> None:
    with pytest.raises(Malformed, match="validators"):
        replace(trust, validators=ValidatorSet.of(Validator.of(sim_key("other").public.raw, 1)))


def test_a_genesis_hash_of_another_ledger_is_refused(trust: Trust) -> None:
    with pytest.raises(Malformed, match="genesis"):
        replace(trust, genesis_hash=Digest(bytes(32)))


@given(st.integers(0, LAST))
def test_utc_text_reads_back(t: int) -> None:
    assert parse_utc(utc_text(t)) == t
    assert utc_text(t).startswith(utc_date(t))


def test_utc_text_knows_leap_days_and_the_ends_of_years() -> None:
    known = {
        0: "1970-01-01T00:00:00.000Z",
        951_782_399_999: "2000-02-28T23:59:59.999Z",
        951_782_400_000: "2000-02-29T00:00:00.000Z",
        4_107_542_400_000: "2100-03-01T00:00:00.000Z",
        LAST: "9999-12-31T23:59:59.999Z",
    }
    assert {t: utc_text(t) for t in known} == known


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-01",
        "2026-13-01T00:00:00.000Z",
        "2026-01-01T24:00:00.000Z",
        "2100-02-29T00:00:00.000Z",
        "2026-01-01T00:00:60.000Z",
        "2026-01-01t00:00:00.000z",
        "2026-00-00T00:00:00.000Z",
        "0000-01-01T00:00:00.000Z",
    ],
)
def test_another_spelling_of_a_time_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_utc(text)


def test_a_trust_file_is_the_same_however_often_it_is_made(tmp_path: Path, trust: Trust) -> None:
    assert render(SimWorld(tmp_path).trust()) == render(trust)
