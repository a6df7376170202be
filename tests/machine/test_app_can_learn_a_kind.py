"""A new kind of transaction takes a body, a handler and one line of the registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest

from veriwatt.encoding import Fields, Value, decode, encode
from veriwatt.errors import Refused
from veriwatt.machine.events import Event
from veriwatt.machine.state import State, View
from veriwatt.machine.transaction_kinds import KINDS, kinds_of, parse
from veriwatt.model.ledger.transaction import Transaction
from veriwatt.testing.actors import SimMember, sim_genesis
from veriwatt.testing.mock_consensus import MockConsensus


@dataclass(frozen=True, slots=True)
class Motto:
    """Body of kind "motto": what an org says of itself."""

    kind: ClassVar[str] = "motto"
    text: str

    def fields(self) -> list[Value]:
        return [self.text]

    @classmethod
    def parse(cls, value: object) -> Motto:
        return cls(Fields(value, "motto", 1).text("text", 40))


class MottoHandler:
    def check_alone(self, tx: Transaction[Motto]) -> None:
        if not tx.body.text:
            raise Refused("a motto has at least one letter")

    def check_against(self, tx: Transaction[Motto], view: View) -> None:
        if view.get(key_of(tx.org)) is not None:
            raise Refused(f"org {tx.org} has a motto")

    def apply(self, tx: Transaction[Motto], state: State) -> tuple[Event, ...]:
        state.put(key_of(tx.org), encode(tx.body.fields()))
        return (Event("motto-chosen", tx.org, tx.body.text),)


WITH_MOTTO = kinds_of(*KINDS.values(), (Motto, MottoHandler()))


def key_of(org: str) -> bytes:
    return f"motto/{org}".encode()


def test_a_kind_of_the_registry_is_signed_parsed_checked_and_applied() -> None:
    ann = SimMember("acme", "ann")
    chain = MockConsensus(sim_genesis(ann), kinds=WITH_MOTTO)
    raw = ann.sign(Motto("measure twice"))
    assert parse(raw, WITH_MOTTO).body == Motto("measure twice")
    outcomes = chain.block(ann.sign(Motto("")), raw, ann.sign(Motto("cut once")), ann.open_log())
    assert [outcome.code for outcome in outcomes] == ["refused", "ok", "refused", "ok"]
    assert outcomes[1].events == (Event("motto-chosen", "acme", "measure twice"),)
    assert decode(chain.rows.get(key_of("acme")) or b"", "motto") == ["measure twice"]


def test_a_kind_that_is_not_in_the_registry_is_malformed() -> None:
    ann = SimMember("acme", "ann")
    chain = MockConsensus(sim_genesis(ann))
    assert chain.one(ann.sign(Motto("measure twice"))).code == "malformed"


def test_two_kinds_of_one_name_are_refused_when_the_registry_is_made() -> None:
    with pytest.raises(ValueError, match="one name"):
        kinds_of(*KINDS.values(), (Motto, MottoHandler()), (Motto, MottoHandler()))
