"""Exchanges of a meter are recorded by its org, implausible steps confirmed by another org with a role for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.machine.scene import Scene
from veriwatt.machine.terminals.queries import register_record
from veriwatt.model.ledger.state_keys import register_key
from veriwatt.model.members.org_role import Authority, Basis
from veriwatt.model.points.register_record import (
    MOST_EXCHANGES,
    ConfirmStep,
    ReadStep,
    RecordExchange,
    RegisterExchange,
    RegisterRecord,
    StepConfirmation,
)
from veriwatt.model.points.status import Kind
from veriwatt.testing.actors import START, sim_point
from veriwatt.units import DAY, HOUR

A = replace(sim_point("hall/a"), kind=Kind.REGISTER)
STEP = ReadStep(START - HOUR, 100, START, 500)
EXCHANGE = RecordExchange(A.id, START - HOUR, 5430, 0, "seal broken")


@pytest.fixture
def defined(scene: Scene) -> Scene:
    scene.enrolled().chain.must(scene.oli.define("plant", A, replace(A, id="level", kind=Kind.INSTANT)))
    return scene


def recorded(scene: Scene) -> RegisterRecord:
    return register_record(scene.chain.rows, "acme", A.id)


def test_an_exchange_has_author_reason_and_the_time_of_its_block(defined: Scene) -> None:
    assert recorded(defined) == RegisterRecord()
    defined.chain.must(defined.oli.sign(EXCHANGE))
    (exchange,) = recorded(defined).exchanges
    block = exchange.height, exchange.time
    assert exchange == RegisterExchange(START - HOUR, 5430, 0, *block, "oli", "seal broken")
    assert exchange.time > START
    assert recorded(defined).as_of(exchange.time - 1) == RegisterRecord()
    assert recorded(defined).as_of(exchange.time) == recorded(defined)


def test_of_two_exchanges_at_one_instant_the_later_recorded_is_in_force_and_both_stay(defined: Scene) -> None:
    defined.chain.must(defined.oli.sign(EXCHANGE), defined.ann.sign(replace(EXCHANGE, last=5431)))
    assert [e.last for e in recorded(defined).exchanges] == [5430, 5431]
    assert [e.last for e in recorded(defined).in_force()] == [5431]


def test_an_exchange_with_the_same_value_of_both_meters_withdraws_the_one_before(defined: Scene) -> None:
    defined.chain.must(defined.oli.sign(EXCHANGE), defined.ann.sign(replace(EXCHANGE, first=EXCHANGE.last)))
    assert len(recorded(defined).exchanges) == 2
    assert recorded(defined).in_force() == ()
    assert defined.chain.one(defined.oli.sign(replace(EXCHANGE, first=EXCHANGE.last))).code == "not-recordable"
    defined.chain.must(defined.oli.sign(EXCHANGE))
    assert [e.first for e in recorded(defined).in_force()] == [EXCHANGE.first]


def test_an_exchange_is_refused_where_it_cannot_be(defined: Scene) -> None:
    chain = defined.chain
    assert chain.one(defined.rae.sign(EXCHANGE)).code == "not-allowed"
    assert chain.one(defined.cora.sign(EXCHANGE)).code == "record-not-found"
    assert chain.one(defined.oli.sign(replace(EXCHANGE, point="level"))).code == "not-recordable"
    assert chain.one(defined.oli.sign(replace(EXCHANGE, at=START + 9 * DAY))).code == "not-recordable"
    chain.must(defined.oli.sign(EXCHANGE))
    assert chain.one(defined.oli.sign(EXCHANGE)).code == "not-recordable"


def test_a_full_record_takes_no_more_and_is_still_read(defined: Scene) -> None:
    many = [defined.oli.sign(replace(EXCHANGE, first=n)) for n in range(MOST_EXCHANGES)]
    defined.chain.must(*many)
    assert defined.chain.one(defined.oli.sign(replace(EXCHANGE, first=-1))).code == "not-recordable"
    assert len(recorded(defined).exchanges) == MOST_EXCHANGES


def test_only_another_org_with_a_role_for_it_confirms_a_step_and_once(defined: Scene) -> None:
    confirm = ConfirmStep("acme", A.id, STEP)
    assert defined.chain.one(defined.ann.sign(confirm)).code == "not-allowed"
    assert defined.chain.one(defined.cora.sign(confirm)).code == "not-allowed"
    defined.chain.must(defined.mia.sign(confirm))
    (found,) = recorded(defined).confirmations
    assert found == StepConfirmation(
        STEP, found.height, found.time, "city", "mia", Authority(None, ("acme",), Basis.INDEPENDENT_MAJORITY)
    )
    assert defined.chain.one(defined.reg.sign(confirm)).code == "not-recordable"


def test_steps_to_other_readings_of_one_time_are_confirmed_apart_and_none_of_the_future(defined: Scene) -> None:
    other = STEP._replace(after=501)
    defined.chain.must(*(defined.mia.sign(ConfirmStep("acme", A.id, step)) for step in (STEP, other)))
    assert [each.step for each in recorded(defined).confirmations] == [STEP, other]
    future = ConfirmStep("acme", A.id, STEP._replace(at=START + 9 * DAY))
    assert defined.chain.one(defined.mia.sign(future)).code == "not-recordable"


def test_a_member_with_a_role_confirms_no_step_of_its_own_org(defined: Scene) -> None:
    defined.chain.must(defined.cora.define("own", A))
    assert defined.chain.one(defined.mia.sign(ConfirmStep("city", A.id, STEP))).code == "not-recordable"


def test_an_org_without_the_role_confirms_nothing(scene: Scene) -> None:
    scene.chain.must(scene.oli.define("plant", A))
    assert scene.chain.one(scene.mia.sign(ConfirmStep("acme", A.id, STEP))).code == "role-not-granted"


def test_the_record_is_under_the_key_that_evidence_proves(defined: Scene) -> None:
    defined.chain.must(defined.oli.sign(EXCHANGE))
    raw = defined.chain.rows.get(register_key("acme", A.id))
    assert raw == recorded(defined).to_bytes()
