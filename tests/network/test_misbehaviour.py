"""A validator signs two votes in one round on a running network: recorded by all, told, and its key voted out."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.comet_program import comet_program
from veriwatt.crypto.hashing import sha256
from veriwatt.ids import Digest
from veriwatt.ledger.comet.audit import audit_comet
from veriwatt.ledger.comet.ledger import CometLedger
from veriwatt.ledger.open_ledger import ledger_file
from veriwatt.machine.governance import queries
from veriwatt.merkle.state_proof import verify_state
from veriwatt.model.governance.parameters import CONSORTIUM
from veriwatt.model.governance.rule_decisions import ChangeValidators, ValidatorPower
from veriwatt.model.ledger.block import LightBlock
from veriwatt.model.ledger.commit import BlockId, Timestamp, precommit_bytes
from veriwatt.model.ledger.misbehaviour import MisbehaviourKind, MisbehaviourRecord
from veriwatt.model.ledger.state_keys import misbehaviour_key
from veriwatt.model.ledger.validators import address_of
from veriwatt.ports.ledger import submit
from veriwatt.reading.explorer.standing import banner_json, ledger_json, validators_json
from veriwatt.testing.actors import SimMember, SimTerminal, sim_genesis, sim_validator
from veriwatt.testing.comet_network import CometNetwork, height_of, wait_until

pytestmark = [pytest.mark.engine, pytest.mark.slow]

VALIDATORS = 4
OWNERS = [SimMember(org, "owner") for org in ("a", "b", "c")]
GUILTY = sim_validator(3)
ADDRESS = address_of(GUILTY.public.raw)


def double_vote(chain_id: str, light: LightBlock, lie: int = 0) -> dict[str, Any]:
    """CometBFT's JSON of two precommits at the height of `light` that the guilty validator signs; `lie` adds power."""
    height, when, at = light.header.height, light.header.time, light.validators.validators
    index = next(i for i, each in enumerate(at) if each.address == ADDRESS)

    def vote(block: BlockId) -> dict[str, Any]:
        signature = GUILTY.sign(precommit_bytes(chain_id, height, 7, block, when))
        return {
            "type": 2,
            "height": str(height),
            "round": 7,
            "block_id": {
                "hash": block.hash.hex().upper(),
                "parts": {"total": block.parts_total, "hash": block.parts_hash.hex().upper()},
            },
            "timestamp": rfc3339(when),
            "validator_address": ADDRESS.hex().upper(),
            "validator_index": index,
            "signature": base64.b64encode(signature).decode(),
        }

    blocks = sorted((BlockId(sha256(name), 1, sha256(name)) for name in (b"this", b"that")), key=lambda b: b.hash)
    value = {
        "vote_a": vote(blocks[0]),
        "vote_b": vote(blocks[1]),
        "TotalVotingPower": str(light.validators.total_power + lie),
        "ValidatorPower": str(at[index].power),
        "Timestamp": rfc3339(when),
    }
    return {"type": "tendermint/DuplicateVoteEvidence", "value": value}


def rfc3339(when: Timestamp) -> str:
    return f"{datetime.fromtimestamp(when.seconds, UTC):%Y-%m-%dT%H:%M:%S}.{when.nanos:09d}Z"


def hand_in(network: CometNetwork, at: int, evidence: dict[str, Any]) -> Any:
    """What CometBFT of a node answers to evidence."""
    call = {"jsonrpc": "2.0", "id": 0, "method": "broadcast_evidence", "params": {"evidence": evidence}}
    return httpx.post(f"http://127.0.0.1:{network.settings(at).rpc_port}/", json=call, timeout=10).json()


@pytest.fixture
def network(tmp_path: Path) -> Iterator[CometNetwork]:
    """Four validators, of which the last belongs to c."""
    made = sim_genesis(*OWNERS, validators=VALIDATORS, parameters=CONSORTIUM)
    genesis = replace(made, validators=(*made.validators[:3], replace(made.validators[3], org="c")))
    for owner in OWNERS:
        owner.chain = genesis.chain_id
    with CometNetwork(tmp_path, genesis, comet_program(), block_pause=100) as network:
        with ThreadPoolExecutor() as pool:
            ledgers = list(pool.map(network.run, range(VALIDATORS)))
        wait_until(lambda: min(map(height_of, ledgers)) > 0)
        yield network


def test_a_double_signer_is_recorded_by_all_told_and_voted_out(network: CometNetwork) -> None:
    ledger, names = network.running[0], (f"t{at}" for at in count())

    def go_on(blocks: int = 3) -> None:
        for name in islice(names, blocks):
            assert submit(ledger, [OWNERS[0].enrol(SimTerminal("a", name))])[0].ok

    go_on()
    chain, light = ledger.chain_id, ledger.light_block(2)
    assert "error" in hand_in(network, 0, double_vote(chain, light, lie=1))
    assert "error" in hand_in(network, 0, double_vote("another-0123456789abcdef", light))
    assert "error" not in hand_in(network, 0, double_vote(chain, light))

    def recorded() -> list[MisbehaviourRecord | None]:
        go_on(1)
        return [queries.misbehaviour(each, ADDRESS) for each in network.running.values()]

    wait_until(lambda: None not in recorded())
    (record,) = set(recorded())
    assert record is not None
    (told,) = record.recorded
    assert (record.org, told.what.kind, told.what.height) == ("c", MisbehaviourKind.DUPLICATE_VOTE, 2)
    assert (told.what.address, told.what.time) == (ADDRESS, light.header.time_ms)
    assert told.what.total_power == light.validators.total_power

    height = ledger.head().height
    time.sleep(2)
    assert ledger.head().height - height <= 1, "an idle ledger makes no blocks for what is recorded"

    with ledger.snapshot() as now:
        proof = now.prove([misbehaviour_key(ADDRESS)])
    verify_state(Digest(proof.light.header.app_hash), proof.proof, {misbehaviour_key(ADDRESS): record.to_bytes()})
    assert alarms(ledger) == ["validator-misbehaved"]
    (line,) = validators_json(ledger)["misbehaviour"]
    assert (line["public_key"], line["recorded_height"]) == (GUILTY.public.raw.hex(), told.height)

    network.stop(1)
    again = network.run(1)
    wait_until(lambda: height_of(again) >= ledger.head().height)
    assert queries.misbehaviour(again, ADDRESS) == record

    assert decide(ledger, power(3)) == "not-enactable"
    assert decide(ledger, power(0)) == "ok"
    go_on()
    assert ADDRESS not in ledger.light_block(ledger.head().height).validators.by_address()
    assert alarms(ledger) == []
    assert len(validators_json(ledger)["misbehaviour"]) == 1
    assert audit_comet(ledger_file(network.folder(0))).ok


def alarms(ledger: CometLedger) -> list[str]:
    now = ledger.head().time
    told = [each["code"] for each in ledger_json(ledger, now, None)["alarms"]]
    assert [each["code"] for each in banner_json(ledger, now, None)["alarms"]] == told, "on every page"
    return told


def power(new: int) -> ChangeValidators:
    return ChangeValidators((ValidatorPower(GUILTY.public, new),))


def decide(ledger: CometLedger, decision: ChangeValidators) -> str:
    """The result of the proposal, or of the last vote for it."""
    (result,) = submit(ledger, [OWNERS[0].propose(decision)])
    if result.ok:
        proposal = queries.proposal(ledger, queries.agenda(ledger).count)
        assert proposal is not None
        *_, result = (submit(ledger, [other.vote(proposal)])[0] for other in OWNERS[1:])
    return result.code
