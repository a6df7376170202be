"""Orgs vote on who signs blocks, on a running network: a validator comes, another one goes, two blocks later."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, islice
from pathlib import Path

import pytest

from tests.comet_program import comet_program
from veriwatt.ledger.comet.ledger import CometLedger
from veriwatt.machine.governance import queries
from veriwatt.model.governance.decision import Decision
from veriwatt.model.governance.parameters import CONSORTIUM
from veriwatt.model.governance.rule_decisions import ChangeValidators, ValidatorPower
from veriwatt.model.ledger.block import header_hash
from veriwatt.ports.ledger import submit
from veriwatt.system.clock import SystemClock
from veriwatt.testing.actors import SimMember, SimTerminal, sim_genesis, sim_validator
from veriwatt.testing.comet_network import CometNetwork, height_of, wait_until
from veriwatt.units import DAY
from veriwatt.verify.light_block import verify_skipping

pytestmark = [pytest.mark.engine, pytest.mark.slow]

VALIDATORS = 4
OWNERS = [SimMember(org, "owner") for org in ("a", "b", "c")]


@pytest.fixture
def network(tmp_path: Path) -> Iterator[CometNetwork]:
    """Four validators, and a fifth node that is none yet."""
    genesis = sim_genesis(*OWNERS, validators=VALIDATORS, parameters=CONSORTIUM)
    with CometNetwork(tmp_path, genesis, comet_program(), block_pause=100, more=1) as network:
        with ThreadPoolExecutor() as pool:
            ledgers = list(pool.map(network.run, range(VALIDATORS + 1)))
        wait_until(lambda: min(map(height_of, ledgers)) > 0)
        yield network


def decide(ledger: CometLedger, decision: Decision) -> int:
    """The height of the block whose vote enacts it."""
    first, *others = OWNERS
    assert submit(ledger, [first.propose(decision)])[0].ok
    proposal = queries.proposal(ledger, queries.agenda(ledger).count)
    assert proposal is not None
    (*_, last) = (submit(ledger, [other.vote(proposal)])[0] for other in others)
    assert last.ok
    return last.height


def keys_at(ledger: CometLedger, height: int) -> set[bytes]:
    return {each.public_key for each in ledger.light_block(height).validators.validators}


def test_a_validator_comes_and_another_goes_while_the_ledger_runs(network: CometNetwork) -> None:
    ledger, publics = network.running[1], [sim_validator(at).public for at in range(VALIDATORS + 1)]
    keys = [key.raw for key in publics]
    names = (f"t{at}" for at in count())

    def go_on() -> None:
        for name in islice(names, 3):
            assert submit(ledger, [OWNERS[0].enrol(SimTerminal("a", name))])[0].ok

    came = decide(ledger, ChangeValidators((ValidatorPower(publics[4], 1),)))
    go_on()
    assert [keys_at(ledger, came + more) == set(keys[:4]) for more in range(3)] == [True, True, False]
    assert keys_at(ledger, came + 2) == set(keys)
    trusted = ledger.light_block(came)

    network.stop(0)  # of five, four have to sign: the new one is needed
    go_on()
    gone = decide(ledger, ChangeValidators((ValidatorPower(publics[0], 0),)))
    go_on()
    assert keys_at(ledger, gone + 1) == set(keys)
    assert keys_at(ledger, gone + 2) == set(keys[1:])

    network.stop(3)  # of four, three
    go_on()
    newest = ledger.light_block(ledger.head().height)
    now = SystemClock().now()
    verify_skipping(trusted.header, trusted.validators, newest, trust_period_ms=DAY, now_ms=now)

    top = ledger.head().height
    for at in (0, 3):
        network.run(at)
    wait_until(lambda: min(map(height_of, network.running.values())) >= top)
    for height in range(1, top + 1):
        assert len({header_hash(each.light_block(height).header) for each in network.running.values()}) == 1
