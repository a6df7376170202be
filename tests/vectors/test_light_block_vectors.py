"""Every vector that CometBFT's own types made (light_block.PROVENANCE.md) comes out the same here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from veriwatt.errors import VeriwattError
from veriwatt.ids import Digest
from veriwatt.model.ledger.block import (
    BlockId,
    Commit,
    CommitSig,
    Header,
    LightBlock,
    Timestamp,
    TxResult,
    Validator,
    ValidatorSet,
    VoteFlag,
    commit_hash,
    consensus_hash,
    data_hash,
    header_hash,
    results_hash,
    validators_hash,
    vote_sign_bytes,
)
from veriwatt.verify.light_block import verify_commit, verify_skipping

FILE = Path(__file__).parent / "light_block.json"
GENERATOR = Path(__file__).parents[2] / "engines" / "cometbft"
VECTORS: dict[str, Any] = json.loads(FILE.read_text())


def timestamp(form: dict[str, Any]) -> Timestamp:
    return Timestamp(int(form["seconds"]), form["nanos"])


def block_id(form: dict[str, Any]) -> BlockId:
    return BlockId(Digest.from_hex(form["hash"]), form["parts_total"], Digest.from_hex(form["parts_hash"]))


def header(form: dict[str, Any]) -> Header:
    digests = {
        name: Digest.from_hex(form[name])
        for name in (
            "last_commit_hash",
            "data_hash",
            "validators_hash",
            "next_validators_hash",
            "consensus_hash",
            "last_results_hash",
            "evidence_hash",
        )
    }
    return Header(
        version_block=int(form["version_block"]),
        version_app=int(form["version_app"]),
        chain_id=form["chain_id"],
        height=int(form["height"]),
        time=timestamp(form["time"]),
        last_block_id=block_id(form["last_block_id"]) if form["last_block_id"] else None,
        app_hash=bytes.fromhex(form["app_hash"]),
        proposer_address=bytes.fromhex(form["proposer_address"]),
        **digests,
    )


def commit(form: dict[str, Any]) -> Commit:
    signatures = tuple(
        CommitSig(
            VoteFlag(sig["flag"]),
            bytes.fromhex(sig["validator_address"]),
            timestamp(sig["timestamp"]),
            bytes.fromhex(sig["signature"]),
        )
        for sig in form["signatures"]
    )
    return Commit(int(form["height"]), form["round"], block_id(form["block_id"]), signatures)


def validators(form: list[dict[str, Any]]) -> ValidatorSet:
    return ValidatorSet(
        tuple(
            Validator(bytes.fromhex(one["address"]), bytes.fromhex(one["public_key"]), int(one["power"]))
            for one in form
        )
    )


def light_block(form: dict[str, Any]) -> LightBlock:
    return LightBlock(header(form["header"]), commit(form["commit"]), validators(form["validators"]))


def named(section: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in VECTORS[section]]


@pytest.mark.parametrize("case", named("headers"))
def test_a_header_has_the_hash_that_cometbft_gives_it(case: dict[str, Any]) -> None:
    assert str(header_hash(header(case["header"]))) == case["hash"]


@pytest.mark.parametrize("case", named("headers"))
def test_a_header_reads_back_from_our_encoding(case: dict[str, Any]) -> None:
    made = header(case["header"])

    assert Header.from_bytes(made.to_bytes()) == made


@pytest.mark.parametrize("case", named("validator_sets"))
def test_a_validator_set_has_the_hash_and_power_that_cometbft_gives_it(case: dict[str, Any]) -> None:
    made = validators(case["validators"])

    assert str(validators_hash(made)) == case["hash"]
    assert made.total_power == int(case["total_power"])


@pytest.mark.parametrize("case", named("validator_sets"))
def test_validators_in_any_order_are_sorted_as_in_cometbft(case: dict[str, Any]) -> None:
    made = validators(case["validators"])

    assert ValidatorSet.of(*reversed(made.validators)) == made
    assert ValidatorSet.from_bytes(made.to_bytes()) == made


@pytest.mark.parametrize("case", named("commits"))
def test_a_commit_has_cometbfts_hash_and_sign_bytes(case: dict[str, Any]) -> None:
    made = commit(case["commit"]) if case["commit"] else None

    assert str(commit_hash(made)) == case["hash"]
    for index, expected in enumerate(case["sign_bytes"]):
        if expected is not None:
            assert made is not None
            assert vote_sign_bytes(case["chain_id"], made, index).hex() == expected


@pytest.mark.parametrize("case", VECTORS["transactions"], ids=lambda case: f"{len(case['txs'])} txs")
def test_transactions_have_cometbfts_data_hash(case: dict[str, Any]) -> None:
    assert str(data_hash(bytes.fromhex(tx) for tx in case["txs"])) == case["hash"]


@pytest.mark.parametrize("case", VECTORS["results"], ids=lambda case: f"{len(case['results'])} results")
def test_results_have_cometbfts_hash(case: dict[str, Any]) -> None:
    results = [
        TxResult(one["code"], bytes.fromhex(one["data"]), int(one["gas_wanted"]), int(one["gas_used"]))
        for one in case["results"]
    ]

    assert str(results_hash(results)) == case["hash"]


@pytest.mark.parametrize("case", named("consensus_params"))
def test_consensus_parameters_have_cometbfts_hash(case: dict[str, Any]) -> None:
    assert str(consensus_hash(int(case["max_bytes"]), int(case["max_gas"]))) == case["hash"]


@pytest.mark.parametrize("case", VECTORS["light_blocks"], ids=lambda case: f"{case['name']} {case['header']['height']}")
def test_a_light_block_is_stored_as_a_second_writer_stores_it(case: dict[str, Any]) -> None:
    made = light_block(case)

    assert made.to_bytes().hex() == case["cbor"]
    assert LightBlock.from_bytes(bytes.fromhex(case["cbor"])) == made
    assert str(header_hash(made.header)) == case["hash"]


@pytest.mark.parametrize("case", VECTORS["light_blocks"], ids=lambda case: f"{case['name']} {case['header']['height']}")
def test_a_light_block_gets_cometbfts_verdict(case: dict[str, Any]) -> None:
    assert verdict(lambda: verify_commit(light_block(case), case["chain_id"])) == case["verdict"]


@pytest.mark.parametrize("case", VECTORS["light_client"], ids=lambda case: "{trusted}-{new}-{now_ms}".format(**case))
def test_the_step_to_a_later_block_gets_cometbfts_verdict(case: dict[str, Any]) -> None:
    trusted = light_block(VECTORS["light_blocks"][case["trusted"]])
    new = light_block(VECTORS["light_blocks"][case["new"]])

    found = verdict(
        lambda: verify_skipping(
            trusted.header, trusted.validators, new, trust_period_ms=case["trust_period_ms"], now_ms=int(case["now_ms"])
        )
    )

    assert found == case["verdict"]


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.timeout(900)
def test_cometbft_generates_the_same_vectors(tmp_path: Path) -> None:
    go = shutil.which("go")
    if go is None:
        pytest.skip("no Go on this machine")

    # The flags are those of scripts/go-vectors.sh, so that each package is compiled once.
    settings = {**os.environ, "GOPROXY": "off", "CGO_ENABLED": "0", "GOFLAGS": "-trimpath"}
    command = [go, "run", "./vectors", str(tmp_path)]
    made = subprocess.run(command, cwd=GENERATOR, env=settings, capture_output=True, check=False)
    if b"GOPROXY=off" in made.stderr:
        pytest.skip("CometBFT's modules are not in the module cache (cd engines/cometbft && go mod download)")

    assert made.returncode == 0, made.stderr.decode()
    for name in ("light_block.json", "light_client.json", "ed25519_votes.json"):
        assert (tmp_path / name).read_bytes() == (FILE.parent / name).read_bytes(), name


def verdict(verify: Any) -> str:
    try:
        verify()
    except VeriwattError as error:
        return error.code
    return "proven"
